"""How the regions of a run of planes go on from one to the next, and where they end."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dosimetry_core.structures.islands import Group, Island, groups_between, islands_of, overlap
from dosimetry_core.structures.lattice import Region
from dosimetry_core.structures.planes import Plane
from dosimetry_core.structures.scanline import are_inside


@dataclass(frozen=True, slots=True)
class Link:
    """A region that goes on from one plane to the next, and what it was before and after."""

    lower: Region
    upper: Region
    below: Region | None
    above: Region | None


@dataclass(frozen=True, slots=True)
class Ending:
    """A region that is in one plane and not in the next.

    Attributes:
        last: the region.
        before: the same one plane further in, where it is one to one.
        second: two planes further in.
        is_hole: whether it is a hole that ends, rather than an island.
    """

    last: Region
    before: Region | None
    second: Region | None
    is_hole: bool = False


class Course:
    """The links and endings of a run of planes."""

    def __init__(self, planes: Sequence[Plane]) -> None:
        """Match the islands of neighbouring planes."""
        self.planes = planes
        self.islands = [islands_of(plane) for plane in planes]
        self._groups = [
            groups_between(planes[n], self.islands[n], planes[n + 1], self.islands[n + 1])
            for n in range(len(planes) - 1)
        ]

    def endings(self, place: int, step: int) -> list[Ending]:
        """Islands of a plane that the next in the direction ``step`` (1 or -1) does not have."""
        gap = place if step > 0 else place - 1
        going_on = frozenset[int]()
        if 0 <= gap < len(self._groups):
            sets = [_side(group, -step) for group in self._groups[gap]]
            going_on = frozenset[int]().union(*sets)
        found: list[Ending] = []
        for number in range(len(self.islands[place])):
            if number not in going_on:
                members = frozenset([number])
                inner = self._further(place, members, -step)
                second = self._further(place - step, inner, -step) if inner else None
                found.append(
                    Ending(
                        self._region(place, members),
                        self._region(place - step, inner) if inner else None,
                        self._region(place - 2 * step, second) if second else None,
                    )
                )
        return found

    def links(self, gap: int) -> tuple[list[Link], list[Ending], list[Ending]]:
        """What goes on over a gap, and the holes that end there from below and from above."""
        links: list[Link] = []
        from_below: list[Ending] = []
        from_above: list[Ending] = []
        for group in self._groups[gap]:
            lower, upper = self._region(gap, group.lower), self._region(gap + 1, group.upper)
            low_holes = self._closing(gap, group.lower, upper)
            high_holes = self._closing(gap + 1, group.upper, lower)
            inner = self._further(gap, group.lower, -1)
            outer = self._further(gap + 1, group.upper, 1)
            below = self._region(gap - 1, inner) if inner else None
            above = self._region(gap + 2, outer) if outer else None
            if low_holes or high_holes:
                from_below += [self._hole(gap, hole, below, 1) for hole in low_holes]
                from_above += [self._hole(gap + 1, hole, above, -1) for hole in high_holes]
                lower, upper = _without(lower, low_holes), _without(upper, high_holes)
                below = self._filled(below) if self._filled(lower) == lower else None
                above = self._filled(above) if self._filled(upper) == upper else None
            links.append(Link(lower, upper, below, above))
        return links, from_below, from_above

    def _further(self, place: int, members: frozenset[int], step: int) -> frozenset[int] | None:
        """The islands that these, and no others, go on as; None where they merge, part or end."""
        gap = place if step > 0 else place - 1
        if not 0 <= gap < len(self._groups):
            return None
        for group in self._groups[gap]:
            if _side(group, -step) == members:
                return _side(group, step)
        return None

    def _region(self, place: int, members: frozenset[int]) -> Region:
        islands = [self.islands[place][n] for n in sorted(members)]
        polygons = {n for island in islands for n in island.outer + island.holes}
        return place, tuple(sorted(polygons))

    def _holes(self, place: int, members: frozenset[int]) -> list[int]:
        return [hole for n in sorted(members) for hole in self.islands[place][n].holes]

    def _filled(self, region: Region | None) -> Region | None:
        if region is None:
            return None
        holes = {hole for island in self.islands[region[0]] for hole in island.holes}
        return _without(region, sorted(holes))

    def _closing(self, place: int, members: frozenset[int], other: Region) -> list[int]:
        """Holes over which the region of the next plane is whole."""
        plane, next_plane = self.planes[place], self.planes[other[0]]
        edges = next_plane.edges_of(other[1])
        found: list[int] = []
        for hole in self._holes(place, members):
            corners = plane.polygons[hole]
            if not are_inside(edges, corners[:, 0], corners[:, 1]).all():
                continue
            inner = [n for n in other[1] if n in _all_holes(self.islands[other[0]])]
            if not any(overlap(plane, (hole,), next_plane, (n,)) for n in inner):
                found.append(hole)
        return found

    def _hole(self, place: int, hole: int, inner: Region | None, step: int) -> Ending:
        """A hole that ends in the direction ``step``, with the one hole it was a plane before."""
        last = (place, (hole,))
        if inner is None:
            return Ending(last, None, None, is_hole=True)
        plane, before = self.planes[place], self.planes[inner[0]]
        same = [
            n
            for n in inner[1]
            if n in _all_holes(self.islands[inner[0]]) and overlap(plane, (hole,), before, (n,))
        ]
        if len(same) != 1:
            return Ending(last, None, None, is_hole=True)
        members = frozenset(
            n for n, island in enumerate(self.islands[inner[0]]) if same[0] in island.holes
        )
        further = self._further(inner[0], members, -step)
        second = None
        if further is not None:
            place_second = inner[0] - step
            candidates = [
                n
                for n in self._holes(place_second, further)
                if overlap(before, (same[0],), self.planes[place_second], (n,))
            ]
            second = (place_second, (candidates[0],)) if len(candidates) == 1 else None
        return Ending(last, (inner[0], (same[0],)), second, is_hole=True)


def same_outline(planes: Sequence[Plane], a: Region, b: Region) -> bool:
    """Whether two regions have the same corners."""
    return np.array_equal(planes[a[0]].edges_of(a[1]), planes[b[0]].edges_of(b[1]))


def _side(group: Group, step: int) -> frozenset[int]:
    return group.upper if step > 0 else group.lower


def _without(region: Region, polygons: Sequence[int]) -> Region:
    return region[0], tuple(n for n in region[1] if n not in polygons)


def _all_holes(islands: Sequence[Island]) -> set[int]:
    return {hole for island in islands for hole in island.holes}
