"""Outlines that touch: channels of no width and shared edges are not outlines."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

TOUCH_MM = 1e-3
"""Edges nearer than this over a length lie on each other."""


def without_touching(edges: FloatArray) -> FloatArray:
    """Edges (m, 4) with the parts that lie on each other cancelled in pairs.

    By the exclusive-or of polygons, a line that is drawn twice has the same on both of its sides: a
    channel that joins a hole to its outline, or the common edge of two islands. The parts that are
    left join at the same corners as before, so every outline stays closed.
    """
    pairs = _touching_pairs(edges, TOUCH_MM)
    if pairs.shape[0] == 0:
        return edges
    touching = np.zeros(edges.shape[0], dtype=np.bool_)
    touching[pairs] = True
    kept = [edges[~touching], *(_odd_parts(edges[members]) for members in _on_one_line(pairs))]
    return np.ascontiguousarray(np.concatenate(kept))


def _on_one_line(pairs: NDArray[np.int64]) -> list[list[int]]:
    """Edges that lie on each other, directly or through others."""
    found: dict[int, list[int]] = {}
    for a, b in pairs.tolist():
        first, second = found.setdefault(a, [a]), found.setdefault(b, [b])
        if first is not second:
            first += second
            found.update(dict.fromkeys(second, first))
    return list({id(members): members for members in found.values()}.values())


def _odd_parts(edges: FloatArray) -> FloatArray:
    """The parts of collinear edges that an odd number of them cover."""
    longest = edges[np.argmax(np.hypot(edges[:, 2] - edges[:, 0], edges[:, 3] - edges[:, 1]))]
    axis = longest[2:] - longest[:2]
    corners = np.unique(np.concatenate([edges[:, :2], edges[:, 2:]]), axis=0)
    corners = corners[np.argsort(corners @ axis, kind="stable")]
    place = {(float(x), float(y)): n for n, (x, y) in enumerate(corners)}
    covered = np.zeros(corners.shape[0] - 1, dtype=np.int64)
    for x0, y0, x1, y1 in edges.tolist():
        first, last = sorted((place[x0, y0], place[x1, y1]))
        covered[first:last] += 1
    odd = np.flatnonzero(covered % 2)
    return np.concatenate([corners[odd], corners[odd + 1]], axis=1)


@njit(nogil=True, cache=True)
def _touching_pairs(edges: FloatArray, near_mm: float) -> NDArray[np.int64]:
    """Pairs (n, 2) of edges that lie on each other over more than ``near_mm``."""
    low = np.minimum(edges[:, 0], edges[:, 2])
    order = np.argsort(low)
    found = [(0, 0) for _ in range(0)]
    for first in range(order.size):
        a = order[first]
        ax, ay = edges[a, 0], edges[a, 1]
        dx, dy = edges[a, 2] - ax, edges[a, 3] - ay
        length = np.hypot(dx, dy)
        if length <= near_mm:
            continue
        dx, dy = dx / length, dy / length
        high = max(edges[a, 0], edges[a, 2]) + near_mm
        for second in range(first + 1, order.size):
            b = order[second]
            if low[b] > high:
                break
            if abs(dx * (edges[b, 1] - ay) - dy * (edges[b, 0] - ax)) > near_mm:
                continue
            if abs(dx * (edges[b, 3] - ay) - dy * (edges[b, 2] - ax)) > near_mm:
                continue
            start = dx * (edges[b, 0] - ax) + dy * (edges[b, 1] - ay)
            end = dx * (edges[b, 2] - ax) + dy * (edges[b, 3] - ay)
            common = min(max(start, end), length) - max(min(start, end), 0.0)
            if common > near_mm:
                found.append((a, b))
    pairs = np.empty((len(found), 2), dtype=np.int64)
    for n, (a, b) in enumerate(found):
        pairs[n, 0], pairs[n, 1] = a, b
    return pairs
