"""Cover, margin and approach against solids whose answers are known.

The ice is given as a mask: its surface is off by up to half a pixel (0.4 mm here), and that is the
tolerance of distances unless a test says otherwise.
"""

import math

import numpy as np
import pytest

from dosimetry_core.ice import IceError, ice_coverage, ice_near, ice_solid
from dosimetry_core.values import ContouredStructure, Volume

CENTER = np.array([3.0, -2.0, 5.0])
HALF_PIXEL_MM = 0.45


def along(x_mm: float, y_mm: float, z_mm: float) -> np.ndarray:
    return np.array([x_mm, y_mm, z_mm])


def grid(center, spacing, size_mm):
    spacing = np.array(spacing, float)
    shape = tuple(np.ceil(np.array(size_mm) / spacing).astype(int))
    affine = np.diag([*spacing[::-1], 1.0])
    affine[:3, 3] = np.asarray(center) - (np.array(shape[::-1]) - 1) / 2 * spacing[::-1]
    frame = Volume(np.zeros(shape, bool), affine)
    return frame.to_patient_mm(np.moveaxis(np.indices(shape), 0, -1).astype(float)), affine


def ball(center, radius_mm: float, spacing=(1.0, 1.0, 1.0), room_mm: float = 5.0) -> Volume:
    """Signed distance to a sphere, positive outside."""
    xyz, affine = grid(center, spacing, [2 * (radius_mm + room_mm)] * 3)
    return Volume(np.linalg.norm(xyz - np.asarray(center), axis=-1) - radius_mm, affine)


def contoured_ball(center, radius_mm: float, slice_mm: float) -> ContouredStructure:
    around = np.linspace(0.0, 2 * np.pi, 90, endpoint=False)
    polygons = []
    for z in np.arange(0.3 * slice_mm - radius_mm, radius_mm, slice_mm):
        flat = math.sqrt(radius_mm**2 - z**2)
        x, y = center[0] + flat * np.cos(around), center[1] + flat * np.sin(around)
        polygons.append(np.column_stack([x, y, np.full(90, center[2] + z)]))
    return ContouredStructure("L1", tuple(polygons))


def ice_ball(radius_mm=20.0, spacing=(1.25, 0.8, 0.8), error_mm=0.0, center=CENTER):
    distance = ball(center, radius_mm, spacing, room_mm=8.0)
    return ice_solid(Volume(distance.values < 0, distance.affine), error_mm)


def lens_cc(apart: float, inner: float, outer: float) -> float:
    """Volume that a sphere of radius ``inner`` shares with a larger one, ``apart`` from it."""
    if apart <= outer - inner:
        return 4.0 / 3.0 * math.pi * inner**3 / 1000.0
    if apart >= outer + inner:
        return 0.0
    return (
        math.pi
        * (outer + inner - apart) ** 2
        * (apart**2 + 2 * apart * (inner + outer) - 3 * (inner - outer) ** 2)
        / (12 * apart * 1000.0)
    )


def cap_percent(apart: float, inner: float, outer: float) -> float:
    """Share of the surface of the sphere ``inner`` that lies outside of the sphere ``outer``."""
    if apart == 0.0:
        return 0.0 if inner <= outer else 100.0
    lowest = (outer**2 - inner**2 - apart**2) / (2.0 * apart * inner)
    return 100.0 * (1.0 - min(1.0, max(-1.0, lowest))) / 2.0


SOLIDS = {spacing: ice_ball(spacing=spacing) for spacing in ((1.25, 0.8, 0.8), (5.0, 0.8, 0.8))}
SPHERE_CC = 4.0 / 3.0 * math.pi


@pytest.mark.parametrize("contoured", [False, True])
@pytest.mark.parametrize("apart", [0.0, 6.0, 12.0, 18.0, 25.0, 45.0])
@pytest.mark.parametrize("spacing", SOLIDS)
def test_a_sphere_in_a_sphere_of_ice(spacing, apart, contoured):
    """Slices of 5 mm are as good as thin ones: the surface between slices is not stepped."""
    center = CENTER + along(apart, 0.0, 0.0)
    target = contoured_ball(center, 10.0, 2.5) if contoured else ball(center, 10.0)
    found = ice_coverage(SOLIDS[spacing], target)
    shared = lens_cc(apart, 10.0, 20.0)
    assert found.covered_percent.value == pytest.approx(100.0 * shared / SPHERE_CC, abs=1.0)
    assert found.minimum_margin_mm.value == pytest.approx(10.0 - apart, abs=HALF_PIXEL_MM)
    assert found.surface_cm2 == pytest.approx(4.0 * math.pi, rel=0.01)
    assert found.unfrozen_cc.value == pytest.approx(SPHERE_CC - shared, abs=0.04)
    if apart:
        assert found.margin_place_mm == pytest.approx(center + along(10.0, 0.0, 0.0), abs=3.0)


@pytest.mark.parametrize("apart", [0.0, 6.0, 12.0, 18.0, 45.0])
def test_the_classes_of_the_margin_are_areas_of_spherical_caps(apart):
    found = ice_coverage(SOLIDS[1.25, 0.8, 0.8], ball(CENTER + along(0.0, apart, 0.0), 10.0))
    under, upto_five = cap_percent(apart, 10.0, 20.0), cap_percent(apart, 10.0, 15.0)
    expected = [under, upto_five - under, 100.0 - upto_five]
    assert [share.value for share in found.margin_percent] == pytest.approx(expected, abs=2.0)
    assert sum(share.value for share in found.margin_percent) == pytest.approx(100.0)


def test_the_unfrozen_part_has_its_middle_where_it_sticks_out():
    slab = np.zeros((40, 60, 60), bool)
    slab[:, :, :30] = True
    affine = np.eye(4)
    solid = ice_solid(Volume(slab, affine), 0.0)
    found = ice_coverage(solid, ball([29.5, 30.0, 20.0], 10.0))
    # Half of a sphere lies outside; the middle of a half is 3/8 of the radius from its face.
    assert found.unfrozen_cc.value == pytest.approx(0.5 * SPHERE_CC, rel=0.02)
    assert found.unfrozen_center_mm == pytest.approx((29.5 + 3.75, 30.0, 20.0), abs=0.2)
    assert found.covered_percent.value == pytest.approx(50.0, abs=1.0)


@pytest.mark.parametrize("gap_mm", [-4.0, 0.0, 3.0, 9.0, 30.0, 70.0])
def test_the_nearest_approach_to_an_organ(gap_mm):
    center = CENTER + along(0.0, 0.0, 20.0 + 12.0 + gap_mm)
    near = ice_near(SOLIDS[1.25, 0.8, 0.8], ball(center, 12.0))
    # Half a slice is the mask's own step at its poles.
    assert near.approach_mm.value == pytest.approx(gap_mm, abs=0.65)
    assert near.place_mm == pytest.approx(center - along(0.0, 0.0, 12.0), abs=2.0)
    assert near.spill_cc.value == pytest.approx(
        lens_cc(32.0 + gap_mm, 12.0, 20.0), abs=0.05 if gap_mm < 0 else 0.01
    )


def test_figures_are_told_with_what_the_error_of_the_surface_makes_of_them():
    solid = ice_ball(error_mm=1.5)
    assert solid.volume_cc.low == pytest.approx(SPHERE_CC * 1.85**3, rel=0.015)
    assert solid.volume_cc.value == pytest.approx(SPHERE_CC * 8.0, rel=0.015)
    assert solid.volume_cc.high == pytest.approx(SPHERE_CC * 2.15**3, rel=0.015)
    center = CENTER + along(12.0, 0.0, 0.0)
    found = ice_coverage(solid, ball(center, 10.0))
    for outer, covered, unfrozen in (
        (18.5, found.covered_percent.low, found.unfrozen_cc.high),
        (21.5, found.covered_percent.high, found.unfrozen_cc.low),
    ):
        shared = lens_cc(12.0, 10.0, outer)
        assert covered == pytest.approx(100.0 * shared / SPHERE_CC, abs=1.0)
        assert unfrozen == pytest.approx(SPHERE_CC - shared, abs=0.04)
    under = found.margin_percent[0]
    assert under.low == pytest.approx(cap_percent(12.0, 10.0, 21.5), abs=2.0)
    assert under.high == pytest.approx(cap_percent(12.0, 10.0, 18.5), abs=2.0)
    margin = found.minimum_margin_mm
    assert margin.low + 3.0 == pytest.approx(margin.value) == pytest.approx(margin.high - 3.0)
    near = ice_near(solid, ball(CENTER + along(0.0, 30.0, 0.0), 12.0))
    assert near.spill_cc.high == pytest.approx(lens_cc(30.0, 12.0, 21.5), abs=0.05)
    assert near.spill_cc.low == pytest.approx(lens_cc(30.0, 12.0, 18.5), abs=0.05)


def test_a_target_in_thick_slices_keeps_its_ends():
    """Planes 12 mm apart: half of the first gap and of the last belongs to the target."""
    target = contoured_ball(CENTER, 17.0, 12.0)
    found = ice_coverage(SOLIDS[1.25, 0.8, 0.8], target)
    assert found.minimum_margin_mm.value == pytest.approx(3.0, abs=1.5)
    assert found.covered_percent.value == pytest.approx(100.0, abs=0.5)


def test_without_ice_nothing_is_covered_and_no_margin_is_claimed():
    none = ice_solid(Volume(np.zeros((5, 5, 5), bool), np.eye(4)), 2.0)
    assert none.is_empty
    found = ice_coverage(none, ball([0.0, 0.0, 0.0], 10.0))
    assert found.covered_percent == (0.0, 0.0, 0.0)
    assert [share.value for share in found.margin_percent] == [100.0, 0.0, 0.0]
    assert found.unfrozen_cc.value == pytest.approx(SPHERE_CC, rel=0.01)
    assert found.minimum_margin_mm is found.margin_place_mm is None
    near = ice_near(none, ball([0.0, 0.0, 0.0], 10.0))
    assert (near.spill_cc.value, near.approach_mm, near.place_mm) == (0.0, None, None)


def test_ice_of_a_few_voxels_is_still_a_solid():
    speck = np.zeros((4, 9, 9), bool)
    speck[2, 4, 4] = True
    assert 0.0 < ice_solid(Volume(speck, np.eye(4)), 0.0).volume_cc.value < 0.01


def test_two_balls_of_ice_leave_what_is_between_them():
    both = np.minimum(
        *(
            np.linalg.norm(grid(CENTER, (2.5, 0.8, 0.8), (40, 60, 90))[0] - (CENTER + d), axis=-1)
            for d in (along(-18.0, 0.0, 0.0), along(18.0, 0.0, 0.0))
        )
    )
    solid = ice_solid(Volume(both < 12.0, grid(CENTER, (2.5, 0.8, 0.8), (40, 60, 90))[1]), 0.0)
    found = ice_coverage(solid, ball(CENTER, 10.0))
    assert solid.volume_cc.value == pytest.approx(2.0 * SPHERE_CC * 1.2**3, rel=0.02)
    assert found.covered_percent.value == pytest.approx(
        200.0 * lens_cc(18.0, 10.0, 12.0) / SPHERE_CC, abs=1.0
    )
    assert found.unfrozen_center_mm == pytest.approx(CENTER, abs=0.2)


def test_a_scan_that_runs_the_other_way_gives_the_same():
    distance = ball(CENTER, 20.0, (2.5, 0.8, 0.8), room_mm=8.0)
    mask = distance.values < 0
    turned = distance.affine.copy()
    turned[:3, 3] = distance.to_patient_mm(np.array(mask.shape) - 1.0)
    turned[:3, :3] *= -1.0
    target = ball(CENTER + along(9.0, 0.0, 0.0), 10.0)
    there = ice_coverage(ice_solid(Volume(mask, distance.affine), 0.0), target)
    back = ice_coverage(ice_solid(Volume(mask[::-1, ::-1, ::-1], turned), 0.0), target)
    assert back.covered_percent.value == pytest.approx(there.covered_percent.value, abs=0.05)
    assert back.minimum_margin_mm.value == pytest.approx(there.minimum_margin_mm.value, abs=0.05)


def test_an_empty_structure_is_refused():
    with pytest.raises(IceError, match="no volume"):
        ice_coverage(SOLIDS[1.25, 0.8, 0.8], Volume(np.ones((5, 5, 5)), np.eye(4)))


def test_a_structure_cut_by_its_grid_is_refused():
    with pytest.raises(IceError, match="edge of its grid"):
        ice_coverage(SOLIDS[1.25, 0.8, 0.8], ball(CENTER, 10.0, room_mm=-2.0))


def test_distances_on_oblong_voxels_are_refused():
    with pytest.raises(IceError, match="cubic voxels"):
        ice_coverage(SOLIDS[1.25, 0.8, 0.8], ball(CENTER, 10.0, (2.0, 1.0, 1.0)))


def test_contours_without_a_shape_are_refused():
    flat = ContouredStructure("Marker", (np.array([[0.0, 0, 0], [4, 0, 0], [0, 4, 0]]),))
    with pytest.raises(IceError, match="Marker"):
        ice_coverage(SOLIDS[1.25, 0.8, 0.8], flat)


@pytest.mark.parametrize("error_mm", [-1.0, float("nan")])
def test_an_error_that_is_none_is_refused(error_mm):
    with pytest.raises(IceError, match="zero or more"):
        ice_solid(Volume(np.ones((3, 3, 3), bool), np.eye(4)), error_mm)
