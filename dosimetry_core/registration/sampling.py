"""HU of a CT at points."""

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.registration.filters import Floats, sampled
from dosimetry_core.values import Volume


def sampled_at(volume: Volume, points_mm: NDArray[np.float64]) -> Floats:
    """HU, linear, at points (..., 3), LPS mm; NaN outside of the volume."""
    index = volume.to_index(points_mm)
    flat = index.reshape(-1, 3)
    first = np.clip(np.floor(flat.min(axis=0)), 0, None).astype(int)
    stop = np.minimum(np.ceil(flat.max(axis=0)).astype(int) + 1, volume.values.shape)
    if np.any(stop <= first):
        return np.full(index.shape[:-1], np.nan, dtype=np.float32)
    block = tuple(slice(int(a), int(b)) for a, b in zip(first, stop, strict=True))
    return sampled(volume.values[block].astype(np.float32), index - first)
