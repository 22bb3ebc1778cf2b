from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procedure_node.record.fields import (
    Field,
    choice,
    date_field,
    integer,
    notes,
    number,
    text,
    utc,
    yes_no,
)
from procedure_node.record.values import NotApplicable, Unknown, Value, unless_empty, written

DOSE = number("d", "Dose", "Gy", 2)
AT = datetime(2026, 3, 1, 8, 30, 59, 999_999, tzinfo=UTC)


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        (DOSE, 122.456, "122.46"),
        (DOSE, 3, "3.00"),
        (DOSE, -0.001, "0.00"),
        (DOSE, 0.125, "0.12"),
        (DOSE, 1e30, "1" + 30 * "0" + ".00"),
        (number("n", "n", "s", 0), 2.5, "2"),
        (integer("n", "n"), -3, "-3"),
        (utc("t", "t"), AT, "2026-03-01 08:30:59"),
        (utc("t", "t"), AT.astimezone(timezone(timedelta(hours=8))), "2026-03-01 08:30:59"),
        (date_field("d", "d"), date(2026, 3, 1), "2026-03-01"),
        (yes_no("y", "y"), True, "1"),
        (yes_no("y", "y"), False, "0"),
        (text("t", "t"), "  two\n lines\tand a \x00 ", "two lines and a"),
        (notes("t", "t"), " one \r\n\r\n two\x1b", "one\ntwo"),
        (choice("c", "c", ("A", "B")), "B", "B"),
        (DOSE, Unknown("no scan"), "UNKNOWN"),
        (yes_no("y", "y"), NotApplicable("none"), "NOT_APPLICABLE"),
    ],
)
def test_written(field: Field, value: Value, expected: str) -> None:
    assert written(field, value) == expected


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (DOSE, "12"),
        (DOSE, True),
        (integer("n", "n"), 1.0),
        (integer("n", "n"), True),
        (utc("t", "t"), datetime(2026, 3, 1)),  # noqa: DTZ001 - a naive time is what is refused
        (utc("t", "t"), date(2026, 3, 1)),
        (date_field("d", "d"), AT),
        (yes_no("y", "y"), 1),
        (choice("c", "c", ("A", "B")), "C"),
    ],
)
def test_a_value_of_another_kind_is_refused(field: Field, value: Value) -> None:
    with pytest.raises(ValueError, match=f"{field.name} is a {field.kind} field"):
        written(field, value)


@pytest.mark.parametrize("absent", [Unknown, NotApplicable])
def test_what_is_absent_has_a_reason(absent: type[Unknown | NotApplicable]) -> None:
    with pytest.raises(ValueError, match="reason"):
        absent(" ")


@pytest.mark.parametrize("empty", ["", " \n ", "\x00"])
def test_empty_text_is_unknown(empty: str) -> None:
    assert unless_empty(empty) == Unknown("it was left empty")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_is_written_to_within_half_its_last_digit(value: float) -> None:
    result = written(DOSE, value)
    assert abs(float(result) - value) <= 0.005 + abs(value) * 1e-15
    assert len(result.partition(".")[2]) == 2
    assert result != "-0.00"
