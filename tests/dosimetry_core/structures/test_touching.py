"""Keyholes and shared edges: what is drawn twice is no outline."""

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from dosimetry_core.structures import contains, signed_distance_mm, volume_cc
from dosimetry_core.structures.touching import without_touching
from dosimetry_core.values import ContouredStructure

FloatArray = NDArray[np.float64]
HEIGHTS = np.arange(0.0, 20.0, 2.5)


def stacked(*outlines: list[tuple[float, float]]) -> ContouredStructure:
    polygons = [np.array([[x, y, z] for x, y in outline]) for z in HEIGHTS for outline in outlines]
    return ContouredStructure("S", tuple(polygons))


KEYHOLE = [
    (0.0, 0.0),
    (30.0, 0.0),
    (30.0, 30.0),
    (0.0, 30.0),
    (0.0, 15.0),
    (10.0, 15.0),
    (10.0, 20.0),
    (20.0, 20.0),
    (20.0, 10.0),
    (10.0, 10.0),
    (10.0, 15.0),
    (0.0, 15.0),
]
POINTS = np.array([[5.0, 15.0, 8.75], [5.0, 15.01, 8.75], [15.0, 15.0, 8.75], [25.0, 15.0, 8.75]])


def test_a_channel_of_no_width_is_no_outline() -> None:
    keyhole = stacked(KEYHOLE)
    assert volume_cc(keyhole) == pytest.approx((900 - 100) * 20 / 1000, rel=1e-12)
    np.testing.assert_allclose(signed_distance_mm(keyhole, POINTS), [-5, -5, 5, -5])
    assert contains(keyhole, POINTS).tolist() == [True, True, False, True]


def test_a_channel_with_other_corners_on_its_way_back_is_none_either() -> None:
    outline = [*KEYHOLE[:-2], (10.0, 15.0), (7.0, 15.0), (2.0, 15.0), (0.0, 15.0)]
    keyhole = stacked(outline)
    np.testing.assert_allclose(signed_distance_mm(keyhole, POINTS), [-5, -5, 5, -5])


def test_islands_that_share_part_of_an_edge_are_one() -> None:
    left = [(0.0, 0.0), (10.0, 0.0), (10.0, 20.0), (0.0, 20.0)]
    right = [(10.0, 5.0), (20.0, 5.0), (20.0, 25.0), (10.0, 25.0)]
    joined = stacked(left, right)
    whole = stacked(
        [
            (0.0, 0.0),
            (10.0, 0.0),
            (10.0, 5.0),
            (20.0, 5.0),
            (20.0, 25.0),
            (10.0, 25.0),
            (10.0, 20.0),
            (0.0, 20.0),
        ]
    )
    points = np.random.default_rng(3).uniform((-5, -5, -5), (25, 30, 25), (2000, 3))
    assert volume_cc(joined) == pytest.approx(volume_cc(whole), rel=1e-12)
    np.testing.assert_allclose(
        signed_distance_mm(joined, points), signed_distance_mm(whole, points), atol=1e-9
    )


def test_a_hole_that_touches_its_outline_opens_it() -> None:
    outline = [(0.0, 0.0), (20.0, 0.0), (20.0, 20.0), (0.0, 20.0)]
    notch = [(0.0, 5.0), (8.0, 5.0), (8.0, 15.0), (0.0, 15.0)]
    structure = stacked(outline, notch)
    assert volume_cc(structure) == pytest.approx((400 - 80) * 20 / 1000, rel=1e-12)
    distance = signed_distance_mm(structure, np.array([[1.0, 10.0, 8.75], [10.0, 10.0, 8.75]]))
    np.testing.assert_allclose(distance, [5.0, -2.0])


def test_outlines_stay_closed_at_any_angle() -> None:
    """Every corner that is left has an even number of edges."""
    turn = np.array([[0.8, -0.6], [0.6, 0.8]])
    points = np.array(KEYHOLE) @ turn.T
    edges = without_touching(np.concatenate([points, np.roll(points, -1, axis=0)], axis=1))
    corners, counts = np.unique(
        np.concatenate([edges[:, :2], edges[:, 2:]]), axis=0, return_counts=True
    )
    assert edges.shape[0] < len(KEYHOLE)
    assert (counts % 2 == 0).all()
    assert corners.shape[0] >= 8


def test_keyholes_follow_a_changing_outline(shapes: SimpleNamespace) -> None:
    """A hollow cone drawn as keyholes is the one drawn with holes."""
    heights = np.arange(0.0, 26.0, 2.5)
    radii = [(20.0 - 0.3 * z, 8.0 - 0.2 * z) for z in heights]
    with_holes = [
        shapes.circle(r, z, 120) for z, pair in zip(heights, radii, strict=True) for r in pair
    ]
    keyholes: list[FloatArray] = []
    for outer, inner in zip(with_holes[::2], with_holes[1::2], strict=True):
        keyholes.append(np.concatenate([outer, outer[:1], inner[:1], inner[:0:-1], inner[:1]]))
    volumes = [volume_cc(ContouredStructure("S", tuple(p))) for p in (with_holes, keyholes)]
    assert volumes[0] == pytest.approx(volumes[1], rel=0.003)
