"""Compiled TG-43U1 dose rate of many seeds at many points.

Two kernels give the same answer: ``exact_rates`` evaluates the formula in float64 for every pair of
seed and point; ``tabulated_rates`` looks the product of rate and r2 up in a uniform table wherever
it is smooth, and evaluates the formula elsewhere; it works on blocks of points in loops without
branches, which the compiler turns into vector instructions. Both release the GIL and use one
thread: a caller who wants more runs them on slabs of points in a thread pool.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dosimetry_core.tg43.geometry import (
    CAPSULE_HALF_LENGTH_CM,
    CAPSULE_RADIUS_CM,
    line_geometry,
)
from dosimetry_core.tg43.reference import unit_dose_rate
from dosimetry_core.tg43.seed_model import SeedModel

FloatArray = NDArray[np.float64]

TABLE_FIRST_R_CM = 0.3
"""Nearer than this the line's ends make the table coarse: the formula is evaluated."""
TABLE_FINE_TO_R_CM = 0.6
"""Up to here the table has fine steps in r."""
TABLE_LAST_R_CM = 30.0
"""Farther than this, out of most bodies, the formula is evaluated."""
TABLE_FINE_STEP_R_CM = 0.003125
TABLE_STEP_R_CM = 0.025
TABLE_STEP_THETA_DEG = 0.5
"""With these steps every node of the library's F tables beyond 0.6 cm is a node of the table."""

BLOCK = 256
"""Points that are worked on together: their intermediate values stay in the fastest cache."""


_FINE_ROWS = round((TABLE_FINE_TO_R_CM - TABLE_FIRST_R_CM) / TABLE_FINE_STEP_R_CM)


class KernelData(NamedTuple):
    """A seed model as the kernels take it: cm, radians, logarithms."""

    length_cm: float
    scale: float
    g_r_cm: FloatArray
    ln_g: FloatArray
    f_r_cm: FloatArray
    f_theta: FloatArray
    f: FloatArray
    table: FloatArray


class Block(NamedTuple):
    """What is known of ``BLOCK`` points: where they are, and where one seed sees them.

    Attributes:
        x_cm, y_cm, z_cm: the points.
        total: rate of the seeds so far, cGy/h.
        r2: squared distance from the seed, cm2.
        along: distance along its axis, cm.
        node: index of the table's node below, in the flattened table.
        u, v: weights of the nodes above, in r and in theta.
    """

    x_cm: FloatArray
    y_cm: FloatArray
    z_cm: FloatArray
    total: FloatArray
    r2: FloatArray
    along: FloatArray
    node: NDArray[np.int32]
    u: FloatArray
    v: FloatArray


class SeedArrays(NamedTuple):
    """Seeds as the kernels take them: (n, 3) mm, (n, 3) unit vectors, (n,) U; contiguous."""

    centers_mm: FloatArray
    axes: FloatArray
    strengths_u: FloatArray


@lru_cache(maxsize=64)
def kernel_data(model: SeedModel) -> KernelData:
    """The model's arrays for the kernels; made once per model object."""
    length_cm = model.active_length_cm
    reference = line_geometry(np.array([1.0]), np.array([0.0]), length_cm)[0]
    coarse = np.arange(TABLE_FINE_TO_R_CM, TABLE_LAST_R_CM + 1.5 * TABLE_STEP_R_CM, TABLE_STEP_R_CM)
    fine = TABLE_FIRST_R_CM + TABLE_FINE_STEP_R_CM * np.arange(_FINE_ROWS)
    radii = np.concatenate([fine, coarse])
    angles = np.radians(np.arange(0.0, 90.0 + TABLE_STEP_THETA_DEG / 2, TABLE_STEP_THETA_DEG))
    r_cm, theta = np.meshgrid(radii, angles, indexing="ij")
    rate = unit_dose_rate(model, r_cm * np.sin(theta), r_cm * np.cos(theta))
    return KernelData(
        length_cm=length_cm,
        scale=float(model.dose_rate_constant / reference),
        g_r_cm=model.g_r_cm,
        ln_g=np.log(model.g),
        f_r_cm=model.f_r_cm,
        f_theta=np.radians(model.f_theta_deg),
        f=model.f,
        table=rate * r_cm**2,
    )


@njit(nogil=True, cache=True)
def _bracket(axis: FloatArray, value: float) -> tuple[int, float]:
    """Lower index and weight of the upper neighbour, clamped to the axis."""
    low = 0
    while low < axis.size - 2 and value >= axis[low + 1]:
        low += 1
    weight = (value - axis[low]) / (axis[low + 1] - axis[low])
    return low, min(max(weight, 0.0), 1.0)


@njit(nogil=True, cache=True)
def _exact_pair(data: KernelData, rho: float, z: float) -> float:
    """Rate at ``rho`` >= 0 and ``z`` >= 0 from one seed of 1 U, cGy/h."""
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


@njit(nogil=True, cache=True)
def exact_rates(
    data: KernelData, seeds: SeedArrays, points_mm: FloatArray, out: FloatArray
) -> None:
    """Add the dose rate of all seeds, cGy/h, to ``out`` of shape (p,)."""
    for p in range(points_mm.shape[0]):
        total = 0.0
        for s in range(seeds.centers_mm.shape[0]):
            x = (points_mm[p, 0] - seeds.centers_mm[s, 0]) / 10.0
            y = (points_mm[p, 1] - seeds.centers_mm[s, 1]) / 10.0
            w = (points_mm[p, 2] - seeds.centers_mm[s, 2]) / 10.0
            a, b, c = seeds.axes[s, 0], seeds.axes[s, 1], seeds.axes[s, 2]
            z = abs(x * a + y * b + w * c)
            q0, q1, q2 = y * c - w * b, w * a - x * c, x * b - y * a
            rho = math.sqrt(q0 * q0 + q1 * q1 + q2 * q2)
            total += seeds.strengths_u[s] * _exact_pair(data, rho, z)
        out[p] += total


@njit(nogil=True, cache=True, error_model="numpy")
def _locate(block: Block, center_mm: FloatArray, axis: FloatArray, columns: np.int32) -> None:
    """Where the points of a block lie in the table of a seed; one loop without branches.

    The angle is atan2 for the first quadrant, its error below 2e-8 rad (Abramowitz and Stegun
    4.4.49).
    """
    center_x, center_y, center_z = 0.1 * center_mm[0], 0.1 * center_mm[1], 0.1 * center_mm[2]
    a, b, c = axis[0], axis[1], axis[2]
    per_fine, per_coarse = 1.0 / TABLE_FINE_STEP_R_CM, 1.0 / TABLE_STEP_R_CM
    per_angle = 180.0 / math.pi / TABLE_STEP_THETA_DEG
    for p in range(BLOCK):
        x = block.x_cm[p] - center_x
        y = block.y_cm[p] - center_y
        w = block.z_cm[p] - center_z
        r2 = x * x + y * y + w * w
        z = abs(x * a + y * b + w * c)
        q0, q1, q2 = y * c - w * b, w * a - x * c, x * b - y * a
        rho = math.sqrt(q0 * q0 + q1 * q1 + q2 * q2)
        r = min(max(math.sqrt(r2), TABLE_FIRST_R_CM), TABLE_LAST_R_CM)
        fine = (r - TABLE_FIRST_R_CM) * per_fine
        coarse = _FINE_ROWS + (r - TABLE_FINE_TO_R_CM) * per_coarse
        u = fine if r < TABLE_FINE_TO_R_CM else coarse
        t = min(rho, z) / max(rho, z, 1e-300)
        t2 = t * t
        series = 0.0028662257
        series = series * t2 - 0.0161657367
        series = series * t2 + 0.0429096138
        series = series * t2 - 0.0752896400
        series = series * t2 + 0.1065626393
        series = series * t2 - 0.1420889944
        series = series * t2 + 0.1999355085
        series = series * t2 - 0.3333314528
        angle = t * (series * t2 + 1.0)
        v = max(angle if rho <= z else math.pi / 2 - angle, 0.0) * per_angle
        i, j = np.int32(u), min(np.int32(v), columns - np.int32(2))
        block.node[p] = i * columns + j
        block.u[p], block.v[p] = u - i, v - j
        block.r2[p], block.along[p] = r2, z


@njit(nogil=True, cache=True, error_model="numpy")
def _look_up(block: Block, flat: FloatArray, columns: np.int32, strength_u: float) -> int:
    """Add the rate of the seed that the block was located for; how many points are off its table.

    Indices are unsigned, which spares a test for negative ones in the innermost loop.
    """
    first2 = TABLE_FIRST_R_CM * TABLE_FIRST_R_CM
    last2 = TABLE_LAST_R_CM * TABLE_LAST_R_CM
    one, row = np.uint64(1), np.uint64(columns)
    off = 0
    for p in range(BLOCK):
        low = np.uint64(block.node[p])
        high = low + row
        near = flat[low] + block.v[p] * (flat[low + one] - flat[low])
        far = flat[high] + block.v[p] * (flat[high + one] - flat[high])
        r2 = block.r2[p]
        on_table = (r2 >= first2) and (r2 <= last2)
        rate = strength_u * (near + block.u[p] * (far - near)) / r2
        block.total[p] += rate if on_table else 0.0
        off += 0 if on_table else 1
    return off


@njit(nogil=True, cache=True, error_model="numpy")
def _add_off_table(data: KernelData, block: Block, count: int, strength_u: float) -> None:
    """Add the rate at those of the first ``count`` points that are off the table."""
    first2 = TABLE_FIRST_R_CM * TABLE_FIRST_R_CM
    last2 = TABLE_LAST_R_CM * TABLE_LAST_R_CM
    for p in range(count):
        r2, z = block.r2[p], block.along[p]
        if r2 < first2 or r2 > last2:
            rho = math.sqrt(max(r2 - z * z, 0.0))
            block.total[p] += strength_u * _exact_pair(data, rho, z)


@njit(nogil=True, cache=True, error_model="numpy")
def tabulated_rates(
    data: KernelData, seeds: SeedArrays, points_mm: FloatArray, out: FloatArray
) -> None:
    """As ``exact_rates``, by table from 0.3 cm to 30 cm; ``docs/dose.md`` states its error.

    The last block is filled up with its last point, so that every point is computed by the same
    instructions wherever it stands.
    """
    columns = np.int32(data.table.shape[1])
    flat = data.table.reshape(-1)
    empty = np.empty((8, BLOCK))
    block = Block(
        empty[0],
        empty[1],
        empty[2],
        empty[3],
        empty[4],
        empty[5],
        np.empty(BLOCK, np.int32),
        empty[6],
        empty[7],
    )
    points = points_mm.shape[0]
    for first in range(0, points, BLOCK):
        count = min(BLOCK, points - first)
        for p in range(BLOCK):
            at = first + min(p, count - 1)
            block.x_cm[p] = 0.1 * points_mm[at, 0]
            block.y_cm[p] = 0.1 * points_mm[at, 1]
            block.z_cm[p] = 0.1 * points_mm[at, 2]
            block.total[p] = 0.0
        for s in range(seeds.centers_mm.shape[0]):
            _locate(block, seeds.centers_mm[s], seeds.axes[s], columns)
            if _look_up(block, flat, columns, seeds.strengths_u[s]):
                _add_off_table(data, block, count, seeds.strengths_u[s])
        for p in range(count):
            out[first + p] += block.total[p]
