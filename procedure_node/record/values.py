"""Values of the record and how they are written down: the same value always as the same text."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import TypeVar

from procedure_node.record.fields import (
    NOT_APPLICABLE_CODE,
    UNKNOWN_CODE,
    Field,
    FieldKind,
)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that exists but is not known, and why."""

    reason: str

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise ValueError("an UNKNOWN value needs its reason")


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """A value that there is none of here, and why."""

    reason: str

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise ValueError("a value that is not applicable needs its reason")


T = TypeVar("T")
_ANY_NUMBER = Context(prec=400)
"""Digits enough for every float, so that no number, however absurd, is refused."""

Absent = Unknown | NotApplicable
Value = str | bool | int | float | date | datetime | Absent


def known(value: T | None, reason: str) -> T | Unknown:
    """``value``, or UNKNOWN for ``reason`` where it is None."""
    return Unknown(reason) if value is None else value


def written(field: Field, value: Value) -> str:
    """The text of ``value`` in ``field``.

    Numbers have the field's decimals and no negative zero; times are UTC, cut to the second; text
    has no control characters, and no blanks at its ends.

    Raises:
        ValueError: the value does not fit the field.
    """
    match value:
        case Unknown():
            return UNKNOWN_CODE
        case NotApplicable():
            return NOT_APPLICABLE_CODE
        case _:
            return _WRITERS[field.kind](field, value)


def unless_empty(value: Value) -> Value:
    """``value``, or UNKNOWN where it is text without a printable character."""
    if isinstance(value, str) and not _printable(value).strip():
        return Unknown("it was left empty")
    return value


def _text(_field: Field, value: object) -> str:
    return " ".join(_printable(str(value)).split())


def _notes(_field: Field, value: object) -> str:
    lines = (" ".join(_printable(line).split()) for line in str(value).splitlines())
    return "\n".join(line for line in lines if line)


def _printable(value: str) -> str:
    if value.isprintable():
        return value
    return "".join(character if character.isprintable() else " " for character in value)


def _number(field: Field, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _misfit(field, value)
    rounded = Decimal(repr(value)).quantize(
        Decimal(1).scaleb(-field.decimals), ROUND_HALF_EVEN, _ANY_NUMBER
    )
    return f"{rounded.copy_abs() if rounded.is_zero() else rounded:f}"


def _integer(field: Field, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _misfit(field, value)
    return str(value)


def _date(field: Field, value: object) -> str:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise _misfit(field, value)
    return value.isoformat()


def _utc(field: Field, value: object) -> str:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise _misfit(field, value)
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _choice(field: Field, value: object) -> str:
    code = str(value)
    if not any(code == known_code for known_code, _ in field.choices):
        raise _misfit(field, value)
    return code


def _yes_no(field: Field, value: object) -> str:
    if not isinstance(value, bool):
        raise _misfit(field, value)
    return "1" if value else "0"


def _misfit(field: Field, value: object) -> ValueError:
    return ValueError(f"{field.name} is a {field.kind} field and cannot hold {value!r}")


_WRITERS = {
    FieldKind.TEXT: _text,
    FieldKind.NOTES: _notes,
    FieldKind.NUMBER: _number,
    FieldKind.INTEGER: _integer,
    FieldKind.DATE: _date,
    FieldKind.UTC: _utc,
    FieldKind.CHOICE: _choice,
    FieldKind.YES_NO: _yes_no,
}
