"""Compiled: what lies below a level of a field that is linear in tetrahedra.

Each cell between eight neighbouring voxel centres is six tetrahedra around its diagonal (Kuhn's
division), the same in all cells, so that neighbours share their faces. The compiled code is cached
by this file's date: what is compiled stands in this file.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_WAYS = np.array(
    [
        [0, 1, 3, 7],
        [0, 1, 5, 7],
        [0, 2, 3, 7],
        [0, 2, 6, 7],
        [0, 4, 5, 7],
        [0, 4, 6, 7],
    ]
)
"""Corners of the six tetrahedra; corner n is at (k, j, i) = (n >> 2 & 1, n >> 1 & 1, n & 1)."""


@njit(nogil=True, cache=True)
def _rising(corner: FloatArray) -> tuple[int, int, int, int]:
    """The four corners in order of their values."""
    a, b, c, d = 0, 1, 2, 3
    if corner[a] > corner[b]:
        a, b = b, a
    if corner[c] > corner[d]:
        c, d = d, c
    if corner[a] > corner[c]:
        a, c = c, a
    if corner[b] > corner[d]:
        b, d = d, b
    if corner[b] > corner[c]:
        b, c = c, b
    return a, b, c, d


@njit(nogil=True, cache=True)
def share_below(corner: FloatArray, level: float) -> float:
    """Share of a tetrahedron in which the linear field of its corners lies below a level.

    As for the number of states in Bloechl, Jepsen and Andersen, Phys Rev B 49 (1994) 16223,
    appendix B.
    """
    order = _rising(corner)
    a, b, c, d = corner[order[0]], corner[order[1]], corner[order[2]], corner[order[3]]
    if level <= a:
        return 0.0
    if level >= d:
        return 1.0
    if level < b:
        return (level - a) ** 3 / ((b - a) * (c - a) * (d - a))
    if level >= c:
        return 1.0 - (d - level) ** 3 / ((d - a) * (d - b) * (d - c))
    over = level - b
    first = (b - a) ** 2 + 3.0 * (b - a) * over + 3.0 * over**2
    last = ((c - a) + (d - b)) / ((c - b) * (d - b)) * over**3
    return (first - last) / ((c - a) * (d - a))


@njit(nogil=True, cache=True)
def cells_below(values: NDArray[np.float32], level: float) -> float:
    """Volume below a level, in cells."""
    nk, nj, ni = values.shape
    corner, four = np.empty(8), np.empty(4)
    total = 0.0
    for k in range(nk - 1):
        for j in range(nj - 1):
            for i in range(ni - 1):
                count = 0
                for n in range(8):
                    corner[n] = values[k + (n >> 2), j + ((n >> 1) & 1), i + (n & 1)]
                    count += corner[n] < level
                if count == 0:
                    continue
                if count == 8:
                    total += 1.0
                    continue
                for way in _WAYS:
                    for m in range(4):
                        four[m] = corner[way[m]]
                    total += share_below(four, level) / 6.0
    return total


@njit(nogil=True, cache=True)
def triangles(values: NDArray[np.float32], level: float) -> FloatArray:
    """Triangles of the surface at a level, shape (n, 3 corners, (k, j, i)), fractional indices.

    Each triangle's corners run counter-clockwise when (k, j, i) are taken as right-handed axes and
    one looks from above the level.
    """
    nk, nj, ni = values.shape
    room = 1024
    found = np.empty((room, 3, 3))
    used = 0
    four, place = np.empty(4), np.empty((4, 3))
    for k in range(nk - 1):
        for j in range(nj - 1):
            for i in range(ni - 1):
                below = 0
                for n in range(8):
                    below += values[k + (n >> 2), j + ((n >> 1) & 1), i + (n & 1)] < level
                if below in {0, 8}:
                    continue
                if used + 12 > room:
                    room *= 2
                    larger = np.empty((room, 3, 3))
                    larger[:used] = found[:used]
                    found = larger
                for way in _WAYS:
                    for m in range(4):
                        n = way[m]
                        place[m, 0], place[m, 1], place[m, 2] = (
                            k + (n >> 2),
                            j + ((n >> 1) & 1),
                            i + (n & 1),
                        )
                        four[m] = values[k + (n >> 2), j + ((n >> 1) & 1), i + (n & 1)]
                    used = _cut(four, place, level, found, used)
    return found[:used].copy()


@njit(nogil=True, cache=True)
def _cut(corner: FloatArray, place: FloatArray, level: float, found: FloatArray, used: int) -> int:
    """Add the triangles that cut one tetrahedron, and return how many there are then."""
    order = _rising(corner)
    below = 0
    for m in range(4):
        below += corner[m] < level
    if below in {0, 4}:
        return used
    cuts = np.empty((4, 3))
    n = 0
    for low in range(below):
        for high in range(below, 4):
            a, b = order[low], order[high]
            part = (level - corner[a]) / (corner[b] - corner[a])
            for axis in range(3):
                start = place[a, axis]
                cuts[n, axis] = start + part * (place[b, axis] - start)
            n += 1
    warmer = np.empty(3)
    for axis in range(3):
        warmer[axis] = place[order[3], axis] - place[order[0], axis]
    used = _add(cuts[0], cuts[1], cuts[2], warmer, found, used)
    if n == 4:
        used = _add(cuts[1], cuts[2], cuts[3], warmer, found, used)
    return used


@njit(nogil=True, cache=True)
def _add(
    a: FloatArray,
    b: FloatArray,
    c: FloatArray,
    warmer: FloatArray,
    found: FloatArray,
    used: int,
) -> int:
    """Add one triangle, turned so that its normal points to the warmer side."""
    facing = 0.0
    for n in range(3):
        m, o = (n + 1) % 3, (n + 2) % 3
        facing += ((b[m] - a[m]) * (c[o] - a[o]) - (b[o] - a[o]) * (c[m] - a[m])) * warmer[n]
    for n in range(3):
        found[used, 0, n] = a[n]
        found[used, 1, n] = c[n] if facing < 0.0 else b[n]
        found[used, 2, n] = b[n] if facing < 0.0 else c[n]
    return used + 1
