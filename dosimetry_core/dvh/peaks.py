"""What narrow peaks of dose mean for the cells around them, compiled."""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

PEAK_MM = 0.4
"""Radius of a peak, a seed's capsule: a cell that it reaches into may hide it from its samples."""
SMALLEST_DIAGONAL_MM = 0.4
"""Cells smaller than this need not be cut to find a peak."""


def hold_peak(centers_mm: FloatArray, sizes_mm: FloatArray, lines_mm: FloatArray) -> BoolArray:
    """Which cells a peak reaches into, so that their samples may not show it.

    Args:
        centers_mm: of cells, shape (n, 3).
        sizes_mm: of cells, shape (n, 3), along the same axes.
        lines_mm: middles of peaks, from end to end along the same axes, shape (p, 2, 3).

    Returns:
        Shape (n,); False for cells that are small enough.
    """
    low, high = _bounds(centers_mm, sizes_mm)
    outside = (lines_mm.max(axis=1) < low - PEAK_MM) | (lines_mm.min(axis=1) > high + PEAK_MM)
    return _crossed(centers_mm, sizes_mm, lines_mm[~outside.any(axis=1)])


@njit(nogil=True, cache=True)
def _distance2(
    x: float, y: float, z: float, half_x: float, half_y: float, half_z: float, half2: float
) -> float:
    """Squared distance of the end of a vector from a line about its start, half of it given."""
    inner = x * half_x + y * half_y + z * half_z
    part = min(max(inner / half2, -1.0), 1.0) if half2 > 0.0 else 0.0
    return max(x * x + y * y + z * z - 2.0 * part * inner + part * part * half2, 0.0)


@njit(nogil=True, cache=True)
def extents_seen(centers: FloatArray, sizes: FloatArray, lines: FloatArray) -> FloatArray:
    """Half diagonals of cells (n, 3), as parts of their distance from the nearest peak, (n,)."""
    seen = np.zeros(centers.shape[0])
    middles = 0.5 * (lines[:, 0] + lines[:, 1])
    halves = 0.5 * (lines[:, 1] - lines[:, 0])
    half2 = np.sum(halves**2, axis=1)
    for n in range(centers.shape[0]):
        nearest2 = np.inf
        for s in range(lines.shape[0]):
            x = centers[n, 0] - middles[s, 0]
            y = centers[n, 1] - middles[s, 1]
            z = centers[n, 2] - middles[s, 2]
            if x * x + y * y + z * z >= 2.0 * (nearest2 + half2[s]):
                continue
            far2 = _distance2(x, y, z, halves[s, 0], halves[s, 1], halves[s, 2], half2[s])
            nearest2 = min(nearest2, far2)
        diagonal = math.sqrt(sizes[n, 0] ** 2 + sizes[n, 1] ** 2 + sizes[n, 2] ** 2)
        seen[n] = 0.5 * diagonal / max(math.sqrt(nearest2), PEAK_MM)
    return seen


@njit(nogil=True, cache=True)
def _crossed(centers: FloatArray, sizes: FloatArray, lines: FloatArray) -> BoolArray:
    """Which cells have a line less than a peak's radius beyond their circumscribed ball."""
    crossed = np.zeros(centers.shape[0], dtype=np.bool_)
    middles = 0.5 * (lines[:, 0] + lines[:, 1])
    halves = 0.5 * (lines[:, 1] - lines[:, 0])
    half2 = np.sum(halves**2, axis=1)
    for n in range(centers.shape[0]):
        diagonal = math.sqrt(sizes[n, 0] ** 2 + sizes[n, 1] ** 2 + sizes[n, 2] ** 2)
        if diagonal < SMALLEST_DIAGONAL_MM:
            continue
        limit = 0.5 * diagonal + PEAK_MM
        for s in range(lines.shape[0]):
            x = centers[n, 0] - middles[s, 0]
            y = centers[n, 1] - middles[s, 1]
            z = centers[n, 2] - middles[s, 2]
            r2 = x * x + y * y + z * z
            if r2 >= 2.0 * (limit * limit + half2[s]):
                continue
            far2 = _distance2(x, y, z, halves[s, 0], halves[s, 1], halves[s, 2], half2[s])
            if far2 < limit * limit:
                crossed[n] = True
                break
    return crossed


@njit(nogil=True, cache=True)
def _bounds(centers: FloatArray, sizes: FloatArray) -> FloatArray:
    """Low and high corner of the box around cells, (2, 3)."""
    found = np.empty((2, 3))
    found[0], found[1] = np.inf, -np.inf
    for n in range(centers.shape[0]):
        for axis in range(3):
            half = 0.5 * sizes[n, axis]
            found[0, axis] = min(found[0, axis], centers[n, axis] - half)
            found[1, axis] = max(found[1, axis], centers[n, axis] + half)
    return found
