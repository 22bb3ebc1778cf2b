"""Compiled: volumes of what several level fields divide space into.

Each cell between eight neighbouring grid points is six tetrahedra around its diagonal (Kuhn's
division), the same in all cells, so that neighbours share their faces. In a tetrahedron every field
is linear, so each is cut along planes, one field after the other; the parts add up to the whole
to rounding. The compiled code is cached by this file's date: what is compiled stands in this file.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_WAYS = np.array(
    [[0, 1, 3, 7], [0, 1, 5, 7], [0, 2, 3, 7], [0, 2, 6, 7], [0, 4, 5, 7], [0, 4, 6, 7]]
)
"""Corners of the six tetrahedra; corner n is at (k, j, i) = (n >> 2 & 1, n >> 1 & 1, n & 1)."""

_PARTS = 3
"""Most tetrahedra on one side of a plane through a tetrahedron."""


@njit(nogil=True, cache=True)
def pattern_moments(
    fields: NDArray[np.float32], labels: NDArray[np.int32], label_count: int
) -> FloatArray:
    """Volume and first moments of every combination of insides, label by label.

    Args:
        fields: shape (n, k, j, i); a place is inside field f where it is below zero.
        labels: of the cells, shape (k - 1, j - 1, i - 1), from 0 to below ``label_count``.
        label_count: how many labels there are.

    Returns:
        Shape (label_count, 2**n, 4): the volume in cells, and its integral of (k, j, i), of the
        places whose bit f is set where they are inside field f.
    """
    n, nk, nj, ni = fields.shape
    all_sums = np.zeros((label_count, 2**n, 4))
    corners = np.empty((8, 3 + n))
    points = np.empty((8, 3 + n))
    stack = np.empty((2 * _PARTS * (n + 1), 4, 3 + n))
    depth_of = np.empty(stack.shape[0], np.int64)
    pattern_of = np.empty(stack.shape[0], np.int64)
    for k in range(nk - 1):
        for j in range(nj - 1):
            for i in range(ni - 1):
                sums = all_sums[labels[k, j, i]]
                pattern, is_whole = 0, True
                for f in range(n):
                    inside = 0
                    for c in range(8):
                        value = fields[f, k + (c >> 2), j + ((c >> 1) & 1), i + (c & 1)]
                        corners[c, 3 + f] = value
                        inside += value < 0.0
                    if inside == 8:
                        pattern |= 1 << f
                    elif inside > 0:
                        is_whole = False
                if is_whole:
                    sums[pattern, 0] += 1.0
                    sums[pattern, 1] += k + 0.5
                    sums[pattern, 2] += j + 0.5
                    sums[pattern, 3] += i + 0.5
                    continue
                for c in range(8):
                    corners[c, 0] = k + (c >> 2)
                    corners[c, 1] = j + ((c >> 1) & 1)
                    corners[c, 2] = i + (c & 1)
                for way in _WAYS:
                    for m in range(4):
                        stack[0, m] = corners[way[m]]
                    depth_of[0], pattern_of[0] = 0, 0
                    _divide(stack, depth_of, pattern_of, points, sums)
    return all_sums


@njit(nogil=True, cache=True)
def _divide(
    stack: FloatArray,
    depth_of: NDArray[np.int64],
    pattern_of: NDArray[np.int64],
    points: FloatArray,
    sums: FloatArray,
) -> None:
    """Cut the tetrahedron at the stack's bottom by all fields and add its parts to the sums.

    The first four of ``points`` take the corners of what is cut, the others where edges are cut.
    """
    n = points.shape[1] - 3
    order = np.empty(4, np.int64)
    top = 1
    while top > 0:
        top -= 1
        depth, pattern = depth_of[top], pattern_of[top]
        inside = 0
        while depth < n:
            inside = 0
            for m in range(4):
                inside += stack[top, m, 3 + depth] < 0.0
            if 0 < inside < 4:
                break
            if inside == 4:
                pattern |= 1 << depth
            depth += 1
        if depth == n:
            _add(stack[top], pattern, sums)
            continue
        a, b = 0, 3
        for m in range(4):
            if stack[top, m, 3 + depth] < 0.0:
                order[a] = m
                a += 1
            else:
                order[b] = m
                b -= 1
        for m in range(4):
            points[m] = stack[top, order[m]]
        before = top
        top = _cut(points, inside, 3 + depth, stack, top)
        within = 1 if inside == 1 else _PARTS
        for part in range(before, top):
            depth_of[part] = depth + 1
            pattern_of[part] = pattern | (1 << depth) if part - before < within else pattern


@njit(nogil=True, cache=True)
def _cut(points: FloatArray, inside: int, column: int, stack: FloatArray, top: int) -> int:
    """Put the parts inside of a field on the stack, then those outside of it.

    The first ``inside`` of the four corners are inside of the field.
    """
    cut = 4
    for low in range(inside):
        for high in range(inside, 4):
            below, above = points[low, column], points[high, column]
            share = below / (below - above)
            for n in range(points.shape[1]):
                start = points[low, n]
                points[cut, n] = start + share * (points[high, n] - start)
            cut += 1
    if inside == 1:
        _tetrahedron(points, (0, 4, 5, 6), stack, top)
        return _prism(points, (4, 5, 6, 1, 2, 3), stack, top + 1)
    if inside == 3:
        top = _prism(points, (0, 1, 2, 4, 5, 6), stack, top)
        _tetrahedron(points, (4, 5, 6, 3), stack, top)
        return top + 1
    top = _prism(points, (0, 4, 5, 1, 6, 7), stack, top)
    return _prism(points, (2, 4, 6, 3, 5, 7), stack, top)


@njit(nogil=True, cache=True)
def _tetrahedron(
    points: FloatArray, corners: tuple[int, int, int, int], stack: FloatArray, top: int
) -> None:
    for m in range(4):
        for n in range(points.shape[1]):
            stack[top, m, n] = points[corners[m], n]


@njit(nogil=True, cache=True)
def _prism(
    points: FloatArray, ends: tuple[int, int, int, int, int, int], stack: FloatArray, top: int
) -> int:
    """Put the three tetrahedra of a prism between two triangles on the stack."""
    a, b, c, d, e, f = ends
    _tetrahedron(points, (a, b, c, f), stack, top)
    _tetrahedron(points, (a, b, e, f), stack, top + 1)
    _tetrahedron(points, (a, d, e, f), stack, top + 2)
    return top + 3


@njit(nogil=True, cache=True)
def _add(corner: FloatArray, pattern: int, sums: FloatArray) -> None:
    u = (corner[1, 0] - corner[0, 0], corner[1, 1] - corner[0, 1], corner[1, 2] - corner[0, 2])
    v = (corner[2, 0] - corner[0, 0], corner[2, 1] - corner[0, 1], corner[2, 2] - corner[0, 2])
    w = (corner[3, 0] - corner[0, 0], corner[3, 1] - corner[0, 1], corner[3, 2] - corner[0, 2])
    volume = (
        abs(
            u[0] * (v[1] * w[2] - v[2] * w[1])
            - u[1] * (v[0] * w[2] - v[2] * w[0])
            + u[2] * (v[0] * w[1] - v[1] * w[0])
        )
        / 6.0
    )
    sums[pattern, 0] += volume
    for axis in range(3):
        middle = (corner[0, axis] + corner[1, axis] + corner[2, axis] + corner[3, axis]) / 4.0
        sums[pattern, 1 + axis] += volume * middle
