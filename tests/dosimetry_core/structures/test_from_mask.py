import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dosimetry_core.structures import StructureError, structure_from_mask
from dosimetry_core.structures.scanline import are_inside

SPACING_MM = np.array([0.7, 0.8, 2.5])
STRAIGHT = np.diag([*SPACING_MM, 1.0])


def turned() -> np.ndarray:
    """A grid oblique to all three axes and away from the origin."""
    c, s = np.cos(0.4), np.sin(0.4)
    about_x = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    about_z = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    affine = np.eye(4)
    affine[:3, :3] = about_z @ about_x * SPACING_MM
    affine[:3, 3] = [-120.0, 35.0, 410.0]
    return affine


def area_mm2(polygon: np.ndarray) -> float:
    """Signed by the direction in which it runs, seen from its plane's larger side."""
    return float(np.linalg.norm(np.cross(polygon, np.roll(polygon, -1, axis=0)).sum(axis=0)) / 2)


def edges(polygons: tuple[np.ndarray, ...]) -> np.ndarray:
    return np.concatenate([np.hstack([p[:, :2], np.roll(p, -1, axis=0)[:, :2]]) for p in polygons])


def pixels_inside(polygons: tuple[np.ndarray, ...], shape: tuple[int, int]) -> np.ndarray:
    """Which pixel centres the polygons enclose by the even-odd rule, on a straight grid."""
    j, i = np.indices(shape)
    x, y = i.ravel() * SPACING_MM[0], j.ravel() * SPACING_MM[1]
    return are_inside(edges(polygons), x, y).reshape(shape)


def test_one_voxel_is_its_four_corners():
    mask = np.zeros((3, 4, 5), dtype=bool)
    mask[1, 2, 3] = True
    (polygon,) = structure_from_mask("GTV", mask, STRAIGHT).polygons_mm
    expected = {(i * 0.7, j * 0.8) for i in (2.5, 3.5) for j in (1.5, 2.5)}
    assert {(x, y) for x, y in polygon[:, :2].round(9)} == {
        (round(x, 9), round(y, 9)) for x, y in expected
    }
    np.testing.assert_allclose(polygon[:, 2], 2.5)


def test_straight_edges_have_no_points_between_their_ends():
    mask = np.zeros((1, 40, 40), dtype=bool)
    mask[0, 5:30, 10:35] = True
    (polygon,) = structure_from_mask("GTV", mask, STRAIGHT).polygons_mm
    assert polygon.shape == (4, 3)


def test_a_hole_and_an_island_are_polygons_of_their_own():
    mask = np.zeros((1, 12, 12), dtype=bool)
    mask[0, 1:8, 1:8] = True
    mask[0, 3:6, 3:6] = False
    mask[0, 4, 4] = True
    mask[0, 10, 10] = True
    polygons = structure_from_mask("GTV", mask, STRAIGHT).polygons_mm
    areas = sorted(area_mm2(p - p[0]) / 0.56 for p in polygons)
    np.testing.assert_allclose(areas, [1, 1, 9, 49])


def test_pixels_that_touch_at_a_corner_are_two_polygons():
    for diagonal in (np.eye(2, dtype=bool), np.eye(2, dtype=bool)[::-1]):
        polygons = structure_from_mask("GTV", diagonal[None], STRAIGHT).polygons_mm
        assert [p.shape for p in polygons] == [(4, 3), (4, 3)]


def test_a_ring_closed_at_a_corner_only_is_an_outline_and_a_hole():
    ring = np.ones((3, 3), dtype=bool)
    ring[1, 1] = ring[0, 0] = False
    polygons = structure_from_mask("GTV", ring[None], STRAIGHT).polygons_mm
    areas = sorted(area_mm2(p - p[0]) / 0.56 for p in polygons)
    np.testing.assert_allclose(areas, [1, 8])


def test_oblique_planes_hold_the_volume_of_their_voxels():
    affine = turned()
    mask = np.random.default_rng(3).random((4, 9, 11)) < 0.5
    structure = structure_from_mask("GTV", mask, affine)
    normal = affine[:3, 2] / SPACING_MM[2]
    heights = [p @ normal for p in structure.polygons_mm]
    assert all(np.ptp(height) < 1e-9 for height in heights)
    planes = affine[:3, 3] @ normal + SPACING_MM[2] * np.arange(4)
    in_grid = [(p - affine[:3, 3]) @ np.linalg.inv(affine[:3, :3]).T for p in structure.polygons_mm]
    for k in range(4):
        own = tuple(
            g * SPACING_MM
            for g, height in zip(in_grid, heights, strict=True)
            if abs(height[0] - planes[k]) < 1e-6
        )
        np.testing.assert_array_equal(pixels_inside(own, mask.shape[1:]), mask[k])


@settings(max_examples=150, deadline=None)
@given(arrays(np.bool_, st.tuples(st.integers(1, 9), st.integers(1, 9))))
def test_any_mask_comes_back_and_no_polygon_touches_itself(mask):
    if not mask.any():
        with pytest.raises(StructureError, match="no voxel set"):
            structure_from_mask("GTV", mask[None], STRAIGHT)
        return
    polygons = structure_from_mask("GTV", mask[None], STRAIGHT).polygons_mm
    np.testing.assert_array_equal(pixels_inside(polygons, mask.shape), mask)
    for polygon in polygons:
        assert len(np.unique(polygon.round(6), axis=0)) == len(polygon)
        steps = np.roll(polygon, -1, axis=0) - polygon
        turns = np.cross(steps, np.roll(steps, -1, axis=0))[:, 2]
        assert np.all(np.abs(turns) > 1e-6), "every point is a corner"
    # Every edge between a set and an unset pixel is drawn once, and nothing else is.
    padded = np.pad(mask, 1)
    across = np.count_nonzero(padded[1:] != padded[:-1])
    down = np.count_nonzero(padded[:, 1:] != padded[:, :-1])
    drawn = np.abs(edges(polygons)[:, 2:] - edges(polygons)[:, :2]).sum(axis=0)
    np.testing.assert_allclose(drawn, [across * 0.7, down * 0.8])


class TestRefusals:
    def test_a_mask_of_another_shape(self):
        with pytest.raises(ValueError, match="3 axes"):
            structure_from_mask("GTV", np.ones((2, 2), dtype=bool), STRAIGHT)

    def test_an_affine_of_another_shape(self):
        with pytest.raises(ValueError, match="4x4"):
            structure_from_mask("GTV", np.ones((1, 2, 2), dtype=bool), np.eye(3))

    def test_an_affine_without_extent_or_not_finite(self):
        for broken in (np.diag([1.0, 1.0, 0.0, 1.0]), np.diag([1.0, np.nan, 1.0, 1.0])):
            with pytest.raises(ValueError, match="no extent"):
                structure_from_mask("GTV", np.ones((1, 2, 2), dtype=bool), broken)
