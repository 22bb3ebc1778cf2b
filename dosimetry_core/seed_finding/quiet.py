"""Bringing a very noisy scan, of a sharp kernel or a low dose, to what a usual kernel shows."""

import numpy as np
from scipy import ndimage  # pyright: ignore[reportMissingTypeStubs]

from dosimetry_core.seed_finding.candidates import CEILING_HU
from dosimetry_core.seed_finding.scene import noise_of
from dosimetry_core.values import Volume

_LOUD_HU = 150.0  # standard deviation beyond which fits and needles drown in noise
_PASSES = 2


def quietened(scan: Volume) -> Volume:
    """The scan, smoothed over neighbours in the slice (1 2 1) while it is too noisy."""
    for _ in range(_PASSES):
        if noise_of(scan) <= _LOUD_HU:
            return scan
        values = np.minimum(scan.values, CEILING_HU)
        for axis in (1, 2):
            ndimage.convolve1d(values, [0.25, 0.5, 0.25], axis=axis, output=values, mode="nearest")
        scan = Volume(values, scan.affine)
    return scan
