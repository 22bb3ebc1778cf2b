"""Points scattered in cells, compiled: uniform, independent, and fixed by the cell's number."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

SALT = np.uint64(43)
"""Any number: it makes the scatter of all cells the same every time."""
_STEP = np.uint64(0x9E3779B97F4A7C15)


@njit(nogil=True, cache=True)
def _mixed(state: np.uint64) -> np.uint64:
    """Finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014)."""
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


@njit(nogil=True, cache=True)
def _part(state: np.uint64) -> float:
    """From 0 to 1, 1 excluded."""
    return float(_mixed(state) >> np.uint64(11)) * 2.0**-53


@njit(nogil=True, cache=True)
def points_in_boxes(ids: IntArray, centers: FloatArray, sizes: FloatArray, out: FloatArray) -> None:
    """Two points in each cell that is a box, into ``out`` (n, 2, 3)."""
    for n in range(ids.size):
        if ids[n] < 0:
            continue
        state = _mixed(np.uint64(ids[n]) + SALT)
        for p in range(2):
            for axis in range(3):
                state += _STEP
                out[n, p, axis] = centers[n, axis] + (_part(state) - 0.5) * sizes[n, axis]


@njit(nogil=True, cache=True)
def points_in_groups(
    ids: IntArray,
    starts: IntArray,
    centers: FloatArray,
    sizes: FloatArray,
    weights: FloatArray,
    out: FloatArray,
) -> None:
    """Two points in each cell that is a group of boxes, into ``out`` (n, 2, 3).

    Args:
        ids: of the cells; those below zero are groups.
        starts: first box of each group, and the number of boxes.
        centers: of the boxes.
        sizes: of the boxes.
        weights: of the boxes: a point is in one with a chance in proportion.
        out: where the points go.
    """
    for n in range(ids.size):
        if ids[n] >= 0:
            continue
        group = -1 - ids[n]
        first, last = starts[group], starts[group + 1]
        total = 0.0
        for b in range(first, last):
            total += weights[b]
        state = _mixed(np.uint64(group) + (SALT << np.uint64(32)))
        for p in range(2):
            state += _STEP
            left = _part(state) * total
            box = first
            while box < last - 1 and left >= weights[box]:
                left -= weights[box]
                box += 1
            for axis in range(3):
                state += _STEP
                out[n, p, axis] = centers[box, axis] + (_part(state) - 0.5) * sizes[box, axis]
