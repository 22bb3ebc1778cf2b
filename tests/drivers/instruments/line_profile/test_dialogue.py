"""A console of lines on a link: marks, clocks, gaps, and bad lines."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dosimetry_core.values import ConnectionState, GenerationMode, MeasurementValidity
from drivers.instruments import LineDialogue, LineProfile
from drivers.serial_line import Heard
from drivers.telemetry import (
    Gap,
    LinkStateChanged,
    ProbeSample,
    Rejected,
    RejectedBytes,
    ThermometerSample,
)
from simulators.instruments import LineConsoleSimulator
from tests.drivers.instruments.exchange import at
from tests.drivers.instruments.line_profile.conftest import PROFILES, shipped
from tests.drivers.instruments.line_profile.test_reading import sealed
from tests.drivers.instruments.spoiling import Spoil, harm, splits

CONSOLE = shipped("example-console")
END = b"\r\n"


def dialogue(
    profile: LineProfile = CONSOLE, mode: GenerationMode = GenerationMode.TEST
) -> LineDialogue:
    made = LineDialogue("console-1", mode, profile)
    made.begin()
    made.feed(profile.terminator_bytes, at(0.0))
    return made


def heard(items: object) -> list[Heard]:
    return [item for item in items if isinstance(item, Heard)]


def refused(items: object) -> list[str]:
    return [item.reason for item in items if isinstance(item, Rejected)]


def probe(clock_s: float, tip: str = "-120.4") -> bytes:
    return sealed(f"PRB 1 FRZ 100% {tip} 3480.9psi t={clock_s}") + END


def test_a_line_is_a_reading_with_both_clocks() -> None:
    (said,) = heard(dialogue().feed(probe(12.5), at(3.0)))
    (sample,) = said.samples
    assert isinstance(sample, ProbeSample)
    assert (sample.tip_temperature_c, sample.mode, sample.gas_pressure_kpa) == (
        -120.4,
        "FREEZE",
        24_000,
    )
    assert (sample.timestamp.device_time_s, sample.timestamp.monotonic_ns) == (12.5, 3_000_000_000)
    assert sample.generation_mode is GenerationMode.TEST
    assert said.identity == "lines of the profile example-console"


def test_a_line_with_several_channels_is_several_readings() -> None:
    made = dialogue(shipped("example-thermometer"))
    (said,) = heard(made.feed(b"1:00:00, 98.6 F, OPEN F\n", at(0)))
    assert [(s.channel, s.temperature_c) for s in said.samples] == [(1, 37.0), (2, None)]
    assert {s.sequence for s in said.samples} == {0}


def test_a_refused_line_leaves_a_gap_before_the_next_one() -> None:
    made = dialogue()
    spoilt = probe(1).replace(b"FRZ", b"FRX")
    (reason,) = refused(made.feed(spoilt, at(1)))
    assert reason.startswith("check failed")
    (said,) = heard(made.feed(probe(2), at(2)))
    (gap,) = said.interruptions
    assert (gap.cause, gap.lost_frames) == ("LOST_FRAMES", 1)
    assert heard(made.feed(probe(3), at(3)))[0].interruptions == ()


def test_a_line_that_is_too_long_is_one_lost_line() -> None:
    made = dialogue()
    made.feed(b"x" * 5000 + END, at(1))
    (said,) = heard(made.feed(probe(2), at(2)))
    assert said.interruptions[0].lost_frames == 1
    assert "no end within" in said.interruptions[0].reason


def test_a_line_that_is_named_and_says_nothing_leaves_none() -> None:
    made = dialogue()
    (status,) = heard(made.feed(sealed("STATUS READY") + END, at(1)))
    assert (status.samples, status.interruptions) == ((), ())


def test_a_clock_that_stands_or_jumps_makes_readings_doubtful() -> None:
    made = dialogue()
    made.feed(probe(10), at(0))
    (jumped,) = heard(made.feed(probe(70), at(1)))
    assert jumped.samples[0].validity is MeasurementValidity.QUESTIONABLE
    assert jumped.interruptions[0].cause == "DEVICE_CLOCK"
    made.feed(probe(71), at(2))
    (stands,) = heard(made.feed(probe(71), at(5)))
    assert stands.samples[0].reason == "the device's clock stands at 71.000 s"


def test_midnight_is_no_jump_and_the_drift_is_estimated() -> None:
    made = dialogue(shipped("example-thermometer"))
    last: Heard | None = None
    for second in range(200):
        clock_s = (86_300 + second) % 86_400
        time = f"{clock_s // 3600:02d}:{clock_s // 60 % 60:02d}:{clock_s % 60:02d}"
        (last,) = heard(made.feed(f"{time}, 98.6 F, 98.6 F\n".encode(), at(second * 1.0005)))
        assert last.interruptions == ()
    assert last is not None
    assert last.device_time_s == 86_499.0
    assert last.drift_ppm == pytest.approx(-500, abs=60)


def test_a_simulated_console_is_refused_where_patients_are_treated() -> None:
    made = dialogue(mode=GenerationMode.REAL)
    items = made.feed(b"SIMULATED DEMO " + probe(1), at(1))
    assert refused(items) == ["the console says that it is simulated, not REAL"]
    (real,) = heard(made.feed(probe(2), at(2)))
    assert real.generation_mode is GenerationMode.REAL


@pytest.mark.parametrize("mode", [GenerationMode.TEST, GenerationMode.DEMO])
def test_a_simulated_consoles_mark_goes_on_its_readings(mode: GenerationMode) -> None:
    (said,) = heard(dialogue().feed(f"SIMULATED {mode} ".encode() + probe(1), at(1)))
    assert {said.generation_mode, said.samples[0].generation_mode} == {mode}


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(harm, splits), max_size=15))
def test_on_a_bad_line_no_reading_appears_that_was_not_sent(spoils: list[Spoil]) -> None:
    """The example's XOR finds every change of one byte; docs/instruments.md: what it misses."""
    made = dialogue()
    read: list[tuple[float | None, float | None]] = []
    sent = set()
    for number, spoil in enumerate([*spoils, lambda said: (said,), lambda said: (said,)]):
        sent.add((-100.0 - number, float(number)))
        for piece in spoil(probe(number, f"{-100.0 - number}")):
            for said in heard(made.feed(piece, at(number))):
                (sample,) = said.samples
                assert isinstance(sample, ProbeSample)
                read.append((sample.tip_temperature_c, said.device_time_s))
                assert len(made.pending) < 200
    assert set(read) <= sent
    assert read[-1] == (-101.0 - len(spoils), len(spoils) + 1.0)


def test_without_a_check_a_changed_digit_is_not_found() -> None:
    made = dialogue(shipped("example-thermometer"))
    (said,) = heard(made.feed(b"1:00:00, 98.6 F, 99.6 F\n".replace(b"98", b"99"), at(0)))
    assert said.samples[0].temperature_c == 37.56


async def test_a_console_on_a_port_is_read_lost_and_read_again(
    listen: Callable[..., object], told: object, tmp_path: Path
) -> None:
    port = tmp_path / "console"

    def console() -> LineConsoleSimulator:
        made = LineConsoleSimulator(
            port,
            PROFILES / "example-console.toml",
            mode=GenerationMode.TEST,
            period_s=0.02,
        )
        one = made.probes[1]
        one.mode, one.power_percent, one.tip_c = "FREEZE", 80, -99.5
        made.sensors[1].state = "OPEN"
        return made

    async with console():
        await listen(LineDialogue("console-1", GenerationMode.TEST, CONSOLE), port)
        await told.until(lambda t: len(t.of(ProbeSample)) >= 4 and t.of(ThermometerSample))
        first = next(s for s in told.of(ProbeSample) if s.probe == 1)
        assert (first.mode, first.power_percent, first.tip_temperature_c) == ("FREEZE", 80, -99.5)
        assert first.generation_mode is GenerationMode.TEST
    await told.until(lambda t: t.of(LinkStateChanged)[-1].state is ConnectionState.DISCONNECTED)
    assert told.of(Gap)[-1].cause == "LINK_LOST"
    read = len(told.of(ProbeSample))
    async with console():
        await told.until(lambda t: len(t.of(ProbeSample)) > read)
    broken = [s for s in told.of(ThermometerSample) if s.channel == 2]
    assert {(s.temperature_c, s.validity) for s in broken} <= {(None, MeasurementValidity.INVALID)}
    assert all("joined" in r.reason or "cut" in r.reason for r in told.of(RejectedBytes))
