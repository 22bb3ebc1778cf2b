"""Strength over time."""

import math

U_PER_MCI = 1.270
"""Air-kerma strength of 1 mCi apparent activity of iodine-125, U (TG-43U1)."""


def mci_to_u(activity_mci: float) -> float:
    """Air-kerma strength, U, of an apparent iodine-125 activity in mCi."""
    return activity_mci * U_PER_MCI


def decayed_strength_u(strength_u: float, half_life_d: float, elapsed_d: float) -> float:
    """Strength ``elapsed_d`` days after it was ``strength_u``; a negative time looks back.

    Raises:
        ValueError: ``half_life_d`` is not above zero or a value is not finite.
    """
    if not (half_life_d > 0 and math.isfinite(strength_u) and math.isfinite(elapsed_d)):
        raise ValueError(
            f"cannot decay {strength_u} U over {elapsed_d} d with a half-life of {half_life_d} d"
        )
    return strength_u * 2.0 ** (-elapsed_d / half_life_d)


def remaining_fraction(mean_life_h: float, elapsed_h: float) -> float:
    """What is left of a dose rate after some hours.

    Args:
        mean_life_h: half-life / ln 2, hours.
        elapsed_h: hours since the rate was whole.

    Raises:
        ValueError: ``elapsed_h`` is negative or not a number.
    """
    _check_elapsed(elapsed_h)
    return math.exp(-elapsed_h / mean_life_h)


def dose_factor_h(mean_life_h: float, elapsed_h: float | None) -> float:
    """Hours by which an initial dose rate is multiplied to give the dose.

    Args:
        mean_life_h: half-life / ln 2, hours.
        elapsed_h: hours since the initial rate; None for all time.

    Raises:
        ValueError: ``elapsed_h`` is negative or not a number.
    """
    if elapsed_h is None:
        return mean_life_h
    _check_elapsed(elapsed_h)
    return -mean_life_h * math.expm1(-elapsed_h / mean_life_h)


def _check_elapsed(elapsed_h: float) -> None:
    if not elapsed_h >= 0:
        raise ValueError(
            f"elapsed time must not be negative, is {elapsed_h} h: "
            "leave out seeds that are not implanted yet"
        )
