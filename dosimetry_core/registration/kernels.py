"""Sampling of grids and comparing of blocks, compiled: what a registration spends its time on.

The kernels release the GIL and use one thread each. Coordinates of a target's voxel (k, j, i) in
its source are ``linear @ (k, j, i) + offset``. A point beyond the outermost voxels' middles is
outside, as in scipy.ndimage with ``mode="constant"``.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Flags = NDArray[np.uint8]


@njit(nogil=True, cache=True)
def resample(
    values: Floats,
    flags: Flags,
    limits: Floats,
    linear: Doubles,
    offset: Doubles,
    out: Floats,
    out_flags: Flags,
) -> None:
    """Values at every voxel of another grid, and which flags the voxels round it have.

    Args:
        values: shape (k, j, i).
        flags: the same shape; bit n is flag n.
        limits: bit n is set where the share of voxels with flag n, linear between them, is above
            limit n.
        linear: shape (3, 3).
        offset: shape (3,).
        out: is filled with values, linear between voxels; NaN outside.
        out_flags: is filled; 0 outside.
    """
    last_k, last_j, last_i = values.shape[0] - 1, values.shape[1] - 1, values.shape[2] - 1
    one = np.float32(1.0)
    for k in range(out.shape[0]):
        for j in range(out.shape[1]):
            z0 = linear[0, 0] * k + linear[0, 1] * j + offset[0]
            y0 = linear[1, 0] * k + linear[1, 1] * j + offset[1]
            x0 = linear[2, 0] * k + linear[2, 1] * j + offset[2]
            for i in range(out.shape[2]):
                z, y, x = z0 + linear[0, 2] * i, y0 + linear[1, 2] * i, x0 + linear[2, 2] * i
                if not (0.0 <= z <= last_k and 0.0 <= y <= last_j and 0.0 <= x <= last_i):
                    out[k, j, i] = np.nan
                    out_flags[k, j, i] = 0
                    continue
                a, b, c = int(z), int(y), int(x)
                w, v, u = np.float32(z - a), np.float32(y - b), np.float32(x - c)
                a1, b1, c1 = min(a + 1, last_k), min(b + 1, last_j), min(c + 1, last_i)
                out[k, j, i] = _between(values, a, b, c, a1, b1, c1, w, v, u)
                f000, f001 = np.int64(flags[a, b, c]), np.int64(flags[a, b, c1])
                f010, f011 = np.int64(flags[a, b1, c]), np.int64(flags[a, b1, c1])
                f100, f101 = np.int64(flags[a1, b, c]), np.int64(flags[a1, b, c1])
                f110, f111 = np.int64(flags[a1, b1, c]), np.int64(flags[a1, b1, c1])
                every = f000 & f001 & f010 & f011 & f100 & f101 & f110 & f111
                some = f000 | f001 | f010 | f011 | f100 | f101 | f110 | f111
                found = every
                for n in range(limits.size if some != every else 0):
                    if not (some ^ every) >> n & 1:
                        continue
                    low = (one - v) * (
                        (one - u) * np.float32(f000 >> n & 1) + u * np.float32(f001 >> n & 1)
                    )
                    low += v * (
                        (one - u) * np.float32(f010 >> n & 1) + u * np.float32(f011 >> n & 1)
                    )
                    high = (one - v) * (
                        (one - u) * np.float32(f100 >> n & 1) + u * np.float32(f101 >> n & 1)
                    )
                    high += v * (
                        (one - u) * np.float32(f110 >> n & 1) + u * np.float32(f111 >> n & 1)
                    )
                    if (one - w) * low + w * high > limits[n]:
                        found |= 1 << n
                out_flags[k, j, i] = found


@njit(nogil=True, cache=True, inline="always")
def _between(
    values: Floats,
    a: int,
    b: int,
    c: int,
    a1: int,
    b1: int,
    c1: int,
    w: np.float32,
    v: np.float32,
    u: np.float32,
) -> np.float32:
    one = np.float32(1.0)
    low = (one - v) * ((one - u) * values[a, b, c] + u * values[a, b, c1])
    low += v * ((one - u) * values[a, b1, c] + u * values[a, b1, c1])
    high = (one - v) * ((one - u) * values[a1, b, c] + u * values[a1, b, c1])
    high += v * ((one - u) * values[a1, b1, c] + u * values[a1, b1, c1])
    return (one - w) * low + w * high


@njit(nogil=True, cache=True)
def correlations(block: Floats, around: Floats) -> Doubles:
    """Correlation of a block with every part of a larger one.

    Args:
        block: shape (n, n, n).
        around: shape (m, m, m).

    Returns:
        Shape (m - n + 1,) * 3: for the block's first voxel at each of these.
    """
    size, steps = block.shape[0], around.shape[0] - block.shape[0] + 1
    level = 0.0
    for value in block.flat:
        level += value
    level /= block.size
    flat = block.astype(np.float64) - level
    others = around.astype(np.float64) - level
    length = np.sqrt((flat * flat).sum())
    product = np.zeros((steps, steps, steps))
    total, square = _sums(others, size, steps), _sums(others * others, size, steps)
    for c in range(steps):
        for b in range(steps):
            row = product[c, b]
            for k in range(size):
                for j in range(size):
                    line = others[c + k, b + j]
                    for i in range(size):
                        weight = flat[k, j, i]
                        for a in range(steps):
                            row[a] += weight * line[a + i]
            for a in range(steps):
                spread = max(square[c, b, a] - total[c, b, a] ** 2 / block.size, 1e-6)
                row[a] /= np.sqrt(spread) * length + 1e-6
    return product


@njit(nogil=True, cache=True)
def _sums(values: Doubles, size: int, steps: int) -> Doubles:
    """Sums over cubes of ``size`` voxels, axis by axis."""
    wide = values.shape[0]
    along_i = np.zeros((wide, wide, steps))
    for n in range(size):
        along_i += values[:, :, n : n + steps]
    along_j = np.zeros((wide, steps, steps))
    for n in range(size):
        along_j += along_i[:, n : n + steps]
    sums = np.zeros((steps, steps, steps))
    for n in range(size):
        sums += along_j[n : n + steps]
    return sums


def load_kernels() -> None:
    """Compile what a registration needs, or load it from its cache, before one is waited for."""
    small, larger = np.zeros((2, 2, 2), np.float32), np.zeros((3, 3, 3), np.float32)
    flags, limits = np.zeros(small.shape, np.uint8), np.zeros(1, np.float32)
    resample(small, flags, limits, np.eye(3), np.zeros(3), small.copy(), flags.copy())
    correlations(small, larger)
