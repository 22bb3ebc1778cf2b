from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from dosimetry_core.structures import contains, distance_field_mm, signed_distance_mm
from dosimetry_core.values import ContouredStructure


def distance_to_cube(points: NDArray[np.float64], half_mm: float) -> NDArray[np.float64]:
    q = np.abs(points) - half_mm
    outside = np.linalg.norm(np.maximum(q, 0), axis=1)
    return outside + np.minimum(q.max(axis=1), 0)


def test_distance_to_a_cube_is_exact(shapes: SimpleNamespace) -> None:
    points = np.random.default_rng(7).uniform(-20, 20, (5000, 3))
    np.testing.assert_allclose(
        signed_distance_mm(shapes.box(20.0, 2.5), points),
        distance_to_cube(points, 10.0),
        atol=1e-12,
    )


@pytest.mark.parametrize(("spacing_mm", "most_mm"), [(1.0, 0.1), (2.5, 0.2), (5.0, 0.4)])
def test_distance_to_a_sphere(shapes: SimpleNamespace, spacing_mm: float, most_mm: float) -> None:
    """Chords between cross-sections lie within the sphere; its rounded ends end in small faces."""
    for shift in (0.1, 0.35, 0.5, 0.8):
        heights = (np.arange(-20, 20) + shift) * spacing_mm
        heights = heights[np.abs(heights) < 15]
        sphere = shapes.revolved(lambda z: np.sqrt(15**2 - z**2), heights)
        points = np.random.default_rng(8).uniform(-25, 25, (4000, 3))
        points = points[np.linalg.norm(points, axis=1) > 7.5]
        error = signed_distance_mm(sphere, points) - (np.linalg.norm(points, axis=1) - 15)
        assert np.abs(error).max() < most_mm
        assert np.sqrt(np.mean(error**2)) < most_mm / 4


def test_the_wall_of_a_hole_counts(shapes: SimpleNamespace) -> None:
    polygons = [
        shapes.rectangle((-half, -half), (half, half), z)
        for z in np.arange(-20, 21, 2.0)
        for half in (10.0, 4.0)
    ]
    structure = ContouredStructure("S", tuple(polygons))
    points = np.array([[0, 0, 0], [7, 0, 0], [5, 0, 0], [9.5, 0, 0], [12, 0, 0], [7, 0, 23]])
    np.testing.assert_allclose(signed_distance_mm(structure, points), [4, -3, -1, -0.5, 2, 2])


def test_the_parts_of_a_parted_structure_end_at_their_gap(shapes: SimpleNamespace) -> None:
    polygons = [
        shapes.rectangle((-30, -30), (30, 30), z) for z in (0.0, 2.5, 5.0, 40.0, 42.5, 45.0)
    ]
    structure = ContouredStructure("S", tuple(polygons))
    points = np.array([[0, 0, 2.5], [0, 0, 6.0], [0, 0, 20.0], [0, 0, 39.0]])
    np.testing.assert_allclose(signed_distance_mm(structure, points), [-3.75, -0.25, 13.75, -0.25])


def test_the_field_is_the_distance_at_its_voxels(shapes: SimpleNamespace) -> None:
    polygons = [shapes.circle(r, z, 90) for z in np.arange(-8, 9, 2.0) for r in (12.0, 5.0)]
    structure = ContouredStructure("S", tuple(polygons))
    field = distance_field_mm(
        structure, origin_mm=(-20, -18, -15.1), spacing_mm=(1.5, 1.1, 0.9), shape_kji=(21, 33, 45)
    )
    kji = np.stack(np.meshgrid(*map(np.arange, field.values.shape), indexing="ij"), axis=-1)
    points = field.to_patient_mm(kji).reshape(-1, 3)
    np.testing.assert_allclose(
        field.values.ravel(), signed_distance_mm(structure, points), atol=1e-4
    )
    assert np.array_equal(field.values.ravel() < 0, contains(structure, points))
    assert field.values.dtype == np.float32


def test_grids_of_nothing_are_refused(shapes: SimpleNamespace) -> None:
    with pytest.raises(ValueError, match="above zero"):
        distance_field_mm(
            shapes.box(10.0), origin_mm=(0, 0, 0), spacing_mm=(1, 1, 1), shape_kji=(0, 1, 1)
        )
