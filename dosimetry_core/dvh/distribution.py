"""The cumulative dose-volume histogram of cells with two samples each, and its errors."""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numba import njit
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

ROUNDING = 1e-9
"""Relative slack when summed weights are compared with a wanted volume."""


@dataclass(frozen=True, slots=True, eq=False)
class Distribution:
    """Doses from high to low and the volume that gets at least each of them.

    Attributes:
        pairs_gy: the two samples of each cell, shape (n, 2).
        weights_mm3: the cells' volumes, shape (n,); each sample stands for half.
        dose_gy: all samples, shape (2 n,), falling.
        volume_mm3: shape (2 n,), cumulative, rising to the whole volume.
    """

    pairs_gy: FloatArray
    weights_mm3: FloatArray
    dose_gy: FloatArray
    volume_mm3: FloatArray

    @classmethod
    def of(cls, pairs_gy: FloatArray, weights_mm3: FloatArray) -> Self:
        """Sort the samples (n, 2) of cells with volumes (n,)."""
        rising = pairs_gy.reshape(-1)
        order = np.argsort(rising)[::-1]
        volume = np.cumsum(weights_mm3[order >> 1] / 2.0)
        return cls(pairs_gy, weights_mm3, rising[order], volume)

    @property
    def total_mm3(self) -> float:
        """The whole volume."""
        return float(self.volume_mm3[-1])

    def dose_to_hottest(self, volume_mm3: float) -> float:
        """Highest dose that at least this volume receives, Gy."""
        index = int(np.searchsorted(self.volume_mm3, volume_mm3 * (1 - ROUNDING)))
        return float(self.dose_gy[min(index, self.dose_gy.size - 1)])

    def volumes_at(self, doses_gy: FloatArray) -> FloatArray:
        """Volumes (k,), mm3, that receive at least each of the doses (k,)."""
        falling = self.dose_gy
        count = falling.size - np.searchsorted(falling[::-1], doses_gy, side="left")
        return np.where(count > 0, self.volume_mm3[np.maximum(count, 1) - 1], 0.0)

    def volume_error_mm3(self, dose_gy: float) -> float:
        """Standard error of the volume that receives at least a dose."""
        return math.sqrt(straddling_variance(self.pairs_gy, self.weights_mm3, dose_gy))

    def dose_error(self, volume_mm3: float, deviations: float) -> float:
        """So many standard errors of ``dose_to_hottest``, Gy.

        The standard error of the volume at that dose, carried through the histogram to dose
        (Woodruff, J Am Stat Assoc 47 (1952) 635).
        """
        half = deviations * self.volume_error_mm3(self.dose_to_hottest(volume_mm3))
        hot = self.dose_to_hottest(volume_mm3 - half)
        cold = self.dose_to_hottest(min(volume_mm3 + half, self.total_mm3))
        return (hot - cold) / 2.0

    def mean(self) -> tuple[float, float]:
        """Mean dose and its standard error, Gy."""
        dose, variance = weighted_sum(self.pairs_gy, self.weights_mm3)
        return dose / self.total_mm3, math.sqrt(variance) / self.total_mm3

    def share_error(self, of_gy: float, in_gy: float) -> float:
        """Standard error of the volume with one dose as a share of that with a lesser dose.

        The two errors are not independent; the share is linearised (ratio estimator).
        """
        whole, part = self.volumes_at(np.array([in_gy, of_gy]))
        if not whole > 0:
            return 0.0
        residual = (self.pairs_gy >= of_gy) - part / whole * (self.pairs_gy >= in_gy)
        return math.sqrt(weighted_sum(residual, self.weights_mm3)[1]) / float(whole)


@njit(nogil=True, cache=True)
def straddling_variance(pairs: FloatArray, weights: FloatArray, level: float) -> float:
    """Variance of the volume at or above a level: only cells whose samples disagree have any."""
    total = 0.0
    for n in range(weights.size):
        if (pairs[n, 0] >= level) != (pairs[n, 1] >= level):
            total += weights[n] * weights[n]
    return total / 4.0


@njit(nogil=True, cache=True)
def weighted_sum(pairs: FloatArray, weights: FloatArray) -> tuple[float, float]:
    """Sum of a quantity over the volume of all cells, and its variance."""
    total = 0.0
    variance = 0.0
    for n in range(weights.size):
        apart = pairs[n, 0] - pairs[n, 1]
        total += weights[n] * (pairs[n, 0] + pairs[n, 1])
        variance += (weights[n] * apart) ** 2
    return total / 2.0, variance / 4.0
