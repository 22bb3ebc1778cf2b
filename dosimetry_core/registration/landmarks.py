"""Landmarks: blocks of tissue that can be placed in all three directions, found in the images.

Every second one is left out of what is optimised. After registration these are looked for in the
scan by themselves, and how far they are found from where the registration puts them is the
residual. Nothing that the optimiser saw is judged by this.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.registration.carrying import Carried
from dosimetry_core.registration.filters import (
    Bools,
    Floats,
    blurred,
    boxed_mean,
    lowest_nearby,
)
from dosimetry_core.registration.kernels import correlations
from dosimetry_core.registration.patches import LOW_HU, VOXEL_MM, Patch

_BLOCK = 9  # voxels along each side of a block
_SEARCH = 4  # voxels to each side in which it is looked for
_REACH = _BLOCK // 2
_APART_MM = 14.0
_MOST = 96
_GRADIENT_BLUR = 1.0
_TENSOR_BLUR = 2.0
_LEAST_SLOPE_HU_PER_MM = 2.0
_AIR_HU = LOW_HU + 20.0
_FAVOURED_MM = 40.0  # landmarks within about this of the lesion are taken first
_LEAST_USABLE = 0.8
_LEAST_CORRELATION = 0.6


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """Blocks of a patch.

    Attributes:
        index: shape (n, 3), (k, j, i) of the middle voxel of each.
    """

    index: NDArray[np.int64]

    def left_out_of(self, patch: Patch) -> Bools:
        """The patch's usable voxels without those of the blocks."""
        usable = patch.usable.copy()
        for k, j, i in self.index:
            usable[
                k - _REACH : k + _REACH + 1,
                j - _REACH : j + _REACH + 1,
                i - _REACH : i + _REACH + 1,
            ] = False
        return usable


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """Landmarks found again.

    Attributes:
        places_mm: shape (n, 3), LPS mm in the planning CT.
        residual_mm: shape (n, 3), from where the registration puts each to where it was found,
            along the axes of the planning CT.
        tried: how many could be looked for.
    """

    places_mm: NDArray[np.float64]
    residual_mm: NDArray[np.float64]
    tried: int


def held_out_landmarks(patch: Patch, center_mm: NDArray[np.float64]) -> Landmarks:
    """Every second of the planning CT's best landmarks, those near the lesion first."""
    slope = _least_slope(patch)
    room = np.zeros(patch.values.shape, dtype=np.bool_)
    edge = _REACH + _SEARCH + 1
    room[edge:-edge, edge:-edge, edge:-edge] = True
    room &= boxed_mean(patch.usable.astype(np.float32), _BLOCK) > 0.98
    room &= lowest_nearby(patch.values, _BLOCK) > _AIR_HU
    candidates = np.argwhere(room & (slope > _LEAST_SLOPE_HU_PER_MM))
    places = patch.first_mm + VOXEL_MM * candidates[:, ::-1]
    away = np.linalg.norm(places - center_mm, axis=1)
    score = slope[tuple(candidates.T)] * (0.1 + np.exp(-0.5 * (away / _FAVOURED_MM) ** 2))
    taken: list[NDArray[np.int64]] = []
    open_to = np.ones(len(candidates), dtype=np.bool_)
    for number in np.argsort(-score, kind="stable"):
        if not open_to[number]:
            continue
        taken.append(candidates[number])
        if len(taken) == _MOST:
            break
        open_to &= np.linalg.norm(places - places[number], axis=1) >= _APART_MM
    return Landmarks(np.array(taken[::2], dtype=np.int64).reshape(-1, 3))


def match(landmarks: Landmarks, fixed: Patch, carried: Carried) -> Matches:
    """Look for each landmark round where the registration puts it.

    Args:
        landmarks: of ``fixed``.
        fixed: the planning CT.
        carried: the scan where the registration puts it.
    """
    usable = carried.usable & fixed.usable
    places: list[NDArray[np.float64]] = []
    residuals: list[NDArray[np.float64]] = []
    tried = 0
    for middle in landmarks.index:
        block = tuple(slice(n - _REACH, n + _REACH + 1) for n in middle)
        around = tuple(slice(n - _REACH - _SEARCH, n + _REACH + _SEARCH + 1) for n in middle)
        if usable[around].mean() < _LEAST_USABLE:
            continue
        tried += 1
        step = _best_step(fixed.values[block], carried.values[around])
        if step is not None:
            places.append(fixed.first_mm + VOXEL_MM * middle[::-1])
            residuals.append(step[::-1] * VOXEL_MM)
    return Matches(np.array(places).reshape(-1, 3), np.array(residuals).reshape(-1, 3), tried)


def _least_slope(patch: Patch) -> Floats:
    """How steep HU are in the direction in which they are least so, HU/mm.

    The harmonic mean of the structure tensor's eigenvalues stands for the least of them.
    """
    smooth = blurred(patch.values, _GRADIENT_BLUR)
    slopes = [
        np.where(patch.usable, one, np.float32(0)) / np.float32(VOXEL_MM)
        for one in np.gradient(smooth)
    ]
    zz, zy, zx, yy, yx, xx = (
        blurred((slopes[a] * slopes[b]).astype(np.float32), _TENSOR_BLUR)
        for a, b in ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))
    )
    minors = zz * yy - zy**2 + zz * xx - zx**2 + yy * xx - yx**2
    determinant = zz * (yy * xx - yx**2) - zy * (zy * xx - yx * zx) + zx * (zy * yx - yy * zx)
    least = np.divide(determinant, minors, out=np.zeros_like(minors), where=minors > 1e-3)
    return np.sqrt(np.maximum(least, np.float32(0))).astype(np.float32)


def _best_step(block: Floats, around: Floats) -> NDArray[np.float64] | None:
    """Steps (k, j, i), in voxels, at which a block fits best; None if nowhere well."""
    cube = correlations(np.ascontiguousarray(block), np.ascontiguousarray(around))
    peak = np.unravel_index(int(cube.argmax()), cube.shape)
    if cube[peak] < _LEAST_CORRELATION:
        return None
    if any(n in {0, 2 * _SEARCH} for n in peak):
        return None
    step = np.zeros(3)
    for axis in range(3):
        line = [cube[tuple(n + d * (a == axis) for a, n in enumerate(peak))] for d in (-1, 0, 1)]
        bend = line[0] - 2.0 * line[1] + line[2]
        step[axis] = peak[axis] - _SEARCH
        step[axis] += 0.5 * (line[0] - line[2]) / bend if bend < 0.0 else 0.0
    return step
