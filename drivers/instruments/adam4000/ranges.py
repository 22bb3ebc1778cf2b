"""Modules and their ranges (Advantech, ADAM-4000 Series User's Manual, chapter 5, table 5-1)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Range:
    """A sensor and the temperatures that the module gives for it, C."""

    sensor: str
    low_c: float
    high_c: float


RANGES: dict[str, Range] = {
    "0E": Range("thermocouple J", 0, 760),
    "0F": Range("thermocouple K", 0, 1370),
    "10": Range("thermocouple T", -100, 400),
    "11": Range("thermocouple E", 0, 1000),
    "12": Range("thermocouple R", 500, 1750),
    "13": Range("thermocouple S", 500, 1750),
    "14": Range("thermocouple B", 500, 1800),
    "20": Range("Pt100 IEC", -50, 150),
    "21": Range("Pt100 IEC", 0, 100),
    "22": Range("Pt100 IEC", 0, 200),
    "23": Range("Pt100 IEC", 0, 400),
    "24": Range("Pt100 IEC", -200, 200),
    "29": Range("Pt100 JIS", -200, 200),
    "2A": Range("Pt1000", -40, 160),
}
"""By type code. No thermocouple range goes below -100 C: a probe's tip needs a Pt100 (24, 29)."""


@dataclass(frozen=True, slots=True)
class Model:
    """A module.

    Attributes:
        inputs: how many.
        codes: type codes that it has.
        own_ranges: whether each input has a range of its own ($AA8Ci), else $AA2 gives the one.
        diagnoses: whether it tells an open wire and a value out of range ($AAB).
    """

    inputs: int
    codes: frozenset[str]
    own_ranges: bool
    diagnoses: bool


_THERMOCOUPLES = frozenset(code for code in RANGES if code < "20")
_RESISTANCES = frozenset(RANGES) - _THERMOCOUPLES

MODELS: dict[str, Model] = {
    "ADAM-4015": Model(6, _RESISTANCES, own_ranges=True, diagnoses=True),
    "ADAM-4018": Model(8, _THERMOCOUPLES, own_ranges=False, diagnoses=False),
    "ADAM-4018+": Model(8, _THERMOCOUPLES, own_ranges=True, diagnoses=True),
}
"""The ADAM-4018 (without +) has no $AAB: it may give any number for an open wire, so all of its
readings are QUESTIONABLE."""
