"""Rigid fits from coarse to fine, one way and the other."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.registration.filters import Floats
from dosimetry_core.registration.itk import Fit, fit_rigid
from dosimetry_core.registration.matrices import inverse, moved
from dosimetry_core.registration.patches import VOXEL_MM, Patch
from dosimetry_core.registration.starts import best_shift

NEAR_MM = 50.0
"""What counts in the end: tissue farther from the lesion may move otherwise."""

COARSE, MIDDLE, FINE = 4, 2, 1
"""Sides of voxels that are compared, in those of a patch."""

_SAMPLES = {COARSE: 15_000, MIDDLE: 10_000, FINE: 20_000}
_ROOM_MM = 15.0  # of the scan beyond that: for the last step, and for slopes at its end
_LEAST_VOXELS = 8
_SAME_START_MM = 6.0
_FARTHEST_LOCAL_MM = 8.0  # the tissue near the lesion goes no farther from what is round it

Matrix = NDArray[np.float64]


def coarse_fit(
    fixed: Patch, moving: Patch, begin: Matrix, center_mm: Matrix
) -> tuple[Matrix, Matrix]:
    """The better of what a start and a search lead to, and which of the two led there."""
    starts = [begin]
    found, _ = best_shift(fixed, moving)
    if np.linalg.norm(moved(found, center_mm) - moved(begin, center_mm)) > _SAME_START_MM:
        starts.append(found)
    fits = [(one, _fit(fixed, moving, one, center_mm, COARSE)) for one in starts]
    ended = [(one, fit) for one, fit in fits if fit is not None]
    if not ended:
        return begin, begin
    begun, best = min(ended, key=lambda pair: pair[1].cost)
    return best.matrix, begun


def local_fit(
    fixed: Patch, moving: Patch, coarse: Matrix, center_mm: Matrix
) -> tuple[Matrix, float]:
    """The fit of what is near the lesion, from that of all the region.

    Returns:
        The matrix (4, 4), and by how many mm it puts the lesion's middle elsewhere than the fit of
        all the region. Where that is too far to be true the latter is returned.
    """
    whole = _fit(fixed, moving, coarse, center_mm, MIDDLE)
    broad = coarse if whole is None else whole.matrix
    local = _near_fit(fixed, moving, broad, center_mm)
    if local is None:
        return broad, 0.0
    aside_mm = float(np.linalg.norm(moved(local.matrix, center_mm) - moved(broad, center_mm)))
    return (local.matrix if aside_mm <= _FARTHEST_LOCAL_MM else broad), aside_mm


def _near_fit(fixed: Patch, moving: Patch, broad: Matrix, center_mm: Matrix) -> Fit | None:
    """The fit of the finest voxels within ``NEAR_MM``; no others are touched."""
    near = distance_mm(fixed, center_mm) <= NEAR_MM
    cut = replace(fixed, usable=fixed.usable & near).within(center_mm, NEAR_MM)
    around = moving.within(moved(broad, center_mm), NEAR_MM + _ROOM_MM)
    if min(*cut.values.shape, *around.values.shape) < _LEAST_VOXELS:
        return None
    return _fit(cut, around, broad, center_mm, FINE)


def fit_back(fixed: Patch, moving: Patch, begun: Matrix, center_mm: Matrix) -> Matrix:
    """The matrix (4, 4) of the scan to the planning CT, from the start that the other one had.

    Nothing else of the other one is known to it.
    """
    middle = moved(begun, center_mm)
    size = fixed.values.shape[0]
    at = np.round((middle - moving.first_mm)[::-1] / VOXEL_MM).astype(np.int64)
    part = moving.part(np.clip(at - size // 2, 0, np.array(moving.values.shape) - size), size)
    coarse, _ = coarse_fit(part, fixed, inverse(begun), middle)
    return local_fit(part, fixed, coarse, moved(inverse(coarse), center_mm))[0]


def distance_mm(patch: Patch, point_mm: NDArray[np.float64]) -> Floats:
    """Of each voxel from a point."""
    kji = [patch.first_mm[2 - axis] - point_mm[2 - axis] for axis in range(3)]
    k, j, i = (
        np.square(patch.voxel_mm * np.arange(size, dtype=np.float64) + first)
        for size, first in zip(patch.values.shape, kji, strict=True)
    )
    return np.asarray(np.sqrt(k[:, None, None] + j[:, None] + i), dtype=np.float32)


def _fit(fixed: Patch, moving: Patch, start: Matrix, center_mm: Matrix, times: int) -> Fit | None:
    return fit_rigid(fixed.coarser(times), moving.coarser(times), start, center_mm, _SAMPLES[times])
