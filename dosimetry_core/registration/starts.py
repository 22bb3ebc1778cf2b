"""A coarse search for where the region lies in the scan, whatever the frames of reference say."""

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.registration.filters import (
    fast_length,
    transformed,
    transformed_back,
)
from dosimetry_core.registration.matrices import shift
from dosimetry_core.registration.patches import Patch

_POOL = 3  # voxels along each axis merged for the search
_LEAST_OVERLAP = 0.5  # of the voxels that can be used in the planning CT
_Complex = NDArray[np.complex128]


def best_shift(fixed: Patch, moving: Patch) -> tuple[NDArray[np.float64], float]:
    """The shift at which the two patches correlate best, over all that the moving one holds.

    The correlation of what can be used in both, at each shift, comes from Fourier transforms
    (Padfield, IEEE Trans Image Process 21 (2012) 2706).

    Returns:
        The matrix (4, 4) of the shift, and the correlation there (-1 if nothing overlaps).
    """
    fixed, moving = fixed.coarser(_POOL), moving.coarser(_POOL)
    values, mask = _centred(fixed)
    others, other_mask = _centred(moving)
    shape = np.array([fast_length(n) for n in np.array(values.shape) + others.shape - 1])
    a, am, aa = (_forward(one, shape) for one in (values, mask, values**2))
    b, bm, bb = (_forward(one, shape) for one in (others, other_mask, others**2))
    count = np.maximum(_at_shifts(am, bm, shape), 1e-3)
    sum_a, sum_b = _at_shifts(a, bm, shape), _at_shifts(am, b, shape)
    both = _at_shifts(a, b, shape) - sum_a * sum_b / count
    var_a = _at_shifts(aa, bm, shape) - sum_a**2 / count
    var_b = _at_shifts(am, bb, shape) - sum_b**2 / count
    enough = (count > _LEAST_OVERLAP * mask.sum()) & (var_a > 1.0) & (var_b > 1.0)
    if not enough.any():
        return np.eye(4), -1.0
    correlation = np.full(count.shape, -1.0)
    correlation[enough] = both[enough] / np.sqrt(var_a[enough] * var_b[enough])
    peak = np.array(np.unravel_index(int(correlation.argmax()), correlation.shape))
    steps = np.where(peak >= np.array(others.shape), peak - shape, peak)
    by_mm = moving.first_mm - fixed.first_mm + steps[::-1] * fixed.voxel_mm
    return shift(by_mm), float(correlation.max())


def _centred(patch: Patch) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What is usable, about its own mean, and where it is."""
    used = patch.usable
    level = float(patch.values[used].mean()) if used.any() else 0.0
    return np.where(used, patch.values - level, 0.0).astype(np.float64), used.astype(np.float64)


def _forward(values: NDArray[np.float64], shape: NDArray[np.int64]) -> _Complex:
    return transformed(values, shape.tolist())


def _at_shifts(one: _Complex, other: _Complex, shape: NDArray[np.int64]) -> NDArray[np.float64]:
    """Sum of ``one(x) * other(x + shift)`` at every shift, negative ones at the end."""
    return transformed_back(np.conj(one) * other, shape.tolist())
