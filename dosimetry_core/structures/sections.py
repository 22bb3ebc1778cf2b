"""Cross-sections of a run of contoured planes, between them and beyond its ends."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.structures.course import Course, Ending, Link, same_outline
from dosimetry_core.structures.lattice import Lattice
from dosimetry_core.structures.levels import between, beyond, limited_curvatures
from dosimetry_core.structures.planes import Plane

FloatArray = NDArray[np.float64]

STEP_MM = 1.0
"""Steps between the outlines of neighbouring slabs: along the stack or in the plane."""
MOST_STEPS = 8
"""Slabs that one gap, or end, is cut into at most."""
AREA_TOLERANCE = 5e-4
"""Error of a gap's volume by the bend of its area, as a part of it, that needs no more slabs."""
ROOM = 0.75
"""Room around the outlines for those between and beyond them, in units of the widest gap."""
ENDS_CHANGE = 0.02
"""Part of its area by which a straight end may change."""
CLOSING_SEARCH = 24
"""Heights at which an end is looked for beyond a last plane, over one gap."""
CLOSING_SLACK = 1.1
"""An end found a little beyond where the next plane would be is taken to be there."""


@dataclass(frozen=True, slots=True)
class End:
    """Where a region ends beyond its last plane.

    Attributes:
        ending: which region.
        reach_mm: how far beyond the plane.
        is_abrupt: whether that is half a gap for want of knowledge, rather than where it closes.
    """

    ending: Ending
    reach_mm: float
    is_abrupt: bool


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """Slabs over a gap, or beyond a last plane.

    Attributes:
        thickness_mm: of each, those of the contoured planes' own slabs included.
        sections: of those that are not of a contoured plane, how far each cross-section is from the
            plane where the steps begin, and its edges (m, 4).
        width_mm: the gap; beyond a last plane, the one before it.
        links: what goes on over the gap.
        ends: what ends.
    """

    thickness_mm: FloatArray
    sections: tuple[tuple[float, FloatArray], ...]
    width_mm: float
    links: tuple[Link, ...]
    ends: tuple[End, ...]


class Run:
    """An unbroken run of at least two planes."""

    def __init__(self, planes: Sequence[Plane]) -> None:
        """Match the planes' islands; levels are computed when they are needed."""
        self.planes = planes
        self.heights = np.array([plane.height_mm for plane in planes])
        self.gaps = np.diff(self.heights)
        self.course = Course(planes)
        self._lattice: Lattice | None = None

    @property
    def lattice(self) -> Lattice:
        """The lattice that everything is interpolated on."""
        if self._lattice is None:
            room_mm = ROOM * float(self.gaps.max())
            self._lattice = Lattice(self.planes, self.course.islands, room_mm)
        return self._lattice

    def area_mm2(self, region: tuple[int, tuple[int, ...]]) -> float:
        """Area of a region."""
        return self.planes[region[0]].area_of(region[1])

    def over_gap(self, gap: int) -> Steps:
        """Slabs between two neighbouring planes, from low to high."""
        width = float(self.gaps[gap])
        links, holes_below, holes_above = self.course.links(gap)
        from_below = [*self.course.endings(gap, 1), *holes_below]
        from_above = [*self.course.endings(gap + 1, -1), *holes_above]
        count = max((self._steps_for(link, width) for link in links), default=0)
        if from_below or from_above:
            count = max(count, _even(width / STEP_MM), 4)
        if count == 0:
            return Steps(np.full(2, width / 2), (), width, tuple(links), ())
        ends = [
            *((end, 1) for end in self._ends(from_below, width)),
            *((end, -1) for end in self._ends(from_above, width)),
        ]
        curved = [(link, self._curvatures(link, width)) for link in links]
        sections: list[tuple[float, FloatArray]] = []
        for n in range(1, count):
            solid, holes = self.lattice.empty(), self.lattice.empty()
            for link, curvatures in curved:
                lower, upper = self.lattice.levels(link.lower), self.lattice.levels(link.upper)
                out = holes if link.is_hole else solid
                between(lower, upper, curvatures, width, n / count, out)
            for end, step in ends:
                away = width * (n / count if step > 0 else 1 - n / count)
                if away < end.reach_mm:
                    out = holes if end.ending.is_hole else solid
                    np.minimum(out, self._levels_beyond(end.ending, away), out=out)
            levels = np.maximum(solid, -holes)
            sections.append((width * n / count, self.lattice.outline(levels)))
        return Steps(
            width * simpson_weights(count),
            tuple(sections),
            width,
            tuple(links),
            tuple(end for end, _ in ends),
        )

    def beyond(self, place: int) -> Steps:
        """Slabs from the first (0) or last (-1) plane outwards, nearest first."""
        step = 1 if place else -1
        last = len(self.planes) - 1 if place else 0
        width = float(self.gaps[place])
        ends = tuple(self._ends(self.course.endings(last, step), width))
        if all(end.is_abrupt and self._is_straight(end) for end in ends):
            return Steps(np.array([width / 2]), (), width, (), ends)
        reach = max(end.reach_mm for end in ends)
        parts, weights = (
            _graded(reach) if len(ends) == 1 and not ends[0].is_abrupt else _level(reach, len(ends))
        )
        sections: list[tuple[float, FloatArray]] = []
        for part in parts[1:]:
            levels = self.lattice.empty()
            for end in ends:
                if part * reach <= end.reach_mm:
                    own = self._levels_beyond(end.ending, part * reach)
                    np.minimum(levels, own, out=levels)
            sections.append((float(part * reach), self.lattice.outline(levels)))
        return Steps(reach * weights, tuple(sections), width, (), ends)

    def _levels_beyond(self, ending: Ending, away_mm: float) -> FloatArray:
        last, before, second = (
            self.lattice.levels(region) for region in (ending.last, ending.before, ending.second)
        )
        out = np.empty_like(last)
        beyond(last, before, second, self._gaps_behind(ending), away_mm, out)
        return out

    def _gaps_behind(self, ending: Ending) -> tuple[float, float]:
        """The gaps from the last plane to those before it; 1 where there is none."""
        places = [region[0] for region in (ending.last, ending.before, ending.second) if region]
        gaps = np.abs(np.diff(self.heights[places])).tolist()
        first, second = (*gaps, 1.0, 1.0)[:2]
        return first, second

    def _ends(self, endings: Sequence[Ending], width_mm: float) -> list[End]:
        return [self._end(ending, width_mm) for ending in endings]

    def _end(self, ending: Ending, width_mm: float) -> End:
        """Where a region ends: where it closes, if it does before the next plane would come."""
        if ending.before is None or same_outline(self.planes, ending.last, ending.before):
            return End(ending, width_mm / 2, is_abrupt=True)
        gone = 0.5 * self.lattice.pitch_mm**2
        inside = self.lattice.levels(ending.last) < 0
        at, depth = 0.0, -float(self.lattice.levels(ending.last).min())
        if not inside.any() or depth <= gone:
            return End(ending, _tip_mm(self.area_mm2(ending.last), width_mm), is_abrupt=False)
        for n in range(1, CLOSING_SEARCH + 1):
            away = CLOSING_SLACK * width_mm * n / CLOSING_SEARCH
            found = -float(self._levels_beyond(ending, away).min())
            if found <= gone:
                closed = at + (away - at) * depth / (depth - found)
                return End(ending, min(closed, width_mm), is_abrupt=False)
            at, depth = away, found
        return End(ending, width_mm / 2, is_abrupt=True)

    def _is_straight(self, end: End) -> bool:
        """Whether a region hardly changes up to its abrupt end."""
        if end.ending.before is None or same_outline(
            self.planes, end.ending.last, end.ending.before
        ):
            return True
        area = self.area_mm2(end.ending.last)
        levels = self.lattice.levels(end.ending.last)
        changed = (levels < 0) != (self._levels_beyond(end.ending, end.reach_mm) < 0)
        shift_mm = np.count_nonzero(changed) * self.lattice.pitch_mm**2 / self._outline_mm(end)
        changes_mm2 = 2 * shift_mm * self._outline_mm(end)
        return bool(shift_mm < STEP_MM / 4 and changes_mm2 < ENDS_CHANGE * area)

    def _outline_mm(self, end: End) -> float:
        return _length_mm(self.planes[end.ending.last[0]].edges_of(end.ending.last[1]))

    def _curvatures(self, link: Link, width_mm: float) -> tuple[FloatArray, FloatArray]:
        below, lower, upper, above = (
            self.lattice.levels(region)
            for region in (link.below, link.lower, link.upper, link.above)
        )
        return limited_curvatures(below, lower, upper, above, self._gaps_around(link, width_mm))

    def _gaps_around(self, link: Link, width_mm: float) -> tuple[float, float, float]:
        heights = self.heights
        before = heights[link.lower[0]] - heights[link.below[0]] if link.below else 1.0
        after = heights[link.above[0]] - heights[link.upper[0]] if link.above else 1.0
        return float(before), width_mm, float(after)

    def _steps_for(self, link: Link, width_mm: float) -> int:
        """How many slabs, an even number, the change of a region over a gap needs; 0 for none."""
        steep = min(2.0 * self._shift_mm(link), width_mm) / STEP_MM
        if steep > 1.0:
            return min(_even(steep), MOST_STEPS)
        bend = self.area_bend_mm3(link, width_mm)
        areas = self.area_mm2(link.lower) + self.area_mm2(link.upper)
        return 2 if abs(bend) > AREA_TOLERANCE * 0.5 * areas * width_mm else 0

    def _shift_mm(self, link: Link) -> float:
        """How far the outline of a region moves over a gap, on the average."""
        if same_outline(self.planes, link.lower, link.upper):
            return 0.0
        lower, upper = self.lattice.levels(link.lower), self.lattice.levels(link.upper)
        changed_mm2 = np.count_nonzero((lower < 0) != (upper < 0)) * self.lattice.pitch_mm**2
        outline_mm = sum(
            _length_mm(self.planes[place].edges_of(polygons))
            for place, polygons in (link.lower, link.upper)
        )
        return 4.0 * changed_mm2 / outline_mm

    def area_bend_mm3(self, link: Link, width_mm: float) -> float:
        """What the bend of the area along the stack adds to a gap's volume, mm3."""
        areas = [
            np.array([[self.area_mm2(region) / math.pi]]) if region else np.empty((0, 0))
            for region in (link.below, link.lower, link.upper, link.above)
        ]
        gaps = self._gaps_around(link, width_mm)
        first, second = limited_curvatures(areas[0], areas[1], areas[2], areas[3], gaps)
        return -math.pi * float(first[0, 0] + second[0, 0]) / 2 * width_mm**3 / 12


def simpson_weights(count: int) -> FloatArray:
    """Simpson's weights of ``count + 1`` places over an even number of steps; their sum is 1."""
    weights = np.full(count + 1, 2.0)
    weights[1::2] = 4.0
    weights[[0, -1]] = 1.0
    return weights / (3.0 * count)


def _graded(reach_mm: float) -> tuple[FloatArray, FloatArray]:
    """Places and weights towards a rounded end, denser there: for a ball the radius steps evenly.

    Volumes of ball and cone come out exact or nearly so; nothing is placed at the very tip.
    """
    count = min(max(_even(reach_mm / STEP_MM), 4), MOST_STEPS)
    radius = np.arange(count, 0, -1) / count
    weights = 2.0 * radius * simpson_weights(count)[:-1]
    return 1.0 - radius**2, weights / weights.sum()


def _level(reach_mm: float, ends: int) -> tuple[FloatArray, FloatArray]:
    """Places and weights towards one abrupt end, or several ends that are not alike."""
    count = min(max(_even(reach_mm / STEP_MM), 2), MOST_STEPS)
    if ends == 1:
        return np.arange(count + 1) / count, simpson_weights(count)
    places = np.concatenate([[0.0], (np.arange(count) + 0.5) / count])
    return places, np.concatenate([[0.0], np.full(count, 1.0 / count)])


def _tip_mm(area_mm2: float, width_mm: float) -> float:
    """How far a region too small for the lattice goes on: no farther than it is wide."""
    return min(math.sqrt(area_mm2 / math.pi), width_mm / 2)


def _even(steps: float) -> int:
    return 2 * math.ceil(steps / 2)


def _length_mm(edges: FloatArray) -> float:
    return float(np.hypot(edges[:, 2] - edges[:, 0], edges[:, 3] - edges[:, 1]).sum())
