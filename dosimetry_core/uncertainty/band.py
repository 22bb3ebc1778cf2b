"""What is known of a dose-volume figure when its inputs are uncertain."""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

LOW_PERCENTILE = 5.0
HIGH_PERCENTILE = 95.0
"""The band leaves out one case in twenty at most at either end: it holds nine in ten."""


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """One figure, as computed and as it may be.

    Attributes:
        nominal: the figure from what is known, no error assumed.
        low: its 5th percentile under the assumed errors, centred on the nominal figure; lower by
            ``scatter_shift`` where that is above zero.
        high: its 95th percentile, likewise; higher by ``scatter_shift`` where that is below zero.
        sd: standard deviation.
        scatter_shift: how far the errors move the figure on average (median). Below zero where
            scatter makes things worse, as it mostly does to D90. What is known of the implant is
            the truth with such errors added, so the truth may be better by as much, and the band
            reaches there; or it may not, and the other end stays where it is.
        low_error: standard error of ``low`` that comes from the number of samples.
        high_error: the same of ``high``.
        values: every resampled value, centred on the nominal figure, shape (samples,), rising.
    """

    nominal: float
    low: float
    high: float
    sd: float
    scatter_shift: float
    low_error: float
    high_error: float
    values: FloatArray

    @classmethod
    def of(
        cls,
        nominal: float,
        values: FloatArray,
        *,
        scatter_shift: float,
        highest: float = math.inf,
    ) -> Self:
        """The band of resampled ``values`` (samples,) in any order, from 0 to ``highest``."""
        ordered = np.sort(values)
        ordered.flags.writeable = False
        low, high = np.percentile(ordered, (LOW_PERCENTILE, HIGH_PERCENTILE))
        return cls(
            nominal=nominal,
            low=max(0.0, float(low) - max(scatter_shift, 0.0)),
            high=min(highest, float(high) - min(scatter_shift, 0.0)),
            sd=float(ordered.std(ddof=1)),
            scatter_shift=scatter_shift,
            low_error=_percentile_error(ordered, LOW_PERCENTILE),
            high_error=_percentile_error(ordered, HIGH_PERCENTILE),
            values=ordered,
        )

    def probability_at_least(self, value: float) -> float:
        """Share of the samples that reach ``value``, 0 to 1; its error is sqrt(p (1 - p) / n)."""
        return 1.0 - float(np.searchsorted(self.values, value, side="left")) / self.values.size

    def probability_at_most(self, value: float) -> float:
        """Share of the samples that do not exceed ``value``, 0 to 1."""
        return float(np.searchsorted(self.values, value, side="right")) / self.values.size


@dataclass(frozen=True, slots=True, eq=False)
class DoseBand:
    """The bands of one structure.

    Attributes:
        name: the structure.
        d90_gy: of a target; None of an organ.
        v100_percent: of a target; None of an organ.
        d2cc_gy: of an organ of at least 2 cm3, else None.
        d0_1cc_gy: of an organ of at least 0.1 cm3, else None.
    """

    name: str
    d90_gy: Band | None
    v100_percent: Band | None
    d2cc_gy: Band | None
    d0_1cc_gy: Band | None


def _percentile_error(ordered: FloatArray, percent: float) -> float:
    """Half the distance between the order statistics one binomial deviation to either side."""
    count = ordered.size
    part = percent / 100.0
    rank, deviation = part * (count - 1), math.sqrt(count * part * (1.0 - part))
    below, above = np.interp([rank - deviation, rank + deviation], np.arange(count), ordered)
    return float(above - below) / 2.0
