"""How sure a core's border is, for balls of cold whose radii are known."""

import math

import numpy as np
import pytest

from dosimetry_core.bioheat import Grid, TemperatureBand
from dosimetry_core.values import ContouredStructure, ZoneKind
from dosimetry_core.zoning import IsothermReach, LesionZones
from procedure_node.zoning.core_band import CoreBand, core_band

LEVEL_C = -20.0
LESION_MM = 15.0
GRID = Grid((-30.0, -30.0, -30.0), (1.5, 1.5, 1.5), (41, 41, 41))


def ball(radius_mm: float) -> ContouredStructure:
    """Drawn in planes 1 mm apart."""
    turn = np.linspace(0.0, 2.0 * math.pi, 90, endpoint=False)
    planes: list[np.ndarray] = []
    for z in np.arange(-radius_mm + 0.5, radius_mm, 1.0):
        across = math.sqrt(radius_mm**2 - z**2)
        planes.append(
            np.stack([across * np.cos(turn), across * np.sin(turn), np.full(90, z)], axis=1)
        )
    return ContouredStructure("L1", tuple(planes))


def cold_within(radius_mm: float):
    """A temperature that rises by 4 K a millimetre from the middle outwards."""
    z, y, x = np.meshgrid(*(GRID.centers_mm(axis) for axis in range(3)), indexing="ij")
    away = np.sqrt(x**2 + y**2 + z**2)
    return GRID.volume((LEVEL_C + 4.0 * (away - radius_mm)).astype(np.float32))


def band_of(sure_mm: float, likely_mm: float, possible_mm: float) -> CoreBand:
    cold = TemperatureBand(*(cold_within(mm) for mm in (sure_mm, likely_mm, possible_mm)))
    lesion = ball(LESION_MM)
    likely = LesionZones(lesion, IsothermReach(cold.best_c, LEVEL_C))
    return core_band(lesion, cold, LEVEL_C, None, likely)


def cc(radius_mm: float) -> float:
    return 4.0 / 3.0 * math.pi * radius_mm**3 / 1000.0


def test_the_band_of_the_reach_becomes_one_of_volumes_and_of_the_border() -> None:
    """Of a 1.5 mm grid, triangles cut a ball's surface by 0.05 mm, their corners lie 0.5 mm off
    each other's normals: 0.3 mm; volumes lose half of (1.5 / r)^2: 2 %.
    """
    band = band_of(8.0, 10.0, 13.0)
    low_cc, high_cc = band.volumes_cc[ZoneKind.CORE]
    assert (low_cc, high_cc) == pytest.approx((cc(8.0), cc(13.0)), rel=0.03)
    least_cc, most_cc = band.volumes_cc[ZoneKind.PERIPHERY]
    assert most_cc - least_cc == pytest.approx(high_cc - low_cc, rel=1e-6)
    assert band.farther_in_mm == pytest.approx(2.0, abs=0.3)
    assert band.farther_out_mm == pytest.approx(3.0, abs=0.3)
    assert "farther in" in band.warning


def test_a_core_ends_with_its_lesion_however_far_the_cold_may_reach() -> None:
    assert band_of(8.0, 10.0, 25.0).farther_out_mm == pytest.approx(LESION_MM - 10.0, abs=0.3)
    whole = band_of(20.0, 22.0, 25.0)
    assert (whole.farther_in_mm, whole.farther_out_mm) == (0.0, 0.0)
    assert whole.warning == ""


def test_a_border_that_is_sure_to_a_step_is_not_told_of() -> None:
    band = band_of(9.8, 10.0, 10.2)
    assert band.farther_in_mm is not None
    assert 0.0 < band.farther_in_mm < 1.0
    assert band.warning == ""


def test_a_core_that_may_not_be_there_is_told_of() -> None:
    nothing = -10.0  # it is nowhere so cold
    may_vanish = band_of(nothing, 6.0, 8.0)
    assert may_vanish.volumes_cc[ZoneKind.CORE][0] == 0.0
    assert may_vanish.farther_in_mm is None
    assert may_vanish.warning.startswith("there may be no core")
    may_be = band_of(nothing, nothing, 6.0)
    assert (may_be.farther_in_mm, may_be.farther_out_mm) == (0.0, None)
    assert may_be.warning.startswith("there may be a core")
