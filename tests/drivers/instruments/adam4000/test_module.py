"""A module that is asked: what it is asked, and what its answers make of the readings."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dosimetry_core.values import ConnectionState, GenerationMode, MeasurementValidity
from drivers.instruments import Adam4000, Adam4000Channel, Adam4000Options, Pace, PolledDialogue
from drivers.telemetry import Gap, LinkStateChanged, RejectedBytes, ThermometerSample
from simulators.instruments import Adam4000Simulator
from tests.drivers.instruments.exchange import Exchange, at
from tests.drivers.instruments.spoiling import Spoil, harm, splits

VALID, INVALID = MeasurementValidity.VALID, MeasurementValidity.INVALID
SENT_C = (36.5, -12.25, -99.99, 0.0, 37.0, 1.5, 20.0, -40.0)


def dialogue(
    model: str = "ADAM-4018+",
    code: str = "10",
    inputs: tuple[int, ...] = (0, 1, 2),
    *,
    checksum: bool = True,
    mode: GenerationMode = GenerationMode.TEST,
    address: int = 0x2A,
    pace: Pace | None = None,
) -> PolledDialogue:
    channels = tuple(
        Adam4000Channel(input=n, channel=n + 1, range_code=code, measures="TISSUE") for n in inputs
    )
    options = Adam4000Options(model=model, address=address, checksum=checksum, channels=channels)
    return PolledDialogue(Adam4000("organs", mode, options), pace or Pace())


def module(tmp_path: Path = Path("unused"), **changes: object) -> Adam4000Simulator:
    given_: dict[str, object] = {
        "address": 0x2A,
        "checksum": True,
        "mode": GenerationMode.TEST,
    }
    made = Adam4000Simulator(tmp_path / "adam", **(given_ | changes))
    for number, celsius in zip(range(len(made.sensors)), SENT_C, strict=False):
        made.sensors[number].temperature_c = celsius
    return made


def readings(exchange: Exchange) -> list[tuple[int, float | None]]:
    return [(sample.channel, sample.temperature_c) for sample in exchange.samples]


@pytest.mark.parametrize("checksum", [True, False])
@pytest.mark.parametrize(
    ("model", "kind", "code"), [("ADAM-4018+", "4018+", "10"), ("ADAM-4015", "4015", "24")]
)
def test_all_inputs_are_read_in_one_answer(
    model: str, kind: str, code: str, checksum: bool
) -> None:
    simulated = module(kind=kind, type_code=code, checksum=checksum)
    exchange = Exchange(dialogue(model, code, checksum=checksum), simulated.answer).run(2.5)
    assert readings(exchange)[:3] == [(1, 36.5), (2, -12.25), (3, -99.99)]
    assert {sample.validity for sample in exchange.samples} == {VALID}
    assert [sample.sequence for sample in exchange.samples] == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert exchange.rejected == []
    assert exchange.missed == []


def test_nothing_is_ever_asked_that_changes_anything() -> None:
    exchange = Exchange(dialogue(checksum=False), module(checksum=False).answer).run(5.0)
    assert exchange.asked[:7] == [
        b"$2AM\r",
        b"$2A2\r",
        b"$2A8C0\r",
        b"$2A8C1\r",
        b"$2A8C2\r",
        b"$2AB\r",
        b"#2A\r",
    ]
    assert set(exchange.asked[5:]) == {b"$2AB\r", b"#2A\r"}


def test_a_single_input_is_asked_alone() -> None:
    single = dialogue(inputs=(1,), checksum=False)
    exchange = Exchange(single, module(checksum=False).answer).run(0.5)
    assert exchange.asked[-1] == b"#2A1\r"
    assert readings(exchange) == [(2, -12.25)]


def test_an_open_wire_is_never_a_number_and_the_others_stay_good() -> None:
    simulated = module()
    simulated.sensors[1].state = "OPEN"
    first, second, third = Exchange(dialogue(), simulated.answer).run(0.5).samples
    assert (first.validity, third.validity) == (VALID, VALID)
    assert (second.temperature_c, second.validity) == (None, INVALID)
    assert second.reason == (
        "the module tells an open wire or a value out of range (it gives +9999)"
    )


@pytest.mark.parametrize(
    ("celsius", "reason"),
    [(-140.0, "under the range of thermocouple T"), (500.0, "over the range of thermocouple T")],
)
def test_out_of_range_is_never_a_number_even_without_a_diagnosis(
    celsius: float, reason: str
) -> None:
    simulated = module(kind="4018")
    simulated.sensors[0].temperature_c = celsius
    sample = Exchange(dialogue("ADAM-4018"), simulated.answer).run(0.5).samples[0]
    assert (sample.temperature_c, sample.validity) == (None, INVALID)
    assert sample.reason.startswith(reason)


def test_a_module_that_cannot_tell_an_open_wire_gives_doubtful_readings() -> None:
    samples = Exchange(dialogue("ADAM-4018"), module(kind="4018").answer).run(0.5).samples
    assert {(s.validity, s.reason) for s in samples} == {
        (MeasurementValidity.QUESTIONABLE, "this module cannot tell an open wire")
    }


def test_a_module_set_to_another_range_gives_no_reading() -> None:
    exchange = Exchange(dialogue(), module(type_code="0F").answer).run(3.0)
    assert exchange.samples == []
    (reason,) = exchange.reasons
    assert reason == (
        "input 0 is set to range '0F', and the settings say 10: set the module's range, or "
        "correct the settings"
    )


def test_a_module_without_its_own_ranges_is_checked_by_its_configuration() -> None:
    exchange = Exchange(dialogue("ADAM-4018"), module(kind="4018", type_code="0E").answer)
    assert exchange.run(3.0).samples == []
    assert "is set to range '0E'" in exchange.reasons.pop()


def test_a_module_that_gives_percent_is_refused() -> None:
    simulated = module()
    simulated.data_format |= 0x01
    exchange = Exchange(dialogue(), simulated.answer).run(3.0)
    assert exchange.samples == []
    assert exchange.reasons == {"the module gives no engineering units: set its data format to 00"}


def test_a_module_at_another_address_is_silent_and_that_is_told() -> None:
    exchange = Exchange(dialogue(), module(address=1).answer).run(3.0)
    assert exchange.samples == []
    assert exchange.rejected == []
    assert {missed.reason for missed in exchange.missed} == {"no answer to $2AM within 0.5 s"}
    assert exchange.dialogue.advice == (
        "no answer to $2AM: the module at address 2A is silent when its address, baud rate or "
        "checksum setting is another, or its two wires are swapped"
    )


def test_a_module_whose_checksum_is_off_takes_it_for_a_part_of_the_command() -> None:
    exchange = Exchange(dialogue(), module(checksum=False).answer).run(3.0)
    assert exchange.samples == []
    assert {reason.split(":")[0] for reason in exchange.reasons} == {"checksum failed"}


def test_a_module_whose_checksum_is_on_is_silent_to_a_command_without() -> None:
    exchange = Exchange(dialogue(checksum=False), module().answer).run(3.0)
    assert (exchange.samples, exchange.rejected) == ([], [])
    assert exchange.missed != []


def test_a_simulated_module_gives_no_reading_where_patients_are_treated() -> None:
    exchange = Exchange(dialogue(mode=GenerationMode.REAL), module().answer).run(3.0)
    assert exchange.samples == []
    assert exchange.reasons == {"the instrument calls itself 'SIMTEST': it is simulated, not REAL"}


def test_a_simulated_modules_mark_goes_on_its_readings() -> None:
    exchange = Exchange(dialogue(), module(mode=GenerationMode.DEMO).answer).run(0.5)
    assert {s.generation_mode for s in exchange.samples} == {GenerationMode.DEMO}
    assert {h.identity for h in exchange.heard} == {"SIMDEMO at address 2A"}


def test_an_exchanged_module_is_introduced_anew() -> None:
    exchange = Exchange(dialogue(), module().answer).run(1.5)
    exchange.answer = lambda _: b""
    exchange.run(3.0)
    exchange.answer = module(type_code="0F").answer
    before = len(exchange.samples)
    exchange.run(5.0)
    assert len(exchange.samples) == before


def test_a_late_answer_is_not_taken_for_the_next_one() -> None:
    simulated, late = module(), [b""]

    def one_behind(asked: bytes) -> bytes:
        late.append(simulated.answer(asked))
        return b""

    exchange = Exchange(dialogue(), one_behind)
    exchange.run(0.45)
    exchange.now_s = 0.52
    exchange.dialogue.turn(at(0.52))
    exchange.feed(late[-1])
    assert exchange.heard == []
    assert exchange.reasons == {"it came when nothing was asked"}


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(harm, splits), max_size=12))
def test_on_a_bad_line_no_reading_appears_that_was_not_sent(spoils: list[Spoil]) -> None:
    """With its checksum, which finds every change of one byte."""
    waiting = iter(spoils)

    def spoil(said: bytes) -> tuple[bytes, ...]:
        return next(waiting, lambda s: (s,))(said)

    exchange = Exchange(dialogue(), module().answer, spoil).run(12.0)
    assert set(readings(exchange)) <= {(1, 36.5), (2, -12.25), (3, -99.99)}
    assert readings(exchange)[-3:] == [(1, 36.5), (2, -12.25), (3, -99.99)]


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=700))
def test_noise_before_an_answer_does_not_lose_it(noise: bytes) -> None:
    exchange = Exchange(dialogue(), module().answer).run(1.5)
    exchange.spoil = lambda said: (noise, said)
    before = len(exchange.samples)
    exchange.run(1.0)
    assert len(exchange.samples) == before + 3


def test_without_a_checksum_a_changed_digit_is_not_found() -> None:
    """The protocol's own limit: docs/instruments.md tells a site to set the checksum."""
    exchange = Exchange(
        dialogue(checksum=False),
        module(checksum=False).answer,
        lambda said: (said.replace(b"+036.50", b"+038.50"),),
    )
    assert readings(exchange.run(0.5))[0] == (1, 38.5)


def test_ten_megabytes_of_noise_are_held_in_bounded_memory_and_then_an_answer_is_read() -> None:
    Exchange(dialogue(), module().answer).outlives_noise()


async def test_a_module_on_a_port_is_read_lost_and_read_again(listen, told, tmp_path: Path) -> None:
    quick = Pace(poll_s=0.02, answer_s=0.5)
    async with (made := module(tmp_path)).line:
        await listen(dialogue(pace=quick), tmp_path / "adam")
        await told.until(lambda t: len(t.of(ThermometerSample)) >= 6)
        assert told.of(LinkStateChanged)[-1].state is ConnectionState.CONNECTED
        made.line.spoil = lambda said: said.replace(b"+036.50", b"+037.50")
        await told.until(lambda t: t.of(RejectedBytes))
        assert told.of(RejectedBytes)[0].reason.startswith("checksum failed")
        made.line.spoil = lambda said: said
        read = len(told.of(ThermometerSample))
        await told.until(lambda t: len(t.of(ThermometerSample)) > read)
    await told.until(lambda t: t.of(LinkStateChanged)[-1].state is ConnectionState.DISCONNECTED)
    assert told.of(Gap)[-1].cause == "LINK_LOST"
    read = len(told.of(ThermometerSample))
    async with module(tmp_path).line:
        await told.until(lambda t: len(t.of(ThermometerSample)) > read)
    assert {s.temperature_c for s in told.of(ThermometerSample)} == {36.5, -12.25, -99.99}
