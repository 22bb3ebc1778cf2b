from collections.abc import Callable

import numpy as np
import pytest

from dosimetry_core.dvh import OutsideDoseError, dose_in_volume, evaluate_structure
from dosimetry_core.values import ContouredStructure, Volume

Solid = Callable[[float, float], ContouredStructure]


def grid(half_mm: float, pitch_mm: float) -> Volume:
    """Linear: 100 + x + 2 y + 3 z Gy."""
    axis = np.arange(-half_mm, half_mm + pitch_mm / 2, pitch_mm)
    z, y, x = np.meshgrid(axis, axis, axis, indexing="ij")
    affine = np.diag([pitch_mm, pitch_mm, pitch_mm, 1.0])
    affine[:3, 3] = -half_mm
    return Volume(100.0 + x + 2 * y + 3 * z, affine)


def test_between_voxels_the_dose_is_interpolated() -> None:
    points = np.random.default_rng(1).uniform(-12, 12, (200, 3))
    dose = dose_in_volume(grid(12.0, 3.0))(points)
    np.testing.assert_allclose(dose, 100.0 + points @ np.array([1.0, 2.0, 3.0]), atol=1e-9)


def test_a_structure_in_a_grid_has_the_figures_of_its_dose(make_sphere: Solid) -> None:
    volume = grid(40.0, 4.0)
    target = make_sphere(10.0, 1.0)
    found = evaluate_structure(target, dose_in_volume(volume), prescription_gy=None)
    expected = evaluate_structure(
        target, lambda p: 100.0 + p @ np.array([1.0, 2.0, 3.0]), prescription_gy=None
    )
    assert found.d90_gy == pytest.approx(expected.d90_gy, rel=1e-9)
    assert found.d2cc_gy == pytest.approx(expected.d2cc_gy, rel=1e-9)


def test_a_structure_partly_outside_is_refused_with_the_part(make_cylinder: Solid) -> None:
    """A cylinder from z = 0 to 40 mm in a grid to z = 30 mm: a quarter is outside."""
    with pytest.raises(OutsideDoseError, match=r"CYLINDER: 25 % of its volume") as refused:
        evaluate_structure(
            make_cylinder(10.0, 40.0), dose_in_volume(grid(30.0, 3.0)), prescription_gy=None
        )
    assert refused.value.outside.any()


def test_an_isodose_that_leaves_the_grid_is_not_known(make_sphere: Solid) -> None:
    found = evaluate_structure(
        make_sphere(10.0, 1.0), dose_in_volume(grid(12.0, 3.0)), prescription_gy=100.0
    )
    assert found.v100_percent == pytest.approx(50.0, abs=0.3)
    assert found.isodose_cc is None
    assert "dose grid" in found.isodose_unknown


def test_a_structure_smaller_than_a_voxel_has_its_figures(make_sphere: Solid) -> None:
    found = evaluate_structure(
        make_sphere(1.0, 0.5), dose_in_volume(grid(12.0, 3.0)), prescription_gy=None
    )
    assert found.mean_gy == pytest.approx(100.0, abs=0.05)
    assert found.d100_gy == pytest.approx(100.0 - np.sqrt(14.0), abs=0.2)


def test_a_dose_that_is_no_number_is_refused(make_sphere: Solid) -> None:
    with pytest.raises(ValueError, match="finite"):
        evaluate_structure(
            make_sphere(5.0, 1.0), lambda p: np.full(p.shape[0], np.nan), prescription_gy=None
        )
