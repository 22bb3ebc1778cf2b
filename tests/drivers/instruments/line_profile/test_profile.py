"""A profile that cannot work is refused when it is read, and says why."""

from typing import Any

import pytest
from pydantic import ValidationError

from tests.drivers.instruments.line_profile.conftest import PROFILES, shipped

T = {"is": "TEMPERATURE", "channel": 1}
TIP, PROBE = {"is": "TIP"}, {"is": "PROBE"}
MODE = {"is": "MODE", "words": {"F": "FREEZE", "O": "OFF"}}


@pytest.mark.parametrize("path", sorted(PROFILES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_profile_is_valid_named_as_its_file_and_an_example(path: Any) -> None:
    profile = shipped(path.stem)
    assert profile.name == path.stem
    assert profile.example


@pytest.mark.parametrize(
    ("pattern", "fields", "reason"),
    [
        ("{t} C", {}, r"the pattern has the fields \['t'\], and \[\] are described"),
        ("T C", {"t": T}, "and .'t'. are described"),
        ("{t}{u}", {"t": T, "u": {"is": "IGNORE"}}, "two fields need something between them"),
        ("{t} {t}", {"t": T}, "the pattern has the fields"),
        ("{0}", {"0": T}, "letters, digits"),
        ("T {t", {"t": T}, "expected '}'"),
        ("{t}", {"t": {"is": "TEMPERATURE"}}, "give a CHANNEL field, or channel"),
        ("{c} {t}", {"c": {"is": "CHANNEL"}, "t": T}, "give a CHANNEL field, or channel"),
        ("{t}", {"t": {**T, "unit": "R"}}, "has no unit 'R', but C, F, K"),
        ("{t}", {"t": {**T, "words": {"A": "OFF"}}}, "words belong to a MODE"),
        ("{t}", {"t": {**T, "probe": 1}}, "is of no probe"),
        ("{t}", {"t": {"is": "CLOCK", "faults": {"-": "OPEN"}}}, "faults and range_c belong"),
        ("{t}", {"t": {**T, "range_c": [0.0, 100.0]}}, "ORGAN needs -40 to 60 C"),
        ("{p} {m}", {"p": PROBE, "m": MODE}, "the probe needs a TIP"),
        ("{p} {t} {m}", {"p": PROBE, "t": TIP, "m": MODE}, "needs a POWER, or power_by_mode"),
        ("{p} {q} {t}", {"p": PROBE, "q": PROBE, "t": T}, "one PROBE at most"),
        ("{c}", {"c": {"is": "CLOCK"}}, "nothing would ever be read"),
        (
            "{p} {t}",
            {"p": PROBE, "t": {**TIP, "range_c": [-100.0, 400.0]}},
            "PROBE_TIP needs -196 to 60 C",
        ),
    ],
)
def test_what_cannot_work_is_refused(
    pattern: str, fields: dict[str, Any], reason: str, one_line: Any
) -> None:
    with pytest.raises(ValidationError, match=reason):
        one_line(pattern, fields)


def test_power_by_mode_stands_for_a_power_that_is_not_told(one_line: Any) -> None:
    fields = {"p": PROBE, "t": TIP, "m": MODE}
    profile = one_line("{p} {t} {m}", fields, {"FREEZE": 100, "OFF": 0})
    assert profile.line[0].power_by_mode["FREEZE"] == 100
