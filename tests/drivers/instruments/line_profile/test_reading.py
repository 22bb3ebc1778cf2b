"""What a line says by its profile, and why it says nothing."""

from typing import Any

import pytest

from drivers.instruments import ChannelSaid, LineProfile, LineReader, LineSaid, ProbeSaid
from drivers.instruments.line_profile.checksums import check_digits
from drivers.telemetry import FrameError


def sealed(text: str) -> bytes:
    return b"$%b*%b" % (text.encode(), check_digits("XOR8", text.encode()))


def test_a_probe_line_of_the_example_console(console: LineProfile) -> None:
    """3480.9 psi is 24 000 kPa."""
    said = LineReader(console).read(sealed("PRB 1 FRZ 100% -120.4 3480.9psi t=12.5"))
    assert said == LineSaid("probe", (ProbeSaid(1, "FREEZE", 100, -120.4, "", 24_000),), (), 12.5)


def test_spaces_may_be_more(console: LineProfile) -> None:
    said = LineReader(console).read(sealed("PRB  1  FRZ  100%   -0.0 0psi  t= 1 "))
    assert said.probes[0].tip_temperature_c == 0.0
    assert str(said.probes[0].tip_temperature_c) == "0.0"


@pytest.mark.parametrize(
    ("tip", "fault"),
    [
        ("----", "the sensor's wire is open"),
        ("OVR", "the temperature is over the sensor's range"),
        ("UNR", "the temperature is under the sensor's range"),
        ("-200.1", "the temperature is under the sensor's range (-200.1 C)"),
        ("100.1", "the temperature is over the sensor's range (100.1 C)"),
    ],
)
def test_what_is_no_temperature_is_never_a_number(
    tip: str, fault: str, console: LineProfile
) -> None:
    said = LineReader(console).read(sealed(f"PRB 2 HTR 50% {tip} 100psi t=1"))
    assert (said.probes[0].tip_temperature_c, said.probes[0].fault) == (None, fault)


def test_several_channels_in_one_line_in_fahrenheit(thermometer: LineProfile) -> None:
    """98.6 F is 37 C."""
    said = LineReader(thermometer).read(b"13:05:59, 98.6 F, OPEN F")
    assert said.channels == (
        ChannelSaid(1, 37.0, ""),
        ChannelSaid(2, None, "the sensor's wire is open"),
    )
    assert said.clock_s == 13 * 3600 + 5 * 60 + 59


def test_kelvin_scale_milliseconds_and_bar(one_line: Any) -> None:
    profile = one_line(
        "{t} {m} {g} {c}",
        {
            "t": {"is": "TIP", "unit": "K", "scale": 0.1, "probe": 3},
            "m": {"is": "MODE", "words": {"ON": "FREEZE", "NO": "OFF"}, "probe": 3},
            "g": {"is": "GAS_PRESSURE", "unit": "bar", "probe": 3},
            "c": {"is": "CLOCK", "unit": "ms"},
        },
        {"FREEZE": 100, "OFF": 0},
    )
    said = LineReader(profile).read(b"1731 ON 240 1500")
    assert said.probes == (ProbeSaid(3, "FREEZE", 100, -100.05, "", 24_000),)
    assert said.clock_s == 1.5


def test_a_console_that_tells_no_mode(one_line: Any) -> None:
    fields = {"p": {"is": "PROBE"}, "t": {"is": "TIP", "unit": "C"}}
    said = LineReader(one_line("{p} {t}", fields)).read(b"2 -140.5")
    assert said.probes == (ProbeSaid(2, None, None, -140.5, "", None),)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("PRB 1 FRX 100% -120.4 1psi t=1", "like a line 'probe', but mode is 'FRX'"),
        ("PRB 1 FRZ 100% -12O.4 1psi t=1", "like a line 'probe', but tip is '-12O.4'"),
        ("PRB 1 FRZ 101% -120.4 1psi t=1", "power '101' is not 0 to 100 percent"),
        ("PRB 0 FRZ 100% -120.4 1psi t=1", "probe '0' is not from 1 to 64"),
        ("PRB 1 FRZ 100% -120.4 -1psi t=1", "gas pressure '-1' is below zero"),
        ("PRB 1 FRZ", "no kind of line in the profile is like it"),
        ("", "no kind of line in the profile is like it"),
    ],
)
def test_a_line_that_is_refused_says_why(text: str, reason: str, console: LineProfile) -> None:
    with pytest.raises(FrameError, match=reason):
        LineReader(console).read(sealed(text))


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"$THM 1 36.5*7F", "check failed: b'7E' computed, b'7F' received"),
        (b"THM 1 36.5*7E", "the line's check is missing, or its start"),
        (b"$THM 1 36.5", "the line's check is missing, or its start"),
        (b"$THM 1 36.5*7e", "check failed"),
        (sealed("THM 1 36.5").replace(b"36", b"36\xb0"), "check failed"),
        (b"", "check is missing"),
    ],
)
def test_a_line_without_its_check_is_refused(raw: bytes, reason: str, console: LineProfile) -> None:
    with pytest.raises(FrameError, match=reason):
        LineReader(console).read(raw)


@pytest.mark.parametrize("time", ["24:00:00", "12:60:00", "12:00:61"])
def test_a_time_that_is_none_is_refused(time: str, thermometer: LineProfile) -> None:
    with pytest.raises(FrameError, match="no time of a day"):
        LineReader(thermometer).read(f"{time}, 98.6 F, 98.6 F".encode())


def test_bytes_that_are_not_ascii_are_refused(thermometer: LineProfile) -> None:
    with pytest.raises(FrameError, match="not ASCII"):
        LineReader(thermometer).read(b"13:05:59, 98.6 \xb0F, OPEN F")


def test_a_line_of_two_kinds_is_refused(one_line: Any) -> None:
    line = {"pattern": "{t}", "fields": {"t": {"is": "TEMPERATURE", "channel": 1}}}
    other = {"pattern": "{t}", "fields": {"t": {"is": "TEMPERATURE", "channel": 2}}}
    profile = one_line("unused", {}, line=[{"name": "a", **line}, {"name": "b", **other}])
    with pytest.raises(FrameError, match="of the kinds 'a' and 'b'"):
        LineReader(profile).read(b"36.5")


def test_no_line_makes_the_search_slow(one_line: Any) -> None:
    """A search that goes back would try these ways for years, until the test's time is over."""
    fields: dict[str, Any] = {f"x{n}": {"is": "IGNORE"} for n in range(20)}
    fields["t"] = {"is": "TEMPERATURE", "channel": 1}
    for between in ("-", " ", "- "):
        pattern = between.join(f"{{{name}}}" for name in fields)
        reader = LineReader(one_line(pattern, fields, max_line_bytes=512))
        for text in (b"-" * 511, b" " * 511, b"- " * 255, b"a-" * 255, b"1 " * 255):
            with pytest.raises(FrameError):
                reader.read(text)


def test_ignored_text_goes_to_the_next_text_of_the_pattern(one_line: Any) -> None:
    fields = {"x": {"is": "IGNORE"}, "t": {"is": "TEMPERATURE", "channel": 1}}
    reader = LineReader(one_line("A{x};{t}C", fields))
    assert reader.read(b"Aany-thing; 36.5C").channels[0].temperature_c == 36.5
    for refused in (b"A;36.5C", b"Aa b;36.5C", b"Aa;b;36.5C"):
        with pytest.raises(FrameError):
            reader.read(refused)
