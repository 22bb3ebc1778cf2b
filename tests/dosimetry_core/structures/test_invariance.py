"""What a structure is must not depend on where it lies nor on how its contours were written."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from dosimetry_core.structures import (
    contains,
    distance_field_mm,
    mask_on,
    sample_structure,
    signed_distance_mm,
    surface_points_mm,
    volume_cc,
)
from dosimetry_core.values import ContouredStructure

FloatArray = NDArray[np.float64]


def blob(spacing_mm: float = 2.5) -> ContouredStructure:
    """A leaning egg with a waist."""
    angle = 2 * np.pi * np.arange(90) / 90
    polygons: list[FloatArray] = []
    for z in np.arange(-15 + spacing_mm / 3, 18, spacing_mm):
        radius = 11 * np.sqrt(max(1 - (z / (18 if z > 0 else 15)) ** 2, 0)) + 0.2
        rho = radius * (1 + 0.15 * np.cos(3 * angle + z / 10))
        x, y = rho * np.cos(angle) + 0.2 * z, 0.8 * rho * np.sin(angle)
        polygons.append(np.column_stack([x, y, np.full(90, z)]))
    return ContouredStructure("B", tuple(polygons))


BLOB = blob()
VOLUME_CC = volume_cc(BLOB)


@settings(max_examples=12, deadline=None)
@given(
    angle=st.floats(-np.pi, np.pi),
    move=st.tuples(*(st.floats(-300, 300) for _ in range(3))),
    data=st.data(),
)
def test_volume_is_that_of_the_shape(
    angle: float, move: tuple[float, float, float], data: st.DataObject
) -> None:
    turn = np.array(
        [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]
    )
    polygons = [np.roll(p, data.draw(st.integers(0, 89)), axis=0) for p in BLOB.polygons_mm]
    polygons = [p[::-1] if data.draw(st.booleans()) else p for p in polygons]
    order = data.draw(st.permutations(range(len(polygons))))
    changed = ContouredStructure("C", tuple(polygons[n] @ turn.T + np.array(move) for n in order))
    assert volume_cc(changed) == pytest.approx(VOLUME_CC, rel=1e-3)


def test_the_mask_on_a_fine_grid_has_the_volume() -> None:
    affine = np.diag([0.4, 0.4, 0.4, 1.0])
    affine[:3, 3] = (-20.0, -16.0, -20.0)
    mask = mask_on(BLOB, affine, (105, 80, 100))
    assert mask.sum() * 0.4**3 / 1000 == pytest.approx(VOLUME_CC, rel=3e-3)


@pytest.mark.parametrize("tilt", [(0.3, -0.2, 0.5), (np.pi / 2, 0.0, 0.0), (0.0, np.pi / 2, 0.2)])
def test_an_oblique_stack_is_the_same_solid_turned(tilt: tuple[float, float, float]) -> None:
    turn = np.eye(3)
    for axis, angle in enumerate(tilt):
        a, b = (n for n in range(3) if n != axis)
        step = np.eye(3)
        step[a, a] = step[b, b] = np.cos(angle)
        step[a, b], step[b, a] = -np.sin(angle), np.sin(angle)
        turn = turn @ step
    move = np.array([5.0, 60.0, -80.0])
    turned = ContouredStructure("T", tuple(p @ turn.T + move for p in BLOB.polygons_mm))
    assert volume_cc(turned) == pytest.approx(VOLUME_CC, rel=1e-3)
    points = np.random.default_rng(9).uniform(-25, 25, (3000, 3))
    there = points @ turn.T + move
    distance = signed_distance_mm(BLOB, points)
    np.testing.assert_allclose(signed_distance_mm(turned, there), distance, atol=0.1)
    assert (contains(turned, there) == contains(BLOB, points)).mean() > 0.99
    samples = sample_structure(turned, point_count=5000)
    assert samples.weights_mm3.sum() / 1000 == pytest.approx(volume_cc(turned), rel=1e-9)
    assert contains(turned, samples.centers_mm).mean() > 0.99
    assert signed_distance_mm(turned, samples.divided((2, 2, 2)).points_mm).max() < 1.0
    assert np.abs(signed_distance_mm(turned, surface_points_mm(turned, 1.0))).max() < 0.3
    field = distance_field_mm(
        turned,
        origin_mm=(-15.0, 45.0, -95.0),
        spacing_mm=(3.0, 3.0, 3.0),
        shape_kji=(9, 10, 11),
    )
    kji = np.stack(np.meshgrid(*map(np.arange, field.values.shape), indexing="ij"), axis=-1)
    at = field.to_patient_mm(kji.astype(float)).reshape(-1, 3)
    np.testing.assert_allclose(field.values.ravel(), signed_distance_mm(turned, at), atol=1e-4)


def test_coronal_contours_are_read_as_they_lie(shapes: SimpleNamespace) -> None:
    """A box drawn on coronal planes is the box."""
    flat = shapes.box(20.0, 2.5).polygons_mm
    coronal = ContouredStructure("S", tuple(p[:, [0, 2, 1]] for p in flat))
    points = np.random.default_rng(7).uniform(-20, 20, (2000, 3))
    np.testing.assert_allclose(
        signed_distance_mm(coronal, points), signed_distance_mm(shapes.box(20.0, 2.5), points)
    )
