"""The volume of what was frozen in several scans, against spheres that are known.

Volumes of single masks are right to 1.5 % (docs/ice.md); so must be those of several.
"""

from functools import cache

import numpy as np
import pytest

from dosimetry_core.ice import CarriedIce, Carrying, IceSolid, ice_solid, union_cc
from dosimetry_core.values import Volume

RADIUS_MM = 12.0
VOXEL_MM = 0.7
BALL_CC = 4.0 / 3.0 * np.pi * RADIUS_MM**3 / 1000.0


@cache
def ball(x_mm: float, error_mm: float = 0.0) -> IceSolid:
    axis = np.arange(-16.1, 16.2, VOXEL_MM)
    z, y, x = np.meshgrid(axis, axis, axis, indexing="ij")
    affine = np.diag([VOXEL_MM, VOXEL_MM, VOXEL_MM, 1.0])
    affine[:3, 3] = (axis[0] + x_mm, axis[0], axis[0])
    return ice_solid(Volume(np.sqrt(x**2 + y**2 + z**2) < RADIUS_MM, affine), error_mm)


def shared_cc(apart_mm: float) -> float:
    """What two balls have in common: two caps."""
    height = RADIUS_MM - apart_mm / 2.0
    return 2.0 * np.pi * height**2 * (3.0 * RADIUS_MM - height) / 3.0 / 1000.0


def moved(x_mm: float, near_x_mm: float = 0.0) -> Carrying:
    matrix = np.eye(4)
    matrix[0, 3] = x_mm
    return Carrying((near_x_mm, 0.0, 0.0), matrix)


@pytest.mark.parametrize("apart_mm", [0.0, 7.0, 40.0])
def test_what_two_scans_share_counts_once(apart_mm: float) -> None:
    found = union_cc([CarriedIce(ball(0.0)), CarriedIce(ball(apart_mm))])
    common = shared_cc(apart_mm) if apart_mm < 2 * RADIUS_MM else 0.0
    assert found.value == pytest.approx(2.0 * BALL_CC - common, rel=0.015)


def test_ice_of_a_patient_who_has_moved_is_carried_back() -> None:
    found = union_cc([CarriedIce(ball(0.0)), CarriedIce(ball(7.0), (moved(7.0),))])
    assert found.value == pytest.approx(BALL_CC, rel=0.015)


def test_each_place_is_carried_by_its_own_motion() -> None:
    earlier = [CarriedIce(ball(0.0)), CarriedIce(ball(60.0))]
    carrying = (moved(5.0, 0.0), moved(-5.0, 60.0))
    later = [CarriedIce(ball(5.0), carrying), CarriedIce(ball(55.0), carrying)]
    assert union_cc([*earlier, *later]).value == pytest.approx(2.0 * BALL_CC, rel=0.015)
    (far,) = [union_cc([*earlier, CarriedIce(one.solid)]) for one in later[1:]]
    assert far.value > 2.15 * BALL_CC, "not carried, it counts for more"


def test_the_band_moves_every_surface_by_its_own_error() -> None:
    found = union_cc([CarriedIce(ball(0.0, 1.0)), CarriedIce(ball(40.0, 2.0))])
    low, high = ((11.0**3, 10.0**3), (13.0**3, 14.0**3))
    share = BALL_CC / RADIUS_MM**3
    assert found.low == pytest.approx(share * sum(low), rel=0.02)
    assert found.high == pytest.approx(share * sum(high), rel=0.02)


def test_without_ice_nothing_was_frozen() -> None:
    nothing = ice_solid(Volume(np.zeros((5, 5, 5), np.bool_), np.eye(4)), 1.0)
    assert union_cc([]).value == 0.0
    both = union_cc([CarriedIce(nothing), CarriedIce(ball(0.0))])
    assert both.value == pytest.approx(BALL_CC, rel=0.015)
