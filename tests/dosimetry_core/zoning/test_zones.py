"""Zones of solids with known volumes.

A cylinder of radius 15 mm on a grid of 1 mm loses half of (1/15)^2 = 0.2 % to flat surfaces, its
core of 10 mm 0.5 %; the tolerances are twice that.
"""

import numpy as np
import pytest

from dosimetry_core.structures import StructureError, volume_cc
from dosimetry_core.values import ContouredStructure, Volume, ZoneKind
from dosimetry_core.zoning import Drawn, InwardMargin, IsothermReach, LesionZones, TowardsOrgans

CYLINDER_CC = np.pi * 15.0**2 * 40.0 / 1000
CORE_CC = np.pi * 10.0**2 * 30.0 / 1000


@pytest.fixture(scope="module")
def lesion(shapes) -> ContouredStructure:
    return shapes.cylinder(15.0, 20.0)


def by_kind(zones: LesionZones) -> dict[ZoneKind, float]:
    return {zone.kind: zone.volume_cc for zone in zones.zones}


def test_an_inward_margin_splits_a_cylinder(lesion):
    zones = LesionZones(lesion, InwardMargin(5.0))
    volumes = by_kind(zones)
    assert volumes[ZoneKind.CORE] == pytest.approx(CORE_CC, rel=0.01)
    assert sum(volumes.values()) == pytest.approx(CYLINDER_CC, rel=0.004)
    assert zones.warnings == ()


def test_the_core_is_what_the_planned_probes_reach(lesion, shapes):
    reach = shapes.ball(8.0, half_mm=24.0, spacing_mm=1.0)
    coldest = Volume(2.5 * reach.values - 20.0, reach.affine)
    volumes = by_kind(LesionZones(lesion, IsothermReach(coldest, -20.0)))
    assert volumes[ZoneKind.CORE] == pytest.approx(4 / 3 * np.pi * 0.512, rel=0.02)


def test_nothing_is_cold_outside_of_the_planned_freeze(lesion, shapes):
    far = shapes.ball(8.0, half_mm=10.0, spacing_mm=1.0)
    cold = Volume(np.full(far.values.shape, -60.0), far.affine)
    core_cc = by_kind(LesionZones(lesion, IsothermReach(cold, -20.0)))[ZoneKind.CORE]
    assert core_cc == pytest.approx(20.0**3 / 1000, rel=0.15)


def test_the_high_risk_margin_lies_towards_the_organ(lesion, shapes):
    """A broad block beside the cylinder: the zone is the slab within 8 mm of its face."""
    heights = np.arange(-39.0, 40.0, 2.0)
    face = np.array([[17.0, -40.0], [60.0, -40.0], [60.0, 40.0], [17.0, 40.0]])
    organ = ContouredStructure(
        "BOWEL", tuple(np.column_stack([face, np.full(4, z)]) for z in heights)
    )
    zones = LesionZones(lesion, InwardMargin(5.0), TowardsOrgans({"BOWEL": organ}, 8.0))
    volumes = by_kind(zones)
    segment_mm2 = 15.0**2 * np.arccos(9.0 / 15.0) - 9.0 * 12.0
    core_mm2 = 10.0**2 * np.arccos(9.0 / 10.0) - 9.0 * np.sqrt(19.0)
    wanted_cc = (segment_mm2 * 40.0 - core_mm2 * 30.0) / 1000
    assert volumes[ZoneKind.HIGH_RISK_MARGIN] == pytest.approx(wanted_cc, rel=0.02)
    assert volumes[ZoneKind.CORE] == pytest.approx(CORE_CC, rel=0.01)
    assert sum(volumes.values()) == pytest.approx(CYLINDER_CC, rel=0.004)
    middle = next(z.centroid_mm for z in zones.zones if z.kind is ZoneKind.HIGH_RISK_MARGIN)
    assert middle[0] > 9.0


def test_a_drawn_high_risk_margin_takes_from_the_core(lesion, shapes):
    drawn = shapes.cylinder(6.0, 20.0, at=(10.0, 0.0), name="drawn")
    zones = LesionZones(lesion, InwardMargin(5.0), Drawn(drawn))
    volumes = by_kind(zones)
    assert volumes[ZoneKind.CORE] < 0.9 * CORE_CC
    assert sum(volumes.values()) == pytest.approx(CYLINDER_CC, rel=0.004)


def test_outlines_hold_the_volume_of_the_zones(lesion):
    """The core ends between two planes, as a slab does; each solid is interpolated by itself."""
    zones = LesionZones(lesion, InwardMargin(6.0))
    whole = {z.kind: z.volume_cc for z in zones.zones}
    core, shell = (zones.structure_of(kind) for kind in (ZoneKind.CORE, ZoneKind.PERIPHERY))
    assert (core.name, shell.name) == ("L1_CORE", "L1_PERIPHERY")
    assert volume_cc(core) == pytest.approx(whole[ZoneKind.CORE], rel=0.01)
    assert volume_cc(core) + volume_cc(shell) == pytest.approx(CYLINDER_CC, rel=0.005)
    with pytest.raises(StructureError, match="HIGH_RISK_MARGIN lies in none of the planes"):
        zones.structure_of(ZoneKind.HIGH_RISK_MARGIN)


def test_a_margin_that_leaves_no_core_is_told(lesion):
    zones = LesionZones(lesion, InwardMargin(16.0))
    assert by_kind(zones).keys() == {ZoneKind.PERIPHERY}
    assert zones.warnings == ("L1: there is no CORE by these rules",)


def test_a_core_in_pieces_is_told(shapes):
    waist = [15.0 if abs(z) > 6.0 else 4.0 for z in np.arange(-19.0, 20.0, 2.0)]
    lesion = ContouredStructure(
        "L2",
        tuple(shapes.circle(r, z) for r, z in zip(waist, np.arange(-19.0, 20.0, 2.0), strict=True)),
    )
    (warning,) = LesionZones(lesion, InwardMargin(5.0)).warnings
    assert warning.startswith("L2: its core is in 2 pieces")


def test_bad_rules_and_tilted_planes_are_refused(lesion, shapes):
    with pytest.raises(ValueError, match="inward margin is 0 mm or more"):
        InwardMargin(-1.0)
    with pytest.raises(ValueError, match="at least one organ"):
        TowardsOrgans({}, 5.0)
    with pytest.raises(ValueError, match="above 0 mm"):
        TowardsOrgans({"BOWEL": lesion}, 0.0)
    with pytest.raises(ValueError, match="spacing above zero"):
        LesionZones(lesion, InwardMargin(5.0), spacing_mm=0.0)
    tilted = shapes.circle(10.0, 0.0)
    tilted[:, 2] = tilted[:, 0] * 0.2
    with pytest.raises(StructureError, match="not drawn in axial planes"):
        LesionZones(ContouredStructure("L3", (tilted,)), InwardMargin(5.0))
