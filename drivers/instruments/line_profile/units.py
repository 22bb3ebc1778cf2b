"""Units that consoles use, made into those of the node."""

from collections.abc import Callable

TO_CELSIUS: dict[str, Callable[[float], float]] = {
    "C": lambda number: number,
    "F": lambda number: (number - 32.0) / 1.8,
    "K": lambda number: number - 273.15,
}

TO_KPA: dict[str, float] = {"kPa": 1.0, "MPa": 1000.0, "bar": 100.0, "psi": 6.894757293168}
"""1 psi = 6.894 757 293 168 kPa (NIST SP 811, appendix B.8)."""

TO_SECONDS: dict[str, float] = {"s": 1.0, "ms": 0.001}

DAY_S = 86_400.0


def seconds_of_day(text: str) -> float:
    """``h:m:s`` as seconds since midnight.

    Raises:
        ValueError: it is no time of a day.
    """
    hours, minutes, seconds = text.split(":")
    if not (int(hours) < 24 and int(minutes) < 60 and float(seconds) < 61.0):
        raise ValueError(text)
    return int(hours) * 3600.0 + int(minutes) * 60.0 + float(seconds)
