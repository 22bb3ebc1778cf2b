"""Ice that nobody outlined: tissue near metal that is far below what it was in the planning CT."""

import numpy as np

from dosimetry_core.registration.carrying import Carried
from dosimetry_core.registration.filters import Bools, blurred, spread, within
from dosimetry_core.registration.patches import VOXEL_MM, Patch

_REACH_MM = 25.0  # an ice ball's radius round its probe
_FALL_HU = 40.0  # half of what freezing takes (docs/ice.md)
_BLUR = 1.5
_RIM = 2  # voxels of its soft edge


def likely_ice(fixed: Patch, carried: Carried) -> Bools:
    """Where the scan may show ice, on the voxels of the planning CT.

    The fall is counted from the one that all tissue has, so that contrast medium which has washed
    out is not taken for ice; where the two are alike, near metal, the tissue is left out in vain.
    """
    both = fixed.usable & carried.usable
    if not both.any() or not carried.metal.any():
        return np.zeros(fixed.values.shape, dtype=np.bool_)
    fall = fixed.values - carried.values
    fall = np.where(both, fall - np.median(fall[both]), np.float32(0)).astype(np.float32)
    frozen = (blurred(fall, _BLUR) > _FALL_HU) & within(
        carried.metal, _REACH_MM, (VOXEL_MM, VOXEL_MM, VOXEL_MM)
    )
    return spread(frozen, np.full(3, _RIM)) if frozen.any() else frozen
