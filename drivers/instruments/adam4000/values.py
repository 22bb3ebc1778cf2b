"""Temperatures as a module writes them: a number, or a reason why there is none."""

import re

from drivers.instruments.adam4000.ranges import Range
from drivers.telemetry import FrameError

_VALUE = re.compile(r"[+-][^+-]+")
_NUMBER = re.compile(r"[+-](?=[0-9.]{6}$)[0-9]+\.[0-9]+")
"""Sign, five digits and a decimal point."""

_OVER, _UNDER = "+9999", "-0000"
"""Advantech's ADAM-4000 manual, #AA, input out of bounds."""


def split_values(data: str, count: int) -> list[str]:
    """The values in the answer to ``#AA``, split at their signs.

    Raises:
        FrameError: there are not ``count``, or there is something else.
    """
    values = _VALUE.findall(data)
    if "".join(values) != data or len(values) != count:
        raise FrameError(
            f"{len(values)} values in {data!r}, {count} are expected: are all inputs enabled?"
        )
    return values


def read_value(value: str, range_: Range) -> tuple[float | None, str]:
    """A temperature, C, or None and why there is none."""
    if value == _OVER:
        return None, f"over the range of {range_.sensor} ({range_.high_c:g} C)"
    if value == _UNDER:
        return None, f"under the range of {range_.sensor} ({range_.low_c:g} C)"
    if not _NUMBER.fullmatch(value):
        return None, f"the module gives {value!r}, which is no temperature"
    number_c = float(value)
    if not range_.low_c <= number_c <= range_.high_c:
        return None, (
            f"the module gives {number_c:g} C, which {range_.sensor} cannot read "
            f"({range_.low_c:g} to {range_.high_c:g} C)"
        )
    return number_c + 0.0, ""
