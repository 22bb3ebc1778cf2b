"""Volumes and centroids against closed forms.

Flat surfaces between grid points take about half of (h / r)^2 from a ball: 0.13 % of 10 mm at
0.5 mm. Planes are exact.
"""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosimetry_core.values import Volume
from dosimetry_core.zoning import Partition


def test_a_ball_has_its_volume_and_its_middle(shapes):
    part = Partition({"ball": shapes.ball(10.0, (1.2, -0.7, 2.1))}).part(["ball"])
    assert part.volume_cc == pytest.approx(4 / 3 * np.pi, rel=0.002)
    assert part.centroid_mm == pytest.approx((1.2, -0.7, 2.1), abs=1e-3)


def test_two_balls_share_a_lens(shapes):
    r, other, d = 10.0, 6.0, 7.0
    partition = Partition({"a": shapes.ball(r), "b": shapes.ball(other, (d, 0.0, 0.0))})
    lens_mm3 = (
        np.pi
        * (r + other - d) ** 2
        * (d**2 + 2 * d * other - 3 * other**2 + 2 * d * r + 6 * r * other - 3 * r**2)
        / (12 * d)
    )
    assert partition.part(["a", "b"]).volume_cc == pytest.approx(lens_mm3 / 1000, rel=0.005)


def test_planes_are_exact_and_cut_a_cube_as_geometry_says(shapes):
    partition = Partition(
        {
            "a": shapes.half_space((1.0, 2.0, -0.5), 1.3),
            "b": shapes.half_space((0.0, 0.0, 1.0), 0.25),
        }
    )
    whole_cc = 32.0**3 / 1000
    assert partition.part(["b"]).volume_cc == pytest.approx(whole_cc * (16.25 / 32), rel=1e-6)
    # The oblique plane leaves the cube through its four x faces: its share is that of its middle.
    assert partition.part(["a"]).volume_cc == pytest.approx(_below_plane_cc(), rel=1e-4)


def _below_plane_cc() -> float:
    """The cube's volume under the oblique plane, by a fine sum over its depth along y and z."""
    unit = np.array([1.0, 2.0, -0.5]) / np.linalg.norm([1.0, 2.0, -0.5])
    x = (np.arange(800) + 0.5) * (32 / 800) - 16
    z = x.copy()
    y_top = (1.3 - unit[0] * x[:, None] - unit[2] * z[None]) / unit[1]
    return float((np.clip(y_top, -16, 16) + 16).mean() * 32 * 32 / 1000)


@given(
    offsets=st.lists(st.floats(-12, 12), min_size=4, max_size=4),
    radii=st.lists(st.floats(1.0, 12.0), min_size=2, max_size=2),
)
def test_all_combinations_add_up_to_the_whole(shapes, offsets, radii):
    regions = {
        "a": shapes.ball(radii[0], (offsets[0], 0.0, 0.0), spacing_mm=2.0),
        "b": shapes.ball(radii[1], (0.0, offsets[1], offsets[2]), spacing_mm=2.0),
        "c": Volume(
            shapes.ball(1.0, spacing_mm=2.0).values * 0 + offsets[3],
            shapes.ball(1.0, spacing_mm=2.0).affine,
        ),
    }
    partition = Partition(regions)
    total = sum(
        partition.part(inside, set(regions) - set(inside)).volume_cc
        for n in range(4)
        for inside in itertools.combinations(regions, n)
    )
    assert total == pytest.approx(32.0**3 / 1000, rel=1e-9)


def test_pieces_are_told_apart_and_their_volumes_are_exact(shapes):
    two = np.minimum(
        shapes.ball(5.0, (-8.0, 0.0, 0.0)).values, shapes.ball(3.0, (9.0, 2.0, 1.0)).values
    )
    pieces = Partition({"two": Volume(two, shapes.ball(1.0).affine)}).pieces(["two"])
    assert [p.volume_cc for p in pieces] == pytest.approx(
        [4 / 3 * np.pi * 0.125, 4 / 3 * np.pi * 0.027], rel=0.02
    )
    assert pieces[1].centroid_mm == pytest.approx((9.0, 2.0, 1.0), abs=0.01)


def test_what_is_nowhere_has_no_place(shapes):
    partition = Partition({"a": shapes.ball(3.0), "b": shapes.ball(2.0, (12.0, 0.0, 0.0))})
    part = partition.part(["a", "b"])
    assert (part.volume_cc, part.centroid_mm) == (0.0, None)
    assert partition.pieces(["a", "b"]) == ()


def test_fields_on_two_grids_and_unknown_regions_are_refused(shapes):
    with pytest.raises(ValueError, match="b is not on the grid of a"):
        Partition({"a": shapes.ball(3.0), "b": shapes.ball(3.0, spacing_mm=1.0)})
    with pytest.raises(ValueError, match="no such region: c"):
        Partition({"a": shapes.ball(3.0)}).part(["c"])
    with pytest.raises(ValueError, match="at least one region"):
        Partition({})
