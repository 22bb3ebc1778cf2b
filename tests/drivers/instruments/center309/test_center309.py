"""A hand-held thermometer: its frame as the data sheets print it, and what must not be believed."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dosimetry_core.values import ConnectionState, GenerationMode, MeasurementValidity
from drivers.instruments import (
    Center309,
    Center309Channel,
    Center309Options,
    Pace,
    PolledDialogue,
)
from drivers.instruments.center309 import check_frame, read_input
from drivers.telemetry import FrameError, Gap, LinkStateChanged, ThermometerSample
from simulators.instruments import Center309Simulator
from tests.drivers.instruments.exchange import Exchange
from tests.drivers.instruments.spoiling import Spoil, drop, follow, precede, splits, truncate

VALID, INVALID = MeasurementValidity.VALID, MeasurementValidity.INVALID
QUESTIONABLE = MeasurementValidity.QUESTIONABLE

SHEET = bytes.fromhex(
    "02 80 06 00000000 00EF 0102 0000 0000 0000000000000000 0000000000000000 0000000000000000"
    "0E 00 00 00 00 03"
)
"""Put together from the data sheets' examples: byte 2 is 80 and byte 3 is 06; bytes 8 and 9 are
00 EF (23.9), 10 and 11 are 01 02 (25.8); byte 40 is 0E (OL)."""


def dialogue(
    *,
    mode: GenerationMode = GenerationMode.TEST,
    below_zero_checked: bool = False,
    pace: Pace | None = None,
) -> PolledDialogue:
    channels = tuple(Center309Channel(input=n, channel=n, measures="TISSUE") for n in (1, 2, 3, 4))
    options = Center309Options(channels=channels, below_zero_checked=below_zero_checked)
    return PolledDialogue(Center309("organs", mode, options), pace or Pace())


def thermometer(link: Path = Path("unused"), *celsius: float) -> Center309Simulator:
    made = Center309Simulator(link, mode=GenerationMode.TEST)
    for number, value_c in enumerate(celsius or (36.5, 25.8, 0.0, 149.9)):
        made.sensors[number].temperature_c = value_c
    return made


def test_the_data_sheets_examples() -> None:
    check_frame(SHEET)
    assert read_input(SHEET, 1) == (23.9, "")
    assert [read_input(SHEET, n)[0] for n in (2, 3, 4)] == [None, None, None]
    assert "(OL)" in read_input(SHEET, 2)[1]
    assert read_input(SHEET[:39] + b"\0" + SHEET[40:], 2) == (25.8, "")


def test_a_bit_of_byte_44_says_whole_degrees() -> None:
    """The sheet calls it Channel_X1_X10; libsigrok's center-3xx driver reads it so too."""
    whole = SHEET[:43] + b"\x01" + SHEET[44:]
    assert read_input(whole, 1) == (239.0, "")


@pytest.mark.parametrize(
    ("spoilt", "reason"),
    [
        (SHEET[:-1], "44 bytes came"),
        (SHEET + b"\0", "46 bytes came"),
        (b"\x01" + SHEET[1:], "begins with 02"),
        (SHEET[:-1] + b"\x04", "ends with 03"),
        (SHEET[:39] + b"\x1e" + SHEET[40:], "does not have"),
    ],
)
def test_what_is_no_frame_is_refused(spoilt: bytes, reason: str) -> None:
    with pytest.raises(FrameError, match=reason):
        check_frame(spoilt)


def test_four_inputs_are_read() -> None:
    exchange = Exchange(dialogue(), thermometer().answer).run(1.5)
    assert [(s.channel, s.temperature_c, s.validity) for s in exchange.samples[:4]] == [
        (1, 36.5, VALID),
        (2, 25.8, VALID),
        (3, 0.0, VALID),
        (4, 149.9, VALID),
    ]
    assert exchange.rejected == []
    assert {heard.identity for heard in exchange.heard} == {"thermometer SIMTEST"}


def test_an_instrument_that_does_not_tell_its_model_is_read_all_the_same() -> None:
    simulated = thermometer()
    exchange = Exchange(dialogue(), lambda asked: b"" if asked == b"K" else simulated.answer(asked))
    assert len(exchange.run(4.0).samples) >= 4
    assert exchange.asked[:4] == [b"K", b"K", b"K", b"A"]
    assert {heard.identity for heard in exchange.heard} == {
        "thermometer that does not tell its model"
    }


def test_no_button_is_ever_pressed() -> None:
    exchange = Exchange(dialogue(), thermometer().answer).run(5.0)
    exchange.answer = lambda _: b""
    exchange.run(5.0)
    assert set(exchange.asked) == {b"K", b"A"}


@pytest.mark.parametrize(
    ("letters", "reason"),
    [
        (b"H", "the instrument is on hold: it shows an old value"),
        (b"C", "the instrument is set to Fahrenheit: set it to Celsius"),
        (b"T", "the instrument shows T1-T2 and not the temperatures"),
        (b"R", "the instrument shows relative temperatures (REL)"),
        (b"M", "the instrument shows a maximum or minimum (MAX/MIN)"),
        (b"MM", "the instrument shows a maximum or minimum (MAX/MIN)"),
        (b"MMM", "the instrument shows a maximum or minimum (MAX/MIN)"),
    ],
)
def test_what_the_display_does_not_show_now_in_celsius_is_never_a_number(
    letters: bytes, reason: str
) -> None:
    simulated = thermometer()
    simulated.answer(letters)
    exchange = Exchange(dialogue(), simulated.answer).run(0.5)
    assert {(s.temperature_c, s.validity, s.reason) for s in exchange.samples} == {
        (None, INVALID, reason)
    }


def test_recording_spoils_nothing() -> None:
    simulated = thermometer()
    simulated.answer(b"E")
    assert {s.validity for s in Exchange(dialogue(), simulated.answer).run(0.5).samples} == {VALID}


def test_a_sensor_that_is_out_is_never_a_number() -> None:
    simulated = thermometer()
    simulated.sensors[2].state = "OPEN"
    samples = Exchange(dialogue(), simulated.answer).run(0.5).samples
    assert [s.validity for s in samples] == [VALID, VALID, INVALID, VALID]
    assert samples[2].temperature_c is None


def test_a_low_battery_makes_readings_doubtful() -> None:
    simulated = thermometer()
    simulated.battery_is_low = True
    samples = Exchange(dialogue(), simulated.answer).run(0.5).samples
    assert {(s.validity, s.reason) for s in samples} == {
        (QUESTIONABLE, "the instrument's battery is low")
    }


def test_below_zero_is_doubtful_until_a_person_has_checked_it() -> None:
    simulated = thermometer(Path("unused"), -40.0, 10.0, -0.1, -199.9)
    samples = Exchange(dialogue(), simulated.answer).run(0.5).samples
    assert [(s.temperature_c, s.validity) for s in samples] == [
        (-40.0, QUESTIONABLE),
        (10.0, VALID),
        (-0.1, QUESTIONABLE),
        (-199.9, QUESTIONABLE),
    ]
    checked = dialogue(below_zero_checked=True)
    assert {s.validity for s in Exchange(checked, simulated.answer).run(0.5).samples} == {VALID}


def test_a_number_out_of_the_range_is_not_believed() -> None:
    hot = SHEET[:7] + (14000).to_bytes(2, "big") + SHEET[9:]
    assert read_input(hot, 1) == (None, "the instrument gives 1400 C, which it cannot read")


def test_a_simulated_thermometer_gives_no_reading_where_patients_are_treated() -> None:
    exchange = Exchange(dialogue(mode=GenerationMode.REAL), thermometer().answer).run(3.0)
    assert exchange.samples == []
    assert exchange.reasons == {"the instrument calls itself 'SIMTEST': it is simulated, not REAL"}


@pytest.mark.parametrize(
    ("channels", "reason"),
    [
        ((), "at least one input"),
        (((5, 1),), "an input is from 1 to 4"),
        (((1, 1), (1, 2)), "the same input"),
        (((1, 1), (2, 1)), "the same channel number"),
    ],
)
def test_what_cannot_be_set(channels: tuple[tuple[int, int], ...], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Center309Options(
            channels=tuple(
                Center309Channel(input=n, channel=c, measures="TISSUE") for n, c in channels
            )
        )


losses = st.one_of(
    st.integers(0, 44).map(truncate),
    st.integers(0, 44).map(drop),
    st.binary(min_size=1, max_size=100).map(precede),
    st.binary(min_size=1, max_size=100).map(follow),
    splits,
)
"""All that changes the count of bytes. There is no checksum: a changed byte is not found."""


@settings(max_examples=150, deadline=None)
@given(st.lists(losses, max_size=10))
def test_with_bytes_lost_or_added_no_reading_appears_that_was_not_sent(
    spoils: list[Spoil],
) -> None:
    waiting = iter(spoils)

    def spoil(said: bytes) -> tuple[bytes, ...]:
        return next(waiting, lambda s: (s,))(said)

    exchange = Exchange(dialogue(), thermometer().answer, spoil).run(15.0)
    sent = {(1, 36.5), (2, 25.8), (3, 0.0), (4, 149.9)}
    assert {(s.channel, s.temperature_c) for s in exchange.samples} == sent
    assert {s.temperature_c for s in exchange.samples[-4:]} == {36.5, 25.8, 0.0, 149.9}


@settings(max_examples=100, deadline=None)
@given(st.binary(min_size=1, max_size=700))
def test_after_noise_the_next_frame_is_read(noise: bytes) -> None:
    exchange = Exchange(dialogue(), thermometer().answer).run(1.5)
    exchange.spoil = lambda said: (noise, said)
    exchange.run(0.8)
    exchange.spoil = lambda said: (said,)
    before = len(exchange.samples)
    exchange.run(1.5)
    assert len(exchange.samples) > before


def test_a_changed_byte_is_not_found_by_this_protocol() -> None:
    """Its limit: docs/instruments.md says so to whoever chooses an instrument."""
    simulated = thermometer()
    exchange = Exchange(
        dialogue(), simulated.answer, lambda said: (said.replace(b"\x01\x6d", b"\x01\x6f"),)
    )
    assert exchange.run(0.5).samples[0].temperature_c == 36.7


def test_ten_megabytes_of_noise_are_held_in_bounded_memory_and_then_a_frame_is_read() -> None:
    Exchange(dialogue(), thermometer().answer).outlives_noise()


async def test_on_a_port_it_is_read_lost_and_read_again(listen, told, tmp_path: Path) -> None:
    port = tmp_path / "center"
    async with (made := thermometer(port)).line:
        await listen(dialogue(pace=Pace(poll_s=0.02, answer_s=0.5)), port)
        await told.until(lambda t: len(t.of(ThermometerSample)) >= 8)
        assert told.of(LinkStateChanged)[-1].state is ConnectionState.CONNECTED
        assert set(b"".join(made.line.heard)) == set(b"KA")
        made.answer(b"H")
        await told.until(lambda t: t.of(ThermometerSample)[-1].validity is INVALID)
    await told.until(lambda t: t.of(LinkStateChanged)[-1].state is ConnectionState.DISCONNECTED)
    assert told.of(Gap)[-1].cause == "LINK_LOST"
    read = len(told.of(ThermometerSample))
    async with thermometer(port).line:
        await told.until(lambda t: len(t.of(ThermometerSample)) > read)
    assert told.of(ThermometerSample)[-1].validity is VALID
