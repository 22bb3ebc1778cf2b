"""Forms of the record as data: what is asked, in which unit, and what may be answered."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

Choices = tuple[tuple[str, str], ...]
"""Pairs of a code and its label."""

UNKNOWN_CODE = "UNKNOWN"
NOT_APPLICABLE_CODE = "NOT_APPLICABLE"
MISSING_DATA_CODES: Choices = (
    (UNKNOWN_CODE, "UNKNOWN: the reason stands in the field 'why' of the same section"),
    (NOT_APPLICABLE_CODE, "Not applicable"),
)
"""Codes that every field accepts in place of a value (REDCap: Missing Data Codes)."""


class FieldKind(StrEnum):
    """What a field holds."""

    TEXT = "TEXT"
    NOTES = "NOTES"
    NUMBER = "NUMBER"
    INTEGER = "INTEGER"
    DATE = "DATE"
    UTC = "UTC"
    CHOICE = "CHOICE"
    YES_NO = "YES_NO"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form.

    Attributes:
        name: unique in the whole record, lower case, at most 26 characters.
        label: what people read; the unit is added to it.
        kind: what it holds.
        unit: unit of a number, empty where it has none.
        decimals: digits after the point of a NUMBER.
        choices: codes and labels of a CHOICE.
        sdtm: the CDISC SDTM variable that the value belongs to, where there is one.
    """

    name: str
    label: str
    kind: FieldKind = FieldKind.TEXT
    unit: str = ""
    decimals: int = 1
    choices: Choices = ()
    sdtm: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Fields of a form whose values share their originator, time and evidence.

    The five companion fields that say so stand behind the values: ``<name>_originator`` (device,
    system or person), ``_by`` (its name), ``_utc``, ``_evidence``, and ``_why`` (what is UNKNOWN or
    not applicable in this group, and why).
    """

    name: str
    title: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """One form of the record; a form that repeats has one row for each thing it tells of."""

    name: str
    title: str
    repeats: bool
    groups: tuple[Group, ...]

    def fields(self) -> Iterator[tuple[Group, Field]]:
        """Every value field in the order of the form, with its group."""
        for group in self.groups:
            for field in group.fields:
                yield group, field


def text(name: str, label: str, *, sdtm: str = "") -> Field:
    """A line of text."""
    return Field(name, label, sdtm=sdtm)


def notes(name: str, label: str) -> Field:
    """Text of several lines."""
    return Field(name, label, FieldKind.NOTES)


def number(name: str, label: str, unit: str, decimals: int, *, sdtm: str = "") -> Field:
    """A number, rounded half to even to a fixed number of decimals."""
    return Field(name, label, FieldKind.NUMBER, unit, decimals, sdtm=sdtm)


def integer(name: str, label: str, *, sdtm: str = "") -> Field:
    """A whole number."""
    return Field(name, label, FieldKind.INTEGER, sdtm=sdtm)


def utc(name: str, label: str, *, sdtm: str = "") -> Field:
    """A UTC time to the second."""
    return Field(name, label, FieldKind.UTC, unit="UTC", sdtm=sdtm)


def date_field(name: str, label: str) -> Field:
    """A calendar date."""
    return Field(name, label, FieldKind.DATE)


def yes_no(name: str, label: str) -> Field:
    """Yes (1) or no (0)."""
    return Field(name, label, FieldKind.YES_NO)


def choice(name: str, label: str, codes: type[StrEnum] | tuple[str, ...], sdtm: str = "") -> Field:
    """One of a controlled set of words, which are their own labels."""
    words = tuple(member.value for member in codes) if isinstance(codes, type) else codes
    return Field(
        name, label, FieldKind.CHOICE, choices=tuple((word, word) for word in words), sdtm=sdtm
    )
