"""The islands of a plane, their holes, and which islands of two planes belong together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.structures.planes import Plane
from dosimetry_core.structures.scanline import are_inside

FloatArray = NDArray[np.float64]

CLEAR_SHARE = 0.98
"""A polygon with so many of its corners in another lies in it."""


@dataclass(frozen=True, slots=True)
class Island:
    """Polygons of a plane that enclose one region.

    Attributes:
        outer: places of its outlines in the plane's polygons; several where polygons cross.
        holes: places of those that lie in an outline.
    """

    outer: tuple[int, ...]
    holes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Islands of two neighbouring planes, by their places, that lie over each other."""

    lower: frozenset[int]
    upper: frozenset[int]


def islands_of(plane: Plane) -> list[Island]:
    """The islands of a plane, in the order of their polygons."""
    count = len(plane.polygons)
    if count == 1:
        return [Island((0,), ())]
    inside = np.zeros((count, count))
    for a in range(count):
        for b in range(count):
            if a != b and _boxes_meet(plane.polygons[a], plane.polygons[b]):
                corners = plane.polygons[a]
                within = are_inside(plane.edges_of((b,)), corners[:, 0], corners[:, 1])
                inside[a, b] = within.mean()
    contained = (inside >= CLEAR_SHARE) & (inside.T <= 1 - CLEAR_SHARE)
    crossing = ((inside > 1 - CLEAR_SHARE) | (inside.T > 1 - CLEAR_SHARE)) & ~(
        contained | contained.T
    )
    depth = contained.sum(axis=1)
    is_hole = (depth % 2 == 1) & ~crossing.any(axis=1)
    solid = [n for n in range(count) if not is_hole[n]]
    holes: dict[int, list[int]] = {n: [] for n in solid}
    for hole in np.flatnonzero(is_hole).tolist():
        around = [n for n in solid if contained[hole, n]]
        holes[max(around, key=lambda n: int(depth[n]))].append(hole)
    return [
        Island(tuple(members), tuple(sorted(hole for n in members for hole in holes[n])))
        for members in _connected(solid, crossing)
    ]


def overlap(first: Plane, a: tuple[int, ...], second: Plane, b: tuple[int, ...]) -> bool:
    """Whether regions of two planes, each enclosed by some polygons, lie over each other."""
    corners_a = np.concatenate([first.polygons[n] for n in a])
    corners_b = np.concatenate([second.polygons[n] for n in b])
    if not _boxes_meet(corners_a, corners_b):
        return False
    edges_a, edges_b = first.edges_of(a), second.edges_of(b)
    if are_inside(edges_b, corners_a[:, 0], corners_a[:, 1]).any():
        return True
    if are_inside(edges_a, corners_b[:, 0], corners_b[:, 1]).any():
        return True
    middles = np.stack([corners_a.mean(axis=0), corners_b.mean(axis=0)])
    in_both = are_inside(edges_a, middles[:, 0], middles[:, 1]) & are_inside(
        edges_b, middles[:, 0], middles[:, 1]
    )
    return bool(in_both.any())


def groups_between(
    lower: Plane, lower_islands: Sequence[Island], upper: Plane, upper_islands: Sequence[Island]
) -> list[Group]:
    """The islands that go on from one plane to the next, together where they merge or part."""
    count = len(lower_islands)
    over = np.zeros((count + len(upper_islands),) * 2, dtype=np.bool_)
    for a, below in enumerate(lower_islands):
        for b, above in enumerate(upper_islands):
            over[a, count + b] = over[count + b, a] = overlap(
                lower, below.outer + below.holes, upper, above.outer + above.holes
            )
    groups: list[Group] = []
    for members in _connected(list(range(over.shape[0])), over):
        below = frozenset(n for n in members if n < count)
        above = frozenset(n - count for n in members if n >= count)
        if below and above:
            groups.append(Group(below, above))
    return groups


def _connected(members: list[int], related: NDArray[np.bool_]) -> list[list[int]]:
    """Members in sets that are related, directly or through others."""
    left = list(members)
    found: list[list[int]] = []
    while left:
        one = [left.pop(0)]
        for member in one:
            near = [other for other in left if related[member, other]]
            one += near
            left = [other for other in left if other not in near]
        found.append(sorted(one))
    return found


def _boxes_meet(a: FloatArray, b: FloatArray) -> bool:
    return bool((a.min(axis=0) <= b.max(axis=0)).all() and (b.min(axis=0) <= a.max(axis=0)).all())
