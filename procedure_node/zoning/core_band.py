"""How sure the border of a core is that is what planned probes reach."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from dosimetry_core.bioheat import TemperatureBand, isotherm_surface_mm
from dosimetry_core.structures import signed_distance_mm
from dosimetry_core.values import ContouredStructure, Volume, ZoneKind
from dosimetry_core.zoning import HighRiskRule, IsothermReach, LesionZones

FloatArray = NDArray[np.float64]

STEP_MM = 1.0
"""Pitch of the grid that zones are cut on: a border that is not surer than this is told of."""


@dataclass(frozen=True, slots=True)
class CoreBand:
    """What a core and the zones beside it may be by the errors of the planned freeze, 95 %.

    The likely core is larger than what surely is reached, and smaller than what possibly is.

    Attributes:
        level_c: of the isotherm that the core is reached by, C.
        volumes_cc: least and most of each zone.
        farther_in_mm: how far inside of the likely border the sure one may lie; None where it is
            not sure that there is a core.
        farther_out_mm: how far outside of it the possible one may lie; None where there is no
            likely core, but there may be one.
    """

    level_c: float
    volumes_cc: Mapping[ZoneKind, tuple[float, float]]
    farther_in_mm: float | None
    farther_out_mm: float | None

    @property
    def warning(self) -> str:
        """What a person must know of it, in words; empty where the border is sure to a step."""
        reach = f"where the planned probes reach {self.level_c:g} C is not surer (95 %)"
        if self.farther_out_mm is None:
            return f"there may be a core: {reach}"
        if self.farther_in_mm is None:
            return (
                f"there may be no core, or its border may lie {self.farther_out_mm:.1f} mm "
                f"farther out: {reach}"
            )
        if max(self.farther_in_mm, self.farther_out_mm) <= STEP_MM:
            return ""
        return (
            f"the border of the core may lie up to {self.farther_in_mm:.1f} mm farther in, or "
            f"{self.farther_out_mm:.1f} mm farther out: {reach}"
        )


def core_band(
    lesion: ContouredStructure,
    cold: TemperatureBand,
    level_c: float,
    high_risk: HighRiskRule | None,
    likely: LesionZones,
) -> CoreBand:
    """Lay the zones out by what is surely and by what is possibly reached.

    Args:
        lesion: that is zoned.
        cold: lowest temperature in the planned freeze.
        level_c: what counts as reached, C.
        high_risk: the rule that the likely zones were laid out by.
        likely: the zones by what is likely reached.

    Raises:
        StructureError: a structure has no sound shape.
    """
    sure, possible = (
        LesionZones(lesion, IsothermReach(field, level_c), high_risk)
        for field in (cold.warm_c, cold.cold_c)
    )
    volumes = [{z.kind: z.volume_cc for z in one.zones} for one in (sure, likely, possible)]
    kinds = dict.fromkeys(kind for one in volumes for kind in one)
    has_sure, has_likely, has_possible = (ZoneKind.CORE in one for one in volumes)
    return CoreBand(
        level_c=level_c,
        volumes_cc={
            kind: (min(of_kind), max(of_kind))
            for kind in kinds
            for of_kind in ([one.get(kind, 0.0) for one in volumes],)
        },
        farther_in_mm=_moved_mm(lesion, cold.warm_c, cold.best_c, level_c)
        if has_sure or not has_likely
        else None,
        farther_out_mm=_moved_mm(lesion, cold.best_c, cold.cold_c, level_c)
        if has_likely or not has_possible
        else None,
    )


def _moved_mm(lesion: ContouredStructure, inner: Volume, outer: Volume, level_c: float) -> float:
    """How far the border of the smaller core lies from that of the larger one at most."""
    corners = _corners_mm(inner, level_c)
    if not len(corners):
        return 0.0
    depth_mm = -signed_distance_mm(lesion, corners)
    inside = depth_mm > 0.0
    if not np.any(inside):
        return 0.0
    border, depth_mm = corners[inside], depth_mm[inside]
    reach = _corners_mm(outer, level_c)
    if len(reach):
        deepest_mm = float(depth_mm.max())
        to_reach_mm = np.asarray(
            KDTree(reach).query(border, distance_upper_bound=deepest_mm)[0], dtype=np.float64
        )
        depth_mm = np.minimum(to_reach_mm, depth_mm)
    return float(depth_mm.max())


def _corners_mm(field: Volume, level_c: float) -> FloatArray:
    """Corners of an isotherm's triangles and their middles, shape (n, 3), LPS mm."""
    triangles = isotherm_surface_mm(field, level_c)
    corners = np.unique(triangles.reshape(-1, 3), axis=0)
    return np.concatenate([corners, triangles.mean(axis=1)])
