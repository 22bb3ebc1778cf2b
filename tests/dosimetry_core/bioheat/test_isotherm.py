import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosimetry_core.bioheat import (
    Grid,
    equivalent_radius_mm,
    isotherm_surface_mm,
    isotherm_volume_cc,
    values_at,
)
from dosimetry_core.bioheat.tetrahedra import share_below
from dosimetry_core.values import Volume


def cone(spacing_mm: float) -> Volume:
    """Temperature that rises by 2 K/mm from -60 C at (1, 2, -3) mm: spheres are its isotherms."""
    grid = Grid.cube((0.3, -0.2, 0.1), 60.0, spacing_mm)
    z, y, x = np.meshgrid(*[grid.centers_mm(axis) for axis in range(3)], indexing="ij")
    return grid.volume(-60.0 + 2.0 * np.sqrt((x - 1) ** 2 + (y - 2) ** 2 + (z + 3) ** 2))


@pytest.mark.parametrize("radius_mm", [8.0, 13.7, 20.0])
def test_the_volume_of_a_sphere_is_found_between_the_voxels(radius_mm: float) -> None:
    """An error of second order: h2 / r2 for a cone, which is curved at its isotherms."""
    exact_cc = 4 / 3 * math.pi * radius_mm**3 / 1000
    for spacing_mm in (1.0, 2.0):
        volume_cc = isotherm_volume_cc(cone(spacing_mm), -60.0 + 2.0 * radius_mm)
        assert volume_cc == pytest.approx(exact_cc, rel=(spacing_mm / radius_mm) ** 2)
        assert equivalent_radius_mm(volume_cc) == pytest.approx(
            radius_mm, abs=0.4 * spacing_mm**2 / radius_mm
        )


def test_the_surface_is_closed_faces_the_warm_side_and_encloses_the_volume() -> None:
    field = cone(1.0)
    corners = isotherm_surface_mm(field, -30.0)
    middle = np.array([1.0, 2.0, -3.0])
    assert np.linalg.norm(corners - middle, axis=2) == pytest.approx(15.0, abs=0.05)
    a, b, c = (corners[:, n] - middle for n in range(3))
    enclosed_cc = float(np.einsum("ni,ni->n", a, np.cross(b, c)).sum()) / 6000
    assert enclosed_cc == pytest.approx(isotherm_volume_cc(field, -30.0), rel=1e-5)
    normal = np.cross(b - a, c - a)
    assert (np.einsum("ni,ni->n", normal, a + b + c) >= -1e-6).all()
    assert np.linalg.norm(normal.sum(axis=0)) < 1e-4 * np.linalg.norm(normal, axis=1).sum()


def test_a_mirrored_grid_has_the_same_surface() -> None:
    field = cone(2.0)
    affine = field.affine.copy()
    affine[0, 0] *= -1
    affine[0, 3] += 2.0 * (field.values.shape[2] - 1)
    mirrored = Volume(field.values[:, :, ::-1], affine)
    corners = isotherm_surface_mm(mirrored, -30.0) - np.array([1.0, 2.0, -3.0])
    enclosed = np.einsum("ni,ni->n", corners[:, 0], np.cross(corners[:, 1], corners[:, 2]))
    assert enclosed.sum() / 6000 == pytest.approx(isotherm_volume_cc(field, -30.0), rel=1e-2)


@given(st.lists(st.integers(-5, 5), min_size=4, max_size=4), st.integers(-11, 11))
def test_the_share_of_a_tetrahedron_is_what_counting_points_gives(
    corners: list[int], twice_level: int
) -> None:
    """Over points spread evenly by sorting three random numbers; equal corners included."""
    level = twice_level / 2 + 0.25
    inside = np.sort(np.random.default_rng(1).random((4000, 3)), axis=1)
    edges = np.column_stack([np.zeros(4000), inside, np.ones(4000)])
    field = np.diff(edges, axis=1) @ np.array(corners, dtype=np.float64)
    share = share_below(np.array(corners, dtype=np.float64), level)
    assert share == pytest.approx((field < level).mean(), abs=0.03)


def test_values_between_voxels_are_linear_and_not_given_outside() -> None:
    grid = Grid((1.0, 2.0, 3.0), (4.0, 2.0, 1.0), (3, 4, 5))
    z, y, x = np.meshgrid(*[grid.centers_mm(axis) for axis in range(3)], indexing="ij")
    field = grid.volume(2 * x - y + 3 * z)
    points = np.array([[1.0, 2.0, 3.0], [5.0, 8.0, 11.0], [2.5, 4.1, 7.7]])
    assert values_at(field, points) == pytest.approx(points @ np.array([2.0, -1.0, 3.0]))
    with pytest.raises(ValueError, match="outside of the grid"):
        values_at(field, np.array([[0.5, 2.0, 3.0]]))
    flat = Grid((0.0, 0.0, 0.0), (1.0, 1.0, 1.0), (1, 3, 3)).volume(np.arange(9.0).reshape(1, 3, 3))
    assert values_at(flat, np.array([[0.5, 0.5, 0.0]])) == pytest.approx(2.0)
