"""Compiled TG-43U1 dose rate of many seeds at many points.

Two kernels give the same answer: ``exact_rates`` evaluates the formula in float64 for every pair of
seed and point; ``tabulated_rates`` looks the product of rate and r2 up in a uniform table wherever
it is smooth, and evaluates the formula elsewhere. Both release the GIL and use one thread: a caller
who wants more runs them on slabs of points in a thread pool.
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

TABLE_FIRST_R_CM = 0.6
"""Nearer than this the line's ends make the table coarse: the formula is evaluated."""
TABLE_LAST_R_CM = 15.0
"""Farther than this is rare: the formula is evaluated."""
TABLE_STEP_R_CM = 0.025
TABLE_STEP_THETA_DEG = 0.5
"""With both steps every node of the library's F tables beyond 0.6 cm is a node of the table."""


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
    radii = np.arange(TABLE_FIRST_R_CM, TABLE_LAST_R_CM + 1.5 * TABLE_STEP_R_CM, TABLE_STEP_R_CM)
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
def _angle(rho: float, z: float) -> float:
    """atan2 for the first quadrant; error below 2e-8 rad (Abramowitz and Stegun 4.4.49)."""
    small = min(rho, z)
    large = max(rho, z)
    t = small / large
    x = t * t
    series = 0.0028662257
    series = series * x - 0.0161657367
    series = series * x + 0.0429096138
    series = series * x - 0.0752896400
    series = series * x + 0.1065626393
    series = series * x - 0.1420889944
    series = series * x + 0.1999355085
    series = series * x - 0.3333314528
    angle = t * (series * x + 1.0)
    return angle if rho <= z else math.pi / 2 - angle


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


@njit(nogil=True, cache=True)
def tabulated_rates(
    data: KernelData, seeds: SeedArrays, points_mm: FloatArray, out: FloatArray
) -> None:
    """As ``exact_rates``, by table from 0.6 cm to 15 cm; ``docs/dose.md`` states its error."""
    first2 = TABLE_FIRST_R_CM * TABLE_FIRST_R_CM
    last2 = TABLE_LAST_R_CM * TABLE_LAST_R_CM
    per_r = 1.0 / TABLE_STEP_R_CM
    per_angle = 180.0 / math.pi / TABLE_STEP_THETA_DEG
    last_angle = data.table.shape[1] - 2
    table = data.table
    for p in range(points_mm.shape[0]):
        total = 0.0
        for s in range(seeds.centers_mm.shape[0]):
            x = 0.1 * (points_mm[p, 0] - seeds.centers_mm[s, 0])
            y = 0.1 * (points_mm[p, 1] - seeds.centers_mm[s, 1])
            w = 0.1 * (points_mm[p, 2] - seeds.centers_mm[s, 2])
            a, b, c = seeds.axes[s, 0], seeds.axes[s, 1], seeds.axes[s, 2]
            z = abs(x * a + y * b + w * c)
            r2 = x * x + y * y + w * w
            q0, q1, q2 = y * c - w * b, w * a - x * c, x * b - y * a
            rho = math.sqrt(q0 * q0 + q1 * q1 + q2 * q2)
            if r2 < first2 or r2 > last2:
                total += seeds.strengths_u[s] * _exact_pair(data, rho, z)
                continue
            u = (math.sqrt(r2) - TABLE_FIRST_R_CM) * per_r
            v = _angle(rho, z) * per_angle
            i = int(u)
            j = min(int(v), last_angle)
            u -= i
            v -= j
            near = table[i, j] + v * (table[i, j + 1] - table[i, j])
            far = table[i + 1, j] + v * (table[i + 1, j + 1] - table[i + 1, j])
            total += seeds.strengths_u[s] * (near + u * (far - near)) / r2
        out[p] += total
