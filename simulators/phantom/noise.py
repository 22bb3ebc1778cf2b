"""Image noise: no two scans of the same patient are alike."""

import numpy as np

from dosimetry_core.values import Volume
from simulators.phantom.blur import blurred_in_plane

_GRAIN_PIXELS = 0.7  # reconstruction makes noise grains of this size, not single pixels
_OUTSIDE_HU = -1024  # what lies below was never reconstructed and has no noise


def with_noise(volume: Volume, sigma_hu: float, seed: int) -> Volume:
    """The same volume with a scan's own noise on top.

    Args:
        volume: HU.
        sigma_hu: standard deviation of the added noise.
        seed: of the random numbers; the same seed gives the same noise.

    Returns:
        HU as int16. Padding outside of the reconstructed field is left alone.
    """
    noise = np.random.default_rng(seed).standard_normal(volume.values.shape, dtype=np.float32)
    noise = blurred_in_plane(noise, _GRAIN_PIXELS, _GRAIN_PIXELS)
    noise *= sigma_hu / float(noise.std())
    noisy = np.clip(np.rint(volume.values + noise), _OUTSIDE_HU, np.iinfo(np.int16).max)
    values = np.where(volume.values < _OUTSIDE_HU, volume.values, noisy).astype(np.int16)
    return Volume(values, volume.affine)
