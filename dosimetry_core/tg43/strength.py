"""Strength as a certificate states it."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from dosimetry_core.tg43.decay import decayed_strength_u, mci_to_u

StrengthUnit = Literal["U", "mCi"]

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class SourceStrength:
    """A seed's strength at its reference date and time.

    Attributes:
        value: in ``unit``.
        unit: ``U`` (air-kerma strength) or ``mCi`` (apparent activity of iodine-125).
        reference_utc: when the seed has this strength; aware.

    Raises:
        ValueError: the value is not above zero, the unit is another one, or the time has no zone.
    """

    value: float
    unit: StrengthUnit
    reference_utc: datetime

    def __post_init__(self) -> None:
        if not (math.isfinite(self.value) and self.value > 0):
            raise ValueError(f"a strength must be a finite number above zero, is {self.value}")
        if self.unit not in {"U", "mCi"}:
            raise ValueError(f"a strength is stated in U or mCi, not in {self.unit!r}")
        _check_aware(self.reference_utc)

    @property
    def reference_u(self) -> float:
        """Air-kerma strength at the reference time, U."""
        return mci_to_u(self.value) if self.unit == "mCi" else self.value

    def at(self, utc: datetime, half_life_d: float) -> float:
        """Air-kerma strength at another time, U; before the reference time it is higher.

        Args:
            utc: aware.
            half_life_d: of the seed's model, days.

        Raises:
            ValueError: the time has no zone or the half-life is not above zero.
        """
        _check_aware(utc)
        return decayed_strength_u(self.reference_u, half_life_d, (utc - self.reference_utc) / _DAY)


def hours_since(implanted_utc: datetime, utc: datetime) -> float:
    """Hours from implantation to another time, negative before it; both aware.

    Raises:
        ValueError: a time has no zone.
    """
    _check_aware(implanted_utc)
    _check_aware(utc)
    return (utc - implanted_utc) / _HOUR


def _check_aware(time: datetime) -> None:
    if time.utcoffset() is None:
        raise ValueError(f"a time needs a zone, {time.isoformat()} has none: state it in UTC")
