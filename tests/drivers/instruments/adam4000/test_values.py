"""Temperatures as a module writes them."""

import pytest

from drivers.instruments.adam4000.ranges import RANGES
from drivers.instruments.adam4000.values import read_value, split_values
from drivers.telemetry import FrameError

T = RANGES["10"]
PUBLISHED = "+7.2111+7.2567+7.3125+7.1000+7.4712+7.2555+7.1234+7.5678"
"""Advantech, ADAM-4000 Series User's Manual, #AA, the answer to #21 after its ``>``."""


def test_the_published_answer_is_eight_values() -> None:
    values = split_values(PUBLISHED, 8)
    assert [read_value(value, T)[0] for value in values] == [
        7.2111,
        7.2567,
        7.3125,
        7.1,
        7.4712,
        7.2555,
        7.1234,
        7.5678,
    ]


def test_values_are_split_at_signs_and_not_at_widths() -> None:
    assert split_values("+9999-0000+036.50", 3) == ["+9999", "-0000", "+036.50"]


@pytest.mark.parametrize("data", ["", "+1.0000", "+1.0000+2.0000+3.0000", "1.0000+2.0000", "+1+"])
def test_another_count_of_values_is_refused(data: str) -> None:
    with pytest.raises(FrameError, match="2 are expected"):
        split_values(data, 2)


@pytest.mark.parametrize(
    ("value", "number_c", "fault"),
    [
        ("+036.50", 36.5, ""),
        ("-099.90", -99.9, ""),
        ("-000.00", 0.0, ""),
        ("+0036.8", 36.8, ""),
        ("+9999", None, "over the range of thermocouple T (400 C)"),
        ("+9999.9", None, "the module gives 9999.9 C, which thermocouple T cannot read"),
        ("-0000", None, "under the range of thermocouple T (-100 C)"),
        ("-9999.9", None, "the module gives -9999.9 C, which thermocouple T cannot read"),
        ("+888888", None, "the module gives '+888888', which is no temperature"),
        ("+36.5", None, "the module gives '+36.5', which is no temperature"),
        ("+.36500", None, "the module gives '+.36500', which is no temperature"),
        ("-140.00", None, "the module gives -140 C, which thermocouple T cannot read"),
    ],
)
def test_a_value_is_a_temperature_or_a_reason(
    value: str, number_c: float | None, fault: str
) -> None:
    found_c, reason = read_value(value, T)
    assert found_c == number_c
    assert reason.startswith(fault)
    assert bool(reason) == bool(fault)
