"""How the regions of a run of planes go on from one to the next, and where they end."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dosimetry_core.structures.islands import Group, groups_between, islands_of, overlap
from dosimetry_core.structures.lattice import Region
from dosimetry_core.structures.planes import Plane
from dosimetry_core.structures.scanline import are_inside


@dataclass(frozen=True, slots=True)
class Link:
    """A region that goes on from one plane to the next, and what it was before and after.

    Attributes:
        lower: in the lower plane.
        upper: in the upper plane.
        below: one plane below, where it is one to one.
        above: one plane above.
        is_hole: whether it is cut out, rather than joined.
    """

    lower: Region
    upper: Region
    below: Region | None
    above: Region | None
    is_hole: bool = False


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
                last = self._region(place, members)
                inner = self._further(place, members, -step)
                deeper = self._further(place - step, inner, -step) if inner else None
                before = self._region(place - step, inner) if inner else None
                second = self._region(place - 2 * step, deeper) if deeper else None
                if self._filled(last) == last:
                    before, second = self._filled(before), self._filled(second)
                found.append(Ending(last, before, second))
        return found

    def links(self, gap: int) -> tuple[list[Link], list[Ending], list[Ending]]:
        """What goes on over a gap, and the holes that end there from below and from above.

        A hole that closes somewhere along the stack is a solid of its own that is cut out; one that
        ends with its island, like that of a ring, is part of the island.
        """
        links: list[Link] = []
        from_below: list[Ending] = []
        from_above: list[Ending] = []
        for group in self._groups[gap]:
            inner = self._further(gap, group.lower, -1)
            outer = self._further(gap + 1, group.upper, 1)
            cut = [self._closing(gap, group.lower, 1), self._closing(gap + 1, group.upper, -1)]
            from_below += [self._hole(gap, hole, 1) for hole in cut[0]]
            from_above += [self._hole(gap + 1, hole, -1) for hole in cut[1]]
            for hole in self._holes(gap, group.lower):
                upper = self._follow(gap, hole, 1)
                if upper is not None and self._is_cavity(gap, hole):
                    links.append(
                        Link(
                            (gap, (hole,)),
                            (gap + 1, (upper,)),
                            _hole_region(gap - 1, self._follow(gap, hole, -1)),
                            _hole_region(gap + 2, self._follow(gap + 1, upper, 1)),
                            is_hole=True,
                        )
                    )
                    cut[0].append(hole)
                    cut[1].append(upper)
            lower = _without(self._region(gap, group.lower), cut[0])
            upper = _without(self._region(gap + 1, group.upper), cut[1])
            below = self._region(gap - 1, inner) if inner else None
            above = self._region(gap + 2, outer) if outer else None
            if self._filled(lower) == lower and self._filled(upper) == upper:
                below, above = self._filled(below), self._filled(above)
            elif cut[0] or cut[1]:
                below = above = None
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

    def _closing(self, place: int, members: frozenset[int], step: int) -> list[int]:
        """Holes of some islands over which the next plane's region is whole."""
        plane, other = self.planes[place], place + step
        group = self._group_of(place, min(members), step)
        if group is None:
            return []
        edges = self.planes[other].edges_of(self._region(other, _side(group, step))[1])
        found: list[int] = []
        for hole in self._holes(place, members):
            corners = plane.polygons[hole]
            if not are_inside(edges, corners[:, 0], corners[:, 1]).all():
                continue
            holes = self._holes(other, _side(group, step))
            if not any(overlap(plane, (hole,), self.planes[other], (n,)) for n in holes):
                found.append(hole)
        return found

    def _group_of(self, place: int, island: int, step: int) -> Group | None:
        """The group that an island goes on in."""
        gap = place if step > 0 else place - 1
        if not 0 <= gap < len(self._groups):
            return None
        return next((g for g in self._groups[gap] if island in _side(g, -step)), None)

    def _follow(self, place: int, hole: int, step: int) -> int | None:
        """The one hole of the next plane that a hole goes on as."""
        group = self._group_of(place, self._island_around(place, hole), step)
        if group is None:
            return None
        other = place + step
        plane, next_plane = self.planes[place], self.planes[other]
        over = [
            n
            for n in self._holes(other, _side(group, step))
            if overlap(plane, (hole,), next_plane, (n,))
        ]
        if len(over) != 1:
            return None
        back = [
            n
            for n in self._holes(place, _side(group, -step))
            if overlap(plane, (n,), next_plane, (over[0],))
        ]
        return over[0] if len(back) == 1 else None

    def _is_cavity(self, place: int, hole: int) -> bool:
        """Whether a hole closes at one of its ends."""
        for step in (-1, 1):
            at, last = place, hole
            while (following := self._follow(at, last, step)) is not None:
                at, last = at + step, following
            around = frozenset([self._island_around(at, last)])
            if last in self._closing(at, around, step):
                return True
        return False

    def _island_around(self, place: int, hole: int) -> int:
        return next(n for n, island in enumerate(self.islands[place]) if hole in island.holes)

    def _hole(self, place: int, hole: int, step: int) -> Ending:
        """A hole that ends in the direction ``step``."""
        before = self._follow(place, hole, -step)
        second = None if before is None else self._follow(place - step, before, -step)
        return Ending(
            (place, (hole,)),
            _hole_region(place - step, before),
            _hole_region(place - 2 * step, second),
            is_hole=True,
        )


def _hole_region(place: int, hole: int | None) -> Region | None:
    return None if hole is None else (place, (hole,))


def same_outline(planes: Sequence[Plane], a: Region, b: Region) -> bool:
    """Whether two regions have the same corners."""
    return np.array_equal(planes[a[0]].edges_of(a[1]), planes[b[0]].edges_of(b[1]))


def _side(group: Group, step: int) -> frozenset[int]:
    return group.upper if step > 0 else group.lower


def _without(region: Region, polygons: Sequence[int]) -> Region:
    return region[0], tuple(n for n in region[1] if n not in polygons)
