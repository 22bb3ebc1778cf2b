"""The cumulative dose-volume histogram of weighted samples."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

ROUNDING = 1e-9
"""Relative slack when summed weights are compared with a wanted volume."""


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """Doses from high to low and the volume that gets at least each of them.

    Attributes:
        dose_gy: shape (n,), falling.
        volume_mm3: shape (n,), cumulative, rising to the whole volume.
        order: shape (n,), which sample each of them is.
    """

    dose_gy: FloatArray
    volume_mm3: FloatArray
    order: NDArray[np.intp]

    @classmethod
    def of(cls, dose_gy: FloatArray, weights_mm3: FloatArray) -> Self:
        """Sort samples (n,) with their volumes (n,)."""
        order = np.argsort(-dose_gy)
        return cls(dose_gy[order], np.cumsum(weights_mm3[order]), order)

    @property
    def total_mm3(self) -> float:
        """The whole volume."""
        return float(self.volume_mm3[-1])

    def dose_to_hottest(self, volume_mm3: float) -> float:
        """Highest dose that at least this volume receives, Gy."""
        index = int(np.searchsorted(self.volume_mm3, volume_mm3 * (1 - ROUNDING)))
        return float(self.dose_gy[min(index, self.dose_gy.size - 1)])

    def volume_percent_at(self, dose_gy: float) -> float:
        """Percent of the volume that receives at least this dose."""
        count = int(np.searchsorted(-self.dose_gy, -dose_gy, side="right"))
        return float(self.volume_mm3[count - 1]) / self.total_mm3 * 100.0 if count else 0.0
