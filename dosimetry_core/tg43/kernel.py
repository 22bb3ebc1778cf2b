"""Compiled TG-43U1 dose rate of many seeds at many points.

Two engines give the same answer. ``exact_rates`` evaluates the formula in float64 for every pair of
seed and point. ``tabulated_rates`` and ``tabulated_grid`` look the product of rate and r2 up in a
table wherever it is smooth, and evaluate the formula elsewhere. They work on blocks of points in
loops: where the points lie from the seed and in its table, what stands there, and what that makes.
All but the look-up have no branches and no indirect access, so that the compiler makes vector
instructions of them; 32-bit numbers, relative to the seed, fill these twice as well as 64-bit ones.

All kernels release the GIL and use one thread. None is ``parallel=True``: a caller who wants more
threads divides the points among threads of its own, and numba's threading layers, of which
``workqueue`` ends the process when two threads enter it, are never started.

The compiled code is cached by this file's date: what is compiled stands in this file.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dosimetry_core.tg43.geometry import CAPSULE_HALF_LENGTH_CM, CAPSULE_RADIUS_CM

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]

TABLE_FIRST_R_CM = 0.3
"""Nearer than this the line's ends make the table coarse: the formula is evaluated."""
TABLE_FINE_TO_R_CM = 1.5
"""Up to here the table has fine steps in r."""
TABLE_LAST_R_CM = 30.0
"""Farther than this, out of most bodies, the formula is evaluated."""
TABLE_FINE_STEP_R_CM = 0.00625
TABLE_STEP_R_CM = 0.025
TABLE_STEP_THETA_DEG = 0.5
"""With these steps every node of the library's tables is an edge of a cell."""
FINE_ROWS = round((TABLE_FINE_TO_R_CM - TABLE_FIRST_R_CM) / TABLE_FINE_STEP_R_CM)
COLUMNS = round(90.0 / TABLE_STEP_THETA_DEG)

BLOCK = 256
"""Points that are worked on together: their intermediate values stay in the fastest cache."""

# The compiler keeps to 32 bits only where every operand has them.
_FIRST_R = np.float32(TABLE_FIRST_R_CM)
_LAST_R = np.float32(TABLE_LAST_R_CM)
_FIRST_R2 = np.float32(TABLE_FIRST_R_CM * TABLE_FIRST_R_CM)
_LAST_R2 = np.float32(TABLE_LAST_R_CM * TABLE_LAST_R_CM)
_FINE_TO_R = np.float32(TABLE_FINE_TO_R_CM)
_PER_FINE = np.float32(1.0 / TABLE_FINE_STEP_R_CM)
_PER_STEP = np.float32(1.0 / TABLE_STEP_R_CM)
_PER_RADIAN = np.float32(180.0 / math.pi / TABLE_STEP_THETA_DEG)
_FINE_ROWS_F = np.float32(FINE_ROWS)
_COLUMNS = np.int32(COLUMNS)
_HALF_PI = np.float32(math.pi / 2.0)
_ZERO = np.float32(0.0)
_ONE = np.float32(1.0)
_TINY2 = np.float32(1e-12)
_FAR_CM = 1e6  # off the table, and its square is far from the end of float32
_A1, _A3, _A5, _A7, _A9 = (
    np.float32(value) for value in (0.9998660, -0.3302995, 0.1801410, -0.0851330, 0.0208351)
)


class ExactData(NamedTuple):
    """A seed model as the formula takes it: cm, radians, logarithms.

    Attributes:
        length_cm: L.
        scale: Lambda / G_L(1 cm, 90 degrees).
        g_r_cm, ln_g: radial dose function.
        f_r_cm, f_theta, f: what G_L g_L is multiplied by: F, or phi_an for every angle.
        point_source: whether a point is seen at its distance, at 90 degrees, wherever it lies.
    """

    length_cm: float
    scale: float
    g_r_cm: FloatArray
    ln_g: FloatArray
    f_r_cm: FloatArray
    f_theta: FloatArray
    f: FloatArray
    point_source: bool


class TableData(NamedTuple):
    """A seed model as the table engine takes it.

    Attributes:
        exact: for points off the table.
        cells: rate times r2 as a plane over each cell of r and theta, rows of ``COLUMNS`` cells.
            Packed into 64 bits: the value at the cell's lower corner (float32), and what it gains
            over the cell in r and in theta (the upper halves of two float32).
    """

    exact: ExactData
    cells: NDArray[np.uint64]


class SeedArrays(NamedTuple):
    """Seeds as the kernels take them: (n, 3) mm, (n, 3) unit vectors, (n,) U; contiguous."""

    centers_mm: FloatArray
    axes: FloatArray
    strengths_u: FloatArray


class Block(NamedTuple):
    """What is known of ``BLOCK`` points: where they are, and where one seed sees them.

    Attributes:
        points_mm: x, y and z, shape (3, BLOCK).
        total: rate of the seeds so far, cGy/h.
        offset_cm: x, y and z from the seed's centre, shape (3, BLOCK).
        weights: how far into its cell a point is in r and in theta, and 1 / r2, or 0 off the table;
            shape (3, BLOCK).
        node: index of the cell.
        cells: what stands there.
    """

    points_mm: FloatArray
    total: FloatArray
    offset_cm: Float32Array
    weights: Float32Array
    node: NDArray[np.int32]
    cells: NDArray[np.uint64]


@njit(nogil=True, cache=True, error_model="numpy")
def _bracket(axis: FloatArray, value: float) -> tuple[int, float]:
    """Lower index and weight of the upper neighbour, clamped to the axis."""
    low = 0
    while low < axis.size - 2 and value >= axis[low + 1]:
        low += 1
    weight = (value - axis[low]) / (axis[low + 1] - axis[low])
    return low, min(max(weight, 0.0), 1.0)


@njit(nogil=True, cache=True, error_model="numpy")
def _exact_pair(data: ExactData, rho: float, z: float) -> float:
    """Rate at ``rho`` >= 0 and ``z`` >= 0 from one seed of 1 U, cGy/h."""
    if data.point_source:
        rho, z = math.sqrt(rho * rho + z * z), 0.0
    if rho < CAPSULE_RADIUS_CM and z <= CAPSULE_HALF_LENGTH_CM:
        rho = CAPSULE_RADIUS_CM
    r2 = rho * rho + z * z
    r = math.sqrt(r2)
    length = data.length_cm
    beyond = r2 - length * length / 4.0
    geometry = math.atan2(length * rho, beyond) / (length * rho) if rho > 0.0 else 1.0 / beyond

    last = data.g_r_cm.size - 1
    if r <= data.g_r_cm[0]:
        ln_g = data.ln_g[0]
    else:
        low = 0
        while low < last - 1 and r >= data.g_r_cm[low + 1]:
            low += 1
        slope = (data.ln_g[low + 1] - data.ln_g[low]) / (data.g_r_cm[low + 1] - data.g_r_cm[low])
        ln_g = data.ln_g[low] + slope * (r - data.g_r_cm[low])

    i, u = _bracket(data.f_r_cm, r)
    j, v = _bracket(data.f_theta, math.atan2(rho, z))
    f = data.f
    near = (1.0 - v) * f[i, j] + v * f[i, j + 1]
    far = (1.0 - v) * f[i + 1, j] + v * f[i + 1, j + 1]
    return data.scale * geometry * math.exp(ln_g) * ((1.0 - u) * near + u * far)


@njit(nogil=True, cache=True, error_model="numpy")
def _exact_rate(
    data: ExactData, center_mm: FloatArray, axis: FloatArray, x: float, y: float, w: float
) -> float:
    """Rate at the point x, y, w (mm) from one seed of 1 U, cGy/h."""
    x, y, w = (x - center_mm[0]) / 10.0, (y - center_mm[1]) / 10.0, (w - center_mm[2]) / 10.0
    a, b, c = axis[0], axis[1], axis[2]
    z = abs(x * a + y * b + w * c)
    q0, q1, q2 = y * c - w * b, w * a - x * c, x * b - y * a
    return _exact_pair(data, math.sqrt(q0 * q0 + q1 * q1 + q2 * q2), z)


@njit(nogil=True, cache=True, error_model="numpy")
def exact_rates(data: ExactData, seeds: SeedArrays, points_mm: FloatArray, out: FloatArray) -> None:
    """Add the dose rate of all seeds, cGy/h, to ``out`` of shape (p,)."""
    for p in range(points_mm.shape[0]):
        x, y, w = points_mm[p, 0], points_mm[p, 1], points_mm[p, 2]
        total = 0.0
        for s in range(seeds.centers_mm.shape[0]):
            total += seeds.strengths_u[s] * _exact_rate(
                data, seeds.centers_mm[s], seeds.axes[s], x, y, w
            )
        out[p] += total


@njit(nogil=True, cache=True)
def _approach(block: Block, center_mm: FloatArray) -> None:
    """Where the points of a block lie from a seed: subtracted in 64 bits, kept in 32.

    A loop of its own: the widest number in a loop decides how many the compiler takes at once.
    """
    points_mm, offset_cm = block.points_mm, block.offset_cm
    for n in range(3):
        center = center_mm[n]
        for p in range(BLOCK):
            offset = (points_mm[n, p] - center) * 0.1
            offset_cm[n, p] = np.float32(min(max(offset, -_FAR_CM), _FAR_CM))


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def _locate(block: Block, axis: FloatArray) -> None:
    """Where the points of a block lie in the table of a seed.

    The angle is arctan for the first octant and its complements, its error below 1.2e-5 rad
    (Abramowitz and Stegun 4.4.47).
    """
    offset_cm, weights, node = block.offset_cm, block.weights, block.node
    a, b, c = np.float32(axis[0]), np.float32(axis[1]), np.float32(axis[2])
    for p in range(BLOCK):
        x, y, w = offset_cm[0, p], offset_cm[1, p], offset_cm[2, p]
        z = x * a + y * b + w * c
        q0, q1, q2 = y * c - w * b, w * a - x * c, x * b - y * a
        z2, rho2 = z * z, q0 * q0 + q1 * q1 + q2 * q2
        r2 = z2 + rho2
        larger, safe_r2 = max(rho2, z2, _TINY2), max(r2, _TINY2)
        inverse = _ONE / (larger * safe_r2)
        t2 = min(rho2, z2) * safe_r2 * inverse
        t = np.sqrt(t2) * (_A1 + t2 * (_A3 + t2 * (_A5 + t2 * (_A7 + t2 * _A9))))
        v = max(t if rho2 <= z2 else _HALF_PI - t, _ZERO) * _PER_RADIAN
        r = min(max(np.sqrt(r2), _FIRST_R), _LAST_R)
        fine = (r - _FIRST_R) * _PER_FINE
        coarse = _FINE_ROWS_F + (r - _FINE_TO_R) * _PER_STEP
        u = fine if r < _FINE_TO_R else coarse
        i, j = np.int32(u), min(np.int32(v), _COLUMNS - np.int32(1))
        on_table = (r2 >= _FIRST_R2) & (r2 <= _LAST_R2)
        node[p] = i * _COLUMNS + j
        weights[0, p] = u - np.float32(i)
        weights[1, p] = v - np.float32(j)
        weights[2, p] = larger * inverse if on_table else _ZERO


@njit(nogil=True, cache=True)
def _look_up(block: Block, cells: NDArray[np.uint64]) -> None:
    """Fetch the cells; indices are unsigned, which spares a test for negative ones."""
    for p in range(BLOCK):
        block.cells[p] = cells[np.uint64(block.node[p])]


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def _add_planes(block: Block, strength_u: float) -> None:
    """Add the rate that the fetched cells give."""
    cells, weights, total = block.cells, block.weights, block.total
    for p in range(BLOCK):
        cell = cells[p]
        gains = np.uint32(cell)
        corner = np.uint32(cell >> np.uint64(32)).view(np.float32)
        in_r = np.uint32(gains & np.uint32(0xFFFF0000)).view(np.float32)
        in_theta = np.uint32(gains << np.uint32(16)).view(np.float32)
        value = corner + in_r * weights[0, p] + in_theta * weights[1, p]
        total[p] += strength_u * np.float64(value * weights[2, p])


@njit(nogil=True, cache=True)
def _off_table(block: Block) -> int:
    """How many points of a block are off the table."""
    count = 0
    for p in range(BLOCK):
        count += block.weights[2, p] == _ZERO
    return count


@njit(nogil=True, cache=True)
def _add_off_table(
    data: ExactData, block: Block, center_mm: FloatArray, axis: FloatArray, strength_u: float
) -> None:
    """Add the rate at the points of a block that are off the table."""
    for p in range(BLOCK):
        if block.weights[2, p] == 0.0:
            x, y, w = block.points_mm[0, p], block.points_mm[1, p], block.points_mm[2, p]
            block.total[p] += strength_u * _exact_rate(data, center_mm, axis, x, y, w)


@njit(nogil=True, cache=True)
def _add_seeds(data: TableData, seeds: SeedArrays, block: Block) -> None:
    """Total rate of all seeds at the points of a block, each by the same instructions."""
    block.total[:] = 0.0
    for s in range(seeds.centers_mm.shape[0]):
        center_mm, axis, strength_u = seeds.centers_mm[s], seeds.axes[s], seeds.strengths_u[s]
        _approach(block, center_mm)
        _locate(block, axis)
        _look_up(block, data.cells)
        _add_planes(block, strength_u)
        if _off_table(block) > 0:
            _add_off_table(data.exact, block, center_mm, axis, strength_u)


@njit(nogil=True, cache=True)
def _fill_up(block: Block, count: int) -> None:
    """Repeat the last of ``count`` points, so that no point needs instructions of its own."""
    for n in range(3):
        for p in range(count, BLOCK):
            block.points_mm[n, p] = block.points_mm[n, count - 1]


@njit(nogil=True, cache=True)
def _new_block() -> Block:
    return Block(
        np.empty((3, BLOCK)),
        np.empty(BLOCK),
        np.empty((3, BLOCK), np.float32),
        np.empty((3, BLOCK), np.float32),
        np.empty(BLOCK, np.int32),
        np.empty(BLOCK, np.uint64),
    )


@njit(nogil=True, cache=True)
def tabulated_rates(
    data: TableData, seeds: SeedArrays, points_mm: FloatArray, out: FloatArray
) -> None:
    """As ``exact_rates``, by table from 0.3 cm to 30 cm; ``docs/dose.md`` states its error."""
    block = _new_block()
    points = points_mm.shape[0]
    for first in range(0, points, BLOCK):
        count = min(BLOCK, points - first)
        for p in range(count):
            block.points_mm[0, p] = points_mm[first + p, 0]
            block.points_mm[1, p] = points_mm[first + p, 1]
            block.points_mm[2, p] = points_mm[first + p, 2]
        _fill_up(block, count)
        _add_seeds(data, seeds, block)
        for p in range(count):
            out[first + p] += block.total[p]


@njit(nogil=True, cache=True)
def tabulated_grid(
    data: TableData,
    seeds: SeedArrays,
    axes_mm: tuple[FloatArray, FloatArray, FloatArray],
    span: tuple[int, int],
    out: Float32Array,
) -> None:
    """Add to some voxels of a grid what ``tabulated_rates`` gives at their centres.

    Args:
        data: the seeds' model.
        seeds: the seeds.
        axes_mm: coordinates of the grid's columns (x), rows (y) and slices (z).
        span: first voxel, and the one after the last, in the flattened grid.
        out: the flattened grid.
    """
    block = _new_block()
    x_mm, y_mm, z_mm = axes_mm
    for first in range(span[0], span[1], BLOCK):
        count = min(BLOCK, span[1] - first)
        p = 0
        while p < count:
            row, i = divmod(first + p, x_mm.size)
            k, j = divmod(row, y_mm.size)
            for n in range(min(x_mm.size - i, count - p)):
                block.points_mm[0, p] = x_mm[i + n]
                block.points_mm[1, p] = y_mm[j]
                block.points_mm[2, p] = z_mm[k]
                p += 1
        _fill_up(block, count)
        _add_seeds(data, seeds, block)
        for p in range(count):
            out[first + p] += np.float32(block.total[p])
