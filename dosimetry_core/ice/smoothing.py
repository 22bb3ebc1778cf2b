"""Quieting the difference of two scans without losing the edge of the ice."""

import math

import numpy as np

from dosimetry_core.ice.comparison import Comparison
from dosimetry_core.ice.filters import Floats, blurred

QUIET_HU = 12.0  # noise left in the fall after smoothing: a seventh of the fall
_SMOOTHINGS_MM = (0.8, 1.2, 1.6, 2.0, 2.5, 3.0)
_FILLINGS_MM = (2.5, 5.0)  # where a probe hides the tissue, its wider surroundings speak
_HIDDEN = 0.2  # share of tissue in reach below which they do
_LEAST_FALL_HU, _MOST_FALL_HU = -150.0, 250.0  # beyond is streak or motion


def denoised(compared: Comparison) -> tuple[Floats, float, float]:
    """The fall smoothed just enough to be quiet; the blur (sigma, mm) and the noise left (HU)."""
    fall = np.where(compared.valid, np.clip(compared.fall_hu, _LEAST_FALL_HU, _MOST_FALL_HU), 0.0)
    smooth, left, sigma_mm = fall, math.inf, _SMOOTHINGS_MM[0]
    weight = compared.valid.astype(np.float32)
    for sigma_mm in _SMOOTHINGS_MM:
        smooth, weight = smoothed(fall, compared, sigma_mm)
        quiet = smooth[compared.valid]
        left = 1.4826 * float(np.median(np.abs(quiet - np.median(quiet)))) if quiet.size else 0.0
        if left <= QUIET_HU:
            break
    for wider_mm in _FILLINGS_MM:
        hidden = weight < _HIDDEN
        if not hidden.any():
            break
        wider, weight = smoothed(fall, compared, wider_mm)
        smooth[hidden] = wider[hidden]
    return smooth, sigma_mm, left


def smoothed(fall: Floats, compared: Comparison, sigma_mm: float) -> tuple[Floats, Floats]:
    """Weighted mean of the valid falls around each voxel, and the share that was valid."""
    sigma = sigma_mm / compared.spacing_mm
    weight = blurred(compared.valid.astype(np.float32), sigma)
    total = blurred(fall.astype(np.float32), sigma)
    return total / np.maximum(weight, np.float32(1e-3)).astype(np.float32), weight
