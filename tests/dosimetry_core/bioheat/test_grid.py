import numpy as np
import pytest

from dosimetry_core.bioheat import Grid


def test_a_cube_lies_around_its_middle() -> None:
    grid = Grid.cube((1.0, 2.0, 3.0), 10.0, 2.0)
    assert grid.shape_kji == (5, 5, 5)
    assert grid.centers_mm(0) == pytest.approx([-1.0, 1.0, 3.0, 5.0, 7.0])
    field = grid.volume(np.zeros(grid.shape_kji))
    assert field.to_patient_mm(np.array([2.0, 2.0, 2.0])) == pytest.approx([1.0, 2.0, 3.0])
    assert grid.voxel_volume_m3 == pytest.approx(8e-9)


def test_a_refined_grid_fills_the_same_room() -> None:
    grid = Grid((0.0, 10.0, 20.0), (5.0, 2.0, 1.0), (4, 6, 20), "insulated")
    other = grid.refined(4.0)
    assert other.shape_kji == (5, 3, 5)
    assert other.faces == "insulated"
    for axis in range(3):
        assert other.centers_mm(axis).mean() == pytest.approx(grid.centers_mm(axis).mean())


@pytest.mark.parametrize(
    ("spacing_mm", "shape_kji", "origin_mm"),
    [
        ((1.0, 0.0, 1.0), (2, 2, 2), (0.0, 0.0, 0.0)),
        ((1.0, 1.0, 1.0), (2, 0, 2), (0.0, 0.0, 0.0)),
        ((1.0, 1.0, 1.0), (2, 2, 2), (float("nan"), 0.0, 0.0)),
    ],
)
def test_a_grid_that_cannot_be_is_refused(
    spacing_mm: tuple[float, float, float],
    shape_kji: tuple[int, int, int],
    origin_mm: tuple[float, float, float],
) -> None:
    with pytest.raises(ValueError, match="a grid needs"):
        Grid(origin_mm, spacing_mm, shape_kji)
