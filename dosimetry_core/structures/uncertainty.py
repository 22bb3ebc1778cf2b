"""How well contours on planes apart from each other tell a volume.

Three things are not known: where an abrupt end lies between the last plane and the next, how a
rounded end closes, and how the cross-section runs between planes. Where its area is quadratic along
the stack (ball, cylinder, cone, ellipsoid) the last two are restored; how much its second
derivative varies from plane to plane tells how far a structure is from that. The factors were set
with solids that have kinks or lie aslant, at random places between planes.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.structures.planes import Plane
from dosimetry_core.structures.scanline import enclosed_mm2
from dosimetry_core.structures.sections import End, Run, Steps

FloatArray = NDArray[np.float64]

ABRUPT_END = 0.475
"""An end somewhere in a gap, taken in its middle: 95 % lie within so much of the gap."""
GROWTH = 0.75
"""Such an end lies by that part of a gap beyond the last plane if it is beyond the middle."""
UNKNOWN_BEND = 0.5
"""Variation of the second derivative where it is known once only, as a part of it."""
BEND_FACTOR = 2.0
"""Error of a gap's volume for each unit that the variation suggests."""
CLOSING_FACTOR = 2.0
"""The same of a rounded end."""
CLOSING_SHARE = 0.05
"""Error of a rounded end's volume that is always allowed for."""
BY_TWO_PLANES = 0.3
"""Error of a rounded end that a straight line through two planes tells, in cylinders of a gap."""
SHAPE_FACTOR = 1.25
"""Error for each unit of what outlines and areas alone, interpolated, differ by."""
RESTORED_SHARE = 0.003
"""Error of a volume that interpolation itself makes."""


def run_error_mm3(run: Run, steps: Sequence[Steps]) -> float:
    """Error of a run's volume that about 95 % of true volumes lie within.

    The unknown places of abrupt ends are added up, since those of one solid depend on each other;
    the rest is added in quadrature.
    """
    bends = _bends(run)
    abrupt = 0.0
    squares = 0.0
    volume = 0.0
    for gap, width_mm in enumerate(run.gaps.tolist()):
        varied = _variation(bends, gap - 1, gap + 2)
        squares += (BEND_FACTOR * varied * width_mm**3 / 12) ** 2
        volume += (run.planes[gap].area_mm2 + run.planes[gap + 1].area_mm2) / 2 * width_mm
    for part in steps:
        for end in part.ends:
            if end.is_abrupt:
                abrupt += _abrupt_mm3(run, end, part.width_mm)
            else:
                squares += _closing_mm3(run, end, part.width_mm, bends) ** 2
    shape = SHAPE_FACTOR * abs(_beside_areas_mm3(run, steps, bends))
    return abrupt + math.sqrt(squares) + shape + RESTORED_SHARE * volume


def single_plane_error_mm3(plane: Plane, thickness_mm: float) -> float:
    """The same of a plane alone: both of its ends may be a whole thickness away, or none."""
    return 2 * ABRUPT_END * thickness_mm * plane.area_mm2


def _bends(run: Run) -> FloatArray:
    """Second derivative of the area along the stack at each plane, mm2/mm2; NaN at the ends."""
    area = np.array([plane.area_mm2 for plane in run.planes])
    slope = np.diff(area) / run.gaps
    bends = np.full(area.size, np.nan)
    bends[1:-1] = 2.0 * np.diff(slope) / (run.gaps[1:] + run.gaps[:-1])
    return bends


def _variation(bends: FloatArray, first: int, last: int) -> float:
    """How much the second derivative varies over some planes, both included."""
    near = bends[max(first, 0) : last + 1]
    known = near[~np.isnan(near)]
    if known.size == 0:
        return 2.0 * math.pi
    if known.size == 1:
        return UNKNOWN_BEND * abs(float(known[0]))
    return float(np.ptp(known))


def _beside_areas_mm3(run: Run, steps: Sequence[Steps], bends: FloatArray) -> float:
    """What the slabs' volume differs by from that of parabolas through the areas of planes.

    The areas of an ellipsoid that lies aslant are restored exactly, its outlines are not.
    """
    below, *inner, above = steps
    difference = 0.0
    for gap, part in enumerate(inner):
        low, high = run.planes[gap].area_mm2, run.planes[gap + 1].area_mm2
        known = bends[gap : gap + 2][~np.isnan(bends[gap : gap + 2])]
        bend = float(known.mean()) if known.size else 0.0
        parabola = (low + high) / 2 * part.width_mm - bend * part.width_mm**3 / 12
        difference += _slabs_mm3(part, low, high) - parabola
    for part, areas, gap in (
        (below, [plane.area_mm2 for plane in run.planes[:2]], 0),
        (above, [plane.area_mm2 for plane in run.planes[:-3:-1]], -1),
    ):
        bend = float(bends[1 if gap == 0 else -2])
        if len(part.ends) != 1 or part.ends[0].is_abrupt or math.isnan(bend):
            continue
        slope = (areas[0] - areas[1]) / part.width_mm + bend * part.width_mm / 2
        closing_mm = _root(areas[0], slope, bend)
        if closing_mm <= part.width_mm:
            parabola = closing_mm * (areas[0] + closing_mm * (slope / 2 + closing_mm * bend / 6))
            difference += _slabs_mm3(part, areas[0], 0.0) - parabola
    return difference


def _slabs_mm3(part: Steps, first_mm2: float, last_mm2: float) -> float:
    """Volume of some steps between planes of two areas; beyond a plane there is no last one."""
    areas = [first_mm2, *(enclosed_mm2(edges) for _, edges in part.sections)]
    if len(areas) < part.thickness_mm.size:
        areas.append(last_mm2)
    return float(np.dot(areas, part.thickness_mm))


def _root(area: float, slope: float, bend: float) -> float:
    """Where ``area + slope s + bend s^2 / 2`` first vanishes, or is least if it does not."""
    under = slope * slope - 2 * bend * area
    if slope >= 0 and bend >= 0:
        return math.inf
    if under < 0:
        return -slope / bend
    return 2 * area / (-slope + math.sqrt(under))


def _abrupt_mm3(run: Run, end: End, width_mm: float) -> float:
    area = run.area_mm2(end.ending.last)
    before = area if end.ending.before is None else run.area_mm2(end.ending.before)
    return ABRUPT_END * width_mm * (area + GROWTH * max(area - before, 0.0))


def _closing_mm3(run: Run, end: End, width_mm: float, bends: FloatArray) -> float:
    area, reach = run.area_mm2(end.ending.last), end.reach_mm
    if end.ending.second is None:
        return BY_TWO_PLANES * width_mm * area
    first, last = sorted((end.ending.last[0], end.ending.second[0]))
    inwards = 1 if end.ending.second[0] > end.ending.last[0] else -1
    varied = _variation(bends, first + min(inwards, 0), last + max(inwards, 0))
    bent = CLOSING_FACTOR * varied * (reach**3 / 6 + width_mm * reach**2 / 4)
    return min(bent, area * width_mm) + CLOSING_SHARE * area * reach / 2
