"""Ice in a scan that has no baseline: what lies an ice's fall below the tissue around it."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.ice.comparison import Comparison
from dosimetry_core.ice.errors import IceError
from dosimetry_core.ice.filters import Bools, Floats, depth_mm
from dosimetry_core.ice.probes import Probes
from dosimetry_core.ice.shape import Wall, star_shaped
from dosimetry_core.ice.smoothing import smoothed
from dosimetry_core.ice.surroundings import Surroundings, beside, beyond_reach
from dosimetry_core.values import Volume

_SMOOTHING_MM = 1.5
_REACH_MM = 34.0
_STIFFNESS = 0.7
_ROUNDS = 2
_LEAST_CC = 0.3
_WALL = Wall(0.3, 9.0, 8.0)
"""Tissue at the liver's edge passes for half frozen: what lies before it must end the ice, however
thin, since there is no baseline to tell them apart."""
_FROZEN_SHARE = 0.4  # of what is seen: of small ice, its blurred edge and little more
_AT_BEST_MM = 2.5
_EDGE_MM = 1.7
_SHARP_STEP, _BLUR_MM = 0.85, 8.0  # an edge so clear is at best; mm for each 1 that it is less
_SHARP_MM = 1.7
_INSIDE_MM, _OUTSIDE_MM = (1.0, 4.0), (1.0, 5.0)  # of the surface, where its step is looked at
_ODD_SPREAD_HU = 20.0

NO_BASELINE = (
    "no baseline: ice was told by its HU against the tissue around it; fluid, vessels and other "
    "tissue at its edge can pass for ice or hide it"
)


class IceAlone(NamedTuple):
    """What one scan shows.

    Attributes:
        mask: bool, on the scan's grid.
        surface_error_mm: see ``IceFinding``.
        compared: the scan against the tissue around.
        warnings: what is doubtful.
    """

    mask: Bools
    surface_error_mm: float
    compared: Comparison
    warnings: tuple[str, ...]


def ice_without_baseline(
    part: Volume, probes: Probes, allowed: Bools, full_fall_hu: float
) -> IceAlone:
    """Ice round the probes of one scan.

    Args:
        part: HU round the probes.
        probes: at least one.
        allowed: where ice may be, of the part's shape.
        full_fall_hu: how far tissue falls on freezing.

    Raises:
        IceError: no probe is given, or there is too little soft tissue around.
    """
    if not len(probes.tips_mm):
        raise IceError("without a baseline ice is looked for round probe tips only: give them")
    around = beyond_reach(part, probes.away_mm(part).astype(np.float32))
    if around is None:
        raise IceError(
            "there is too little soft tissue round the probes to tell ice by it: give a baseline"
        )
    spacing = np.array(part.spacing_mm)
    for _ in range(_ROUNDS):
        compared = around.compared(part)
        ice = _bodies(compared, part, probes, full_fall_hu) & allowed
        outside_mm = depth_mm(~ice, spacing) if ice.any() else None
        if outside_mm is None:
            break
        around = beside(part, ice, outside_mm, around)
    compared = around.compared(part)
    ice = _bodies(compared, part, probes, full_fall_hu) & allowed
    error_mm = _surface_error_mm(around, spacing, full_fall_hu, _step(compared, ice, full_fall_hu))
    told = [NO_BASELINE]
    if around.spread_hu > _ODD_SPREAD_HU:
        told.append(
            f"the tissue round the ice varies by {around.spread_hu:.0f} HU: its surface is doubtful"
        )
    return IceAlone(ice, error_mm, compared, tuple(told))


def _bodies(compared: Comparison, part: Volume, probes: Probes, full_fall_hu: float) -> Bools:
    clipped = np.clip(compared.fall_hu, -full_fall_hu, 2.0 * full_fall_hu)
    fall = np.where(compared.valid, clipped, 0.0).astype(np.float32)
    smooth, known = smoothed(fall, compared, _SMOOTHING_MM)
    share: Floats = (smooth / np.float32(full_fall_hu)).astype(np.float32)
    ice = np.zeros(part.values.shape, np.bool_)
    for middle in probes.middles_mm:
        body = star_shaped(
            share, known, part, middle, reach_mm=_REACH_MM, stiffness=_STIFFNESS, wall=_WALL
        )
        seen = body & compared.valid
        large = float(body.sum()) * part.voxel_volume_mm3 >= 1000.0 * _LEAST_CC
        if large and seen.any() and float(np.mean(share[seen])) >= _FROZEN_SHARE:
            ice |= body
    return ice


def _step(compared: Comparison, ice: Bools, full_fall_hu: float) -> float:
    """How much less is frozen right outside of the surface than right inside, 1 if all is."""
    if not ice.any():
        return 0.0
    share = np.clip(compared.fall_hu / np.float32(full_fall_hu), -1.0, 2.0)
    means: list[float] = []
    for mask, (near, far) in ((ice, _INSIDE_MM), (~ice, _OUTSIDE_MM)):
        away = depth_mm(mask, compared.spacing_mm)
        beside = (away > near) & (away < far) & compared.valid
        means.append(float(share[beside].mean()) if beside.any() else 0.5)
    return means[0] - means[1]


def _surface_error_mm(
    around: Surroundings, spacing: NDArray[np.float64], full_fall_hu: float, step: float
) -> float:
    """A surface that has leaked into other tissue, or misses ice, shows no clear step."""
    by_level = around.spread_hu / (full_fall_hu / (math.sqrt(2.0 * math.pi) * _EDGE_MM))
    by_voxel = 0.25 * float(spacing.mean())
    by_step = max(_AT_BEST_MM, _SHARP_MM + _BLUR_MM * (_SHARP_STEP - step))
    return math.sqrt(by_step**2 + by_level**2 + by_voxel**2)
