"""What metal hides of ice, told by the ice around it."""

import numpy as np

from dosimetry_core.ice.comparison import Comparison
from dosimetry_core.ice.filters import Bools, Floats
from dosimetry_core.ice.probes import Probes
from dosimetry_core.ice.shape import star_shaped
from dosimetry_core.ice.smoothing import smoothed
from dosimetry_core.values import Volume

_THIN_MM, _THICK_MM = 0.8, 1.5  # smoothing in slices up to 3 mm, and in thicker ones
_THICK_SLICE_MM = 3.0
_REACH_MM = 40.0
_STIFFNESS = 0.3
_HIDDEN_SHARE = 0.01


def with_what_metal_hides(
    ice: Bools, compared: Comparison, part: Volume, probes: Probes, full_fall_hu: float
) -> Bools:
    """The ice, whose voxels at and beside metal are those of bodies round the probes.

    Args:
        ice: what the fall shows, of the part's shape.
        compared: the two scans.
        part: gives the grid.
        probes: about whose freezing parts the bodies lie.
        full_fall_hu: how far tissue falls on freezing.
    """
    hidden = ~compared.valid
    if not ice.any() or not len(probes.tips_mm):
        return ice
    clipped = np.clip(compared.fall_hu, -full_fall_hu, 2.0 * full_fall_hu)
    fall = np.where(compared.valid, clipped, 0.0).astype(np.float32)
    thick = float(compared.spacing_mm[0]) > _THICK_SLICE_MM
    smooth, known = smoothed(fall, compared, _THICK_MM if thick else _THIN_MM)
    share: Floats = (smooth / np.float32(full_fall_hu)).astype(np.float32)
    bodies = np.zeros_like(ice)
    for middle in probes.middles_mm:
        bodies |= star_shaped(share, known, part, middle, reach_mm=_REACH_MM, stiffness=_STIFFNESS)
    return np.where(hidden, ice | bodies, ice)
