"""A blurred rod: what a thin piece of metal looks like in CT.

A seed is a thin rod of dense metal, blurred in the slice plane by the scanner's point spread (taken
as a Gaussian) and across slices by the slice profile (a box one slice pitch wide with soft edges).
Its excess HU is linear in the amount of metal, so the rod's "mass" (the volume integral of its
excess, HU mm3) does not depend on the slice thickness.

A rod is a row of ``ROD_FIELDS`` numbers. Lengths are mm in the frame of the grid: x along the
column index i, y along j, z along k, from the centre of the patch's first voxel.
"""

import math

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_finding._compiled import compiled

MASS, X, Y, Z, UX, UY, UZ, LENGTH, BLUR = range(9)
ROD_FIELDS = 9
FREE = 8  # unknowns of a rod: log mass, x, y, z, two tilts, length, log blur
MIN_LENGTH_MM, MAX_LENGTH_MM = 0.5, 14.0
MIN_BLUR_MM, MAX_BLUR_MM = 0.2, 2.5
EDGE_MM = 0.2  # softness of the slice profile's edges: the radius of the metal and a little more

_LEGENDRE = np.polynomial.legendre.leggauss(7)
_NODES: NDArray[np.float64] = np.asarray(_LEGENDRE[0], dtype=np.float64)
_WEIGHTS: NDArray[np.float64] = np.asarray(_LEGENDRE[1], dtype=np.float64) / 2.0
_REACH = 3.6  # standard deviations of the blur beyond which a rod adds nothing


@compiled
def tangents(ux: float, uy: float, uz: float) -> tuple[float, float, float, float, float, float]:
    """Two unit vectors perpendicular to (ux, uy, uz) and to each other."""
    if abs(uz) < 0.8:
        ax, ay, az = -uy, ux, 0.0
    else:
        ax, ay, az = 0.0, -uz, uy
    size = math.sqrt(ax * ax + ay * ay + az * az)
    ax, ay, az = ax / size, ay / size, az / size
    return ax, ay, az, uy * az - uz * ay, uz * ax - ux * az, ux * ay - uy * ax


@compiled
def add_rod(
    field: NDArray[np.float64], rod: NDArray[np.float64], spacing: NDArray[np.float64]
) -> None:
    """Add one rod's excess HU, and where asked its derivatives, to ``field``.

    Args:
        field: shape (k, j, i, 1) to get the excess alone, or (k, j, i, 1 + FREE) to get its
            derivatives by the ``FREE`` unknowns after it.
        rod: the rod.
        spacing: voxel pitch along (k, j, i), mm.
    """
    nk, nj, ni = field.shape[0], field.shape[1], field.shape[2]
    derivatives = field.shape[3] > 1
    dk, dj, di = float(spacing[0]), float(spacing[1]), float(spacing[2])
    length, blur = float(rod[LENGTH]), float(rod[BLUR])
    ux, uy, uz = float(rod[UX]), float(rod[UY]), float(rod[UZ])
    e1x, e1y, e1z, e2x, e2y, e2z = tangents(ux, uy, uz)
    varx = blur * blur + di * di / 12.0
    vary = blur * blur + dj * dj / 12.0
    norm = rod[MASS] / (2.0 * math.pi * math.sqrt(varx * vary))
    reach = _REACH * blur + 0.5 * max(di, dj)
    reach_z = _REACH * EDGE_MM + 0.5 * dk
    root = EDGE_MM * math.sqrt(2.0)
    gx = np.empty(ni)
    for n in range(_NODES.size):
        along = 0.5 * length * float(_NODES[n])
        px = float(rod[X]) + along * ux
        py = float(rod[Y]) + along * uy
        pz = float(rod[Z]) + along * uz
        i0 = max(0, math.ceil((px - reach) / di))
        i1 = min(ni - 1, math.floor((px + reach) / di))
        j0 = max(0, math.ceil((py - reach) / dj))
        j1 = min(nj - 1, math.floor((py + reach) / dj))
        k0 = max(0, math.ceil((pz - reach_z) / dk))
        k1 = min(nk - 1, math.floor((pz + reach_z) / dk))
        for i in range(i0, i1 + 1):
            gx[i] = math.exp(-0.5 * (i * di - px) ** 2 / varx)
        for k in range(k0, k1 + 1):
            top = (k + 0.5) * dk - pz
            low = top - dk
            gz = 0.5 * (math.erf(top / root) - math.erf(low / root)) / dk
            slope_z = (math.exp(-((low / root) ** 2)) - math.exp(-((top / root) ** 2))) / (
                root * math.sqrt(math.pi) * dk
            )
            for j in range(j0, j1 + 1):
                oy = j * dj - py
                gy = math.exp(-0.5 * oy * oy / vary) * norm * _WEIGHTS[n]
                for i in range(i0, i1 + 1):
                    plane = gy * gx[i]
                    value = plane * gz
                    at = field[k, j, i]
                    at[0] += value
                    if not derivatives:
                        continue
                    ox = i * di - px
                    fx = value * ox / varx
                    fy = value * oy / vary
                    fz = plane * slope_z
                    at[1] += value
                    at[2] += fx
                    at[3] += fy
                    at[4] += fz
                    at[5] += along * (fx * e1x + fy * e1y + fz * e1z)
                    at[6] += along * (fx * e2x + fy * e2y + fz * e2z)
                    at[7] += 0.5 * _NODES[n] * (fx * ux + fy * uy + fz * uz)
                    bend = (ox * ox / varx - 1.0) / varx + (oy * oy / vary - 1.0) / vary
                    at[8] += value * blur * blur * bend


@compiled
def moved(rod: NDArray[np.float64], step: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rod after a bounded step in its ``FREE`` unknowns."""
    new = rod.copy()
    new[MASS] = rod[MASS] * math.exp(min(1.0, max(-1.0, step[0])))
    for n in range(3):
        new[X + n] = rod[X + n] + min(1.5, max(-1.5, step[1 + n]))
    e1x, e1y, e1z, e2x, e2y, e2z = tangents(rod[UX], rod[UY], rod[UZ])
    a = min(0.6, max(-0.6, step[4]))
    b = min(0.6, max(-0.6, step[5]))
    ux = rod[UX] + a * e1x + b * e2x
    uy = rod[UY] + a * e1y + b * e2y
    uz = rod[UZ] + a * e1z + b * e2z
    size = math.sqrt(ux * ux + uy * uy + uz * uz)
    new[UX], new[UY], new[UZ] = ux / size, uy / size, uz / size
    new[LENGTH] = min(MAX_LENGTH_MM, max(MIN_LENGTH_MM, rod[LENGTH] + step[6]))
    blur = rod[BLUR] * math.exp(min(0.5, max(-0.5, step[7])))
    new[BLUR] = min(MAX_BLUR_MM, max(MIN_BLUR_MM, blur))
    return new
