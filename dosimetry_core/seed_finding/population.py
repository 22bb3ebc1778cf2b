"""What the seeds of one scan have in common: metal, visible length and blur."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_finding.fit import Prior
from dosimetry_core.seed_finding.rod import BLUR, LENGTH, MASS, UX, UY

TYPICAL_MASS = 50_000.0  # HU mm3 at 120 kVp: a titanium capsule with a 0.5 mm silver marker
_TYPICAL_PEAK_HU = 2500.0
_LIGHTEST, _HEAVIEST = 6_000.0, 250_000.0
_LENGTH_MM, _LENGTH_SPREAD_MM = 3.6, 0.6  # marker alone 3.0, capsule alone 4.5
_SHORTEST_MM, _LONGEST_MM = 2.6, 4.7
_LONGEST_SINGLE_MM = 5.6  # as it is seen; two end to end are longer
_WELL_FITTED = 0.7
_SHARPEST_BLUR_MM = 1.2  # a seed is no wider than the scanner's own blur
_BRIGHT_PERCENTILE, _FAINT = 80.0, 0.5  # seeds are bright among what fits, bone is not
_MASS_WINDOW = 0.35  # in log mass: seeds of one batch, by one scanner, beside streaks
_ENOUGH_SINGLES = 0.5  # of as many pairs: then what is twice as heavy are pairs
_BLUR_MM, _BLUR_SPREAD = 0.65, 0.35
_FAINTEST = 0.35  # of the typical peak: a seed shared by two slices has half of it
_LONE_PEAK_HU = 1500.0  # brighter than bone in thick or thin slices

WIDE = Prior(TYPICAL_MASS, 1.2, _LENGTH_MM, _LENGTH_SPREAD_MM, _BLUR_MM, _BLUR_SPREAD)

FREE_OBJECT = Prior(TYPICAL_MASS, 2.5, _LENGTH_MM, 3.0, _BLUR_MM, 0.8)


@dataclass(frozen=True, slots=True)
class Population:
    """The scan's own seed.

    Attributes:
        mass: integral of a seed's excess, HU mm3.
        mass_spread: spread of the log mass between seeds.
        length_mm: length of the rod that stands for a seed.
        blur_mm: in-plane blur, standard deviation.
        peak_hu: brightest excess of a typical seed.
        misfit: mean cost per voxel of a typical seed: streaks and noise raise it.
        voxels: that a typical seed's patch has in use.
        members: how many single objects it was learnt from.
    """

    FEW: ClassVar[int] = 3

    mass: float
    mass_spread: float
    length_mm: float
    blur_mm: float
    peak_hu: float
    misfit: float
    voxels: float
    members: int

    def may_hold_a_seed(self, peak_hu: float) -> bool:
        """Whether a group with this brightest excess can hold a seed that would be believed."""
        if self.members < self.FEW:
            return peak_hu >= _LONE_PEAK_HU
        return peak_hu >= _FAINTEST * self.peak_hu

    @property
    def prior(self) -> Prior:
        """What to believe of a seed of this scan before it is fitted."""
        tight = self.members >= self.FEW
        return Prior(
            self.mass,
            max(0.2, self.mass_spread) if tight else 0.8,
            self.length_mm,
            0.3 if tight else 0.4,
            self.blur_mm,
            0.12 if tight else 0.25,
        )


def learn(
    rods: NDArray[np.float64],
    misfits: NDArray[np.float64],
    peaks_hu: NDArray[np.float64],
    voxels: NDArray[np.float64],
) -> Population:
    """The most common kind of small rod among single objects.

    Args:
        rods: shape (n, ROD_FIELDS), each the best single rod for one object, fitted with ``WIDE``.
        misfits: shape (n,), mean cost per voxel of each fit.
        peaks_hu: shape (n,), brightest excess of each object.
        voxels: shape (n,), how many each fit has used.
    """
    good = (
        (misfits < _WELL_FITTED)
        & (rods[:, MASS] > _LIGHTEST)
        & (rods[:, MASS] < _HEAVIEST)
        & (rods[:, BLUR] < _SHARPEST_BLUR_MM)
        & (rods[:, LENGTH] < _LONGEST_SINGLE_MM)
    )
    if good.any():
        good &= peaks_hu > _FAINT * np.percentile(peaks_hu[good], _BRIGHT_PERCENTILE)
    if not good.any():
        return Population(
            TYPICAL_MASS, 0.8, _LENGTH_MM, _BLUR_MM, _TYPICAL_PEAK_HU, _WELL_FITTED, math.inf, 0
        )
    logs = np.log(rods[good, MASS])
    near = np.abs(logs[:, None] - logs[None, :]) < _MASS_WINDOW
    members = near[_commonest(logs, near)]
    own = rods[good][members]
    mass = float(np.median(own[:, MASS]))
    spread = float(np.std(np.log(own[:, MASS])))
    flat = np.hypot(own[:, UX], own[:, UY]) * own[:, LENGTH]
    length = float(np.percentile(flat, 75.0)) if len(own) >= Population.FEW else _LENGTH_MM
    return Population(
        mass,
        max(spread, 0.1),
        min(_LONGEST_MM, max(_SHORTEST_MM, length)),
        float(np.median(own[:, BLUR])),
        float(np.median(peaks_hu[good][members])),
        float(np.median(misfits[good][members])),
        float(np.median(voxels[good][members])),
        len(own),
    )


def _commonest(logs: NDArray[np.float64], near: NDArray[np.bool_]) -> int:
    """Whose neighbours in mass are most; where seeds lie close, pairs may be more than singles."""
    support = near.sum(axis=1)
    best = int(support.argmax())
    halves = np.flatnonzero(np.abs(logs - (logs[best] - math.log(2.0))) < 0.5 * _MASS_WINDOW)
    if not len(halves):
        return best
    half = int(halves[support[halves].argmax()])
    return half if support[half] >= _ENOUGH_SINGLES * support[best] else best
