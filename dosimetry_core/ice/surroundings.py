"""What a scan shows of ice without a scan before freezing: HU against the tissue around it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.ice.comparison import Comparison, away_from_metal, tissue
from dosimetry_core.ice.filters import Bools, Floats, blurred
from dosimetry_core.values import Volume

_QUIET_MM = 2.0  # blur under which a tissue shows its own HU
_SOFT_HU = (-20.0, 230.0)  # muscle to enhanced liver and vessels; neither fat nor bone
_BEYOND_REACH_MM = (24.0, 45.0)  # from a probe: few balls of ice reach the near end
_BESIDE_MM = 10.0  # over which the tissue next to the ice is averaged
_BIN_HU = 4.0
_ODD_HU = 45.0  # another tissue than the one around the ice
_BELOW_ICE_HU = 125.0  # below the tissue by more than ice is: fat, gas, fluid
_ENOUGH_VOXELS = 200


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """The tissue that a probe is in.

    Attributes:
        level_hu: what it holds, at each voxel, shape (k, j, i).
        spread_hu: how far it varies from place to place, 1 sigma.
    """

    level_hu: Floats
    spread_hu: float

    def compared(self, scan: Volume) -> Comparison:
        """What the scan would have lost in HU if all of it had been this tissue.

        What is too low for ice counts as not frozen: it does not hide what may be, as metal does.
        """
        hu = np.asarray(scan.values, dtype=np.float32)
        spacing = np.array(scan.spacing_mm)
        seen = away_from_metal(hu, spacing)
        too_low = self.level_hu - _quiet(hu, seen, spacing) > _BELOW_ICE_HU
        fall = np.where(too_low, np.float32(0), self.level_hu - hu).astype(np.float32)
        return Comparison(fall, seen, scan.affine, 0.0)


def beyond_reach(scan: Volume, away_mm: Floats) -> Surroundings | None:
    """The commonest soft tissue beyond the reach of ice; None where there is too little.

    Args:
        scan: HU.
        away_mm: distance of each voxel to the nearest probe.
    """
    hu = np.asarray(scan.values, dtype=np.float32)
    spacing = np.array(scan.spacing_mm)
    valid = tissue(hu, spacing)
    quiet = _quiet(hu, valid, spacing)
    low, high = _SOFT_HU
    near, far = _BEYOND_REACH_MM
    taken = quiet[valid & (quiet > low) & (quiet < high) & (away_mm > near) & (away_mm < far)]
    if taken.size < _ENOUGH_VOXELS:
        return None
    edges = np.arange(low, high + _BIN_HU, _BIN_HU)
    count = np.convolve(np.histogram(taken, edges)[0], np.ones(5), mode="same")
    mode = float(edges[count.argmax()] + 0.5 * _BIN_HU)
    own = taken[np.abs(taken - mode) < _ODD_HU]
    level = np.full(hu.shape, np.median(own), dtype=np.float32)
    return Surroundings(level, _spread(own))


def beside(
    scan: Volume, ice: Bools, outside_mm: NDArray[np.float64], first: Surroundings
) -> Surroundings:
    """The tissue next to the ice, place by place, from what a first look took for ice."""
    hu = np.asarray(scan.values, dtype=np.float32)
    spacing = np.array(scan.spacing_mm)
    valid = tissue(hu, spacing) & ~ice
    quiet = _quiet(hu, valid, spacing)
    own = valid & (np.abs(quiet - first.level_hu) < _ODD_HU)
    own &= (outside_mm > 2.5 + 0.5 * float(spacing.max())) & (outside_mm < 1.5 * _BESIDE_MM)
    if np.count_nonzero(own) < _ENOUGH_VOXELS:
        return first
    level = np.median(quiet[own])
    sigma = _BESIDE_MM / spacing
    weight = blurred(own.astype(np.float32), sigma)
    excess = blurred(np.where(own, quiet - level, np.float32(0)), sigma)
    smooth = level + excess / (weight + np.float32(0.02))
    return Surroundings(
        smooth.astype(np.float32), _spread((quiet - smooth)[own].astype(np.float32))
    )


def _spread(values: Floats) -> float:
    return 1.4826 * float(np.median(np.abs(values - np.median(values))))


def _quiet(hu: Floats, valid: Bools, spacing: NDArray[np.float64]) -> Floats:
    sigma = _QUIET_MM / spacing
    weight = blurred(valid.astype(np.float32), sigma)
    total = blurred(np.where(valid, hu, np.float32(0)), sigma)
    return total / np.maximum(weight, np.float32(1e-3)).astype(np.float32)
