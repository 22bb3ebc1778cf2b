"""A Modbus thermometer that is asked, against the simulated one."""

import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dosimetry_core.values import ConnectionState, GenerationMode, MeasurementValidity
from drivers.instruments import Pace, RegisterMap
from drivers.instruments.modbus.frame import sealed
from drivers.telemetry import Gap, LinkStateChanged, ThermometerSample
from simulators.instruments import ModbusSimulator
from tests.drivers.instruments.exchange import Exchange, at
from tests.drivers.instruments.modbus.conftest import UNIT, dialogue
from tests.drivers.instruments.modbus.test_register_map import SMALL
from tests.drivers.instruments.spoiling import Spoil, harm, splits

VALID, INVALID = MeasurementValidity.VALID, MeasurementValidity.INVALID
SENT_C = (36.5, -12.25, 0.0)
READ = {(n + 1, celsius) for n, celsius in enumerate(SENT_C)}


def module(
    link: Path = Path("unused"), mode: GenerationMode = GenerationMode.TEST
) -> ModbusSimulator:
    made = ModbusSimulator(link, unit=UNIT, mode=mode)
    for number, celsius in enumerate(SENT_C):
        made.sensors[number].temperature_c = celsius
    return made


def readings(exchange: Exchange) -> list[tuple[int, float | None]]:
    return [(sample.channel, sample.temperature_c) for sample in exchange.samples]


def test_all_inputs_are_read_at_once() -> None:
    exchange = Exchange(dialogue(), module().answer).run(2.5)
    assert readings(exchange)[:3] == [(1, 36.5), (2, -12.25), (3, 0.0)]
    assert {sample.validity for sample in exchange.samples} == {VALID}
    assert {heard.identity for heard in exchange.heard} == {"ICP DAS tM-TH8 at address 7"}
    assert (exchange.rejected, exchange.missed) == ([], [])


def test_nothing_is_ever_asked_that_changes_anything() -> None:
    exchange = Exchange(dialogue(), module().answer).run(3.0)
    exchange.answer = lambda _: b""
    exchange.run(3.0)
    assert {asked[1] for asked in exchange.asked} == {0x2B, 1, 2, 3, 4}


def test_the_line_is_quiet_between_an_answer_and_the_next_question() -> None:
    made = dialogue(pace=Pace(gap_s=0.05))
    made.begin()
    asked = made.turn(at(0.0)).send
    made.feed(module().answer(asked), at(0.02))
    turn = made.turn(at(0.02))
    assert (turn.send, turn.due_ns) == (b"", 70_000_000)
    assert made.turn(at(0.07)).send != b""


@pytest.mark.parametrize("celsius", [-60.0, 160.0, None])
def test_open_over_and_under_are_never_numbers(celsius: float | None) -> None:
    simulated = module()
    if celsius is None:
        simulated.sensors[1].state = "OPEN"
    else:
        simulated.sensors[1].temperature_c = celsius
    samples = Exchange(dialogue(), simulated.answer).run(0.5).samples
    assert [s.validity for s in samples] == [VALID, INVALID, VALID]
    assert samples[1].temperature_c is None
    assert samples[1].reason == (
        "the instrument says that this input is over or under its range, or its wire is open"
    )


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (9.0, "over the range of T (400 C)"),
        (-9.0, "under the range of T (-200 C)"),
        (400.5, "the instrument gives 400.5 C, which T cannot read"),
        (float("nan"), "the instrument gives nan C, which T cannot read"),
    ],
)
def test_without_a_status_the_numbers_themselves_tell(number: float, reason: str) -> None:
    def answer(asked: bytes) -> bytes:
        if asked[1] == 0x2B:
            return sealed(bytes((UNIT, 0xAB, 1)))
        if asked[3] == 8:
            return sealed(bytes((UNIT, 3, 4, 0, 10, 0, 10)))
        return sealed(bytes((UNIT, 3, 8)) + struct.pack(">2f", 36.5, number))

    made = dialogue(RegisterMap.model_validate(SMALL), inputs=(0, 1), type_code="A")
    good, bad = Exchange(made, answer).run(0.5).samples
    assert (good.temperature_c, good.validity) == (36.5, VALID)
    assert (bad.temperature_c, bad.validity) == (None, INVALID)
    assert bad.reason.startswith(reason)


def test_a_module_set_up_otherwise_gives_no_reading_and_says_why() -> None:
    for address, why in ((266, "set it to Celsius"), (268, "set it to engineering")):
        simulated = module()
        simulated.coils[address] = 0
        exchange = Exchange(dialogue(), simulated.answer).run(3.0)
        assert exchange.samples == []
        (reason,) = exchange.reasons
        assert why in reason


def test_an_input_of_another_type_gives_no_reading() -> None:
    simulated = module()
    simulated.type_codes[2] = 0x60
    exchange = Exchange(dialogue(), simulated.answer).run(3.0)
    assert exchange.samples == []
    assert "input 2 is set to type 60, and the settings say 70" in exchange.reasons.pop()


def test_a_module_that_ignores_who_made_it_is_read_all_the_same() -> None:
    simulated = module()

    def answer(asked: bytes) -> bytes:
        return b"" if asked[1] == 0x2B else simulated.answer(asked)

    real = dialogue(mode=GenerationMode.REAL)
    samples = Exchange(real, answer).run(4.0).samples
    assert {s.generation_mode for s in samples} == {GenerationMode.REAL}


def test_a_simulated_module_gives_no_reading_where_patients_are_treated() -> None:
    exchange = Exchange(dialogue(mode=GenerationMode.REAL), module().answer).run(3.0)
    assert exchange.samples == []
    assert exchange.reasons == {"the instrument calls itself 'SIMTEST': it is simulated, not REAL"}


def test_a_simulated_modules_mark_goes_on_its_readings() -> None:
    exchange = Exchange(dialogue(), module(mode=GenerationMode.DEMO).answer).run(0.5)
    assert {s.generation_mode for s in exchange.samples} == {GenerationMode.DEMO}


def test_a_module_that_refuses_says_why() -> None:
    exchange = Exchange(dialogue(), lambda asked: sealed(bytes((UNIT, asked[1] | 0x80, 2))))
    assert exchange.run(3.0).samples == []
    assert exchange.reasons == {"the instrument refuses function 1: it has no such register"}


def test_silence_is_told_with_what_to_look_at() -> None:
    exchange = Exchange(dialogue(), lambda _: b"").run(3.0)
    assert exchange.samples == []
    assert {missed.reason for missed in exchange.missed} == {
        "no answer to function 1 at 266 (1) within 0.5 s"
    }
    assert "its address is 7" in exchange.dialogue.advice


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(harm, splits), max_size=12))
def test_on_a_bad_line_no_reading_appears_that_was_not_sent(spoils: list[Spoil]) -> None:
    """The CRC finds every change of one byte, and whatever is missing."""
    waiting = iter(spoils)

    def spoil(said: bytes) -> tuple[bytes, ...]:
        return next(waiting, lambda s: (s,))(said)

    exchange = Exchange(dialogue(), module().answer, spoil).run(20.0)
    assert set(readings(exchange)) == READ
    assert set(readings(exchange)[-3:]) == READ


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=480), st.binary(max_size=100))
def test_noise_around_an_answer_does_not_lose_it(before: bytes, after: bytes) -> None:
    exchange = Exchange(dialogue(), module().answer).run(1.5)
    exchange.spoil = lambda said: (before + said, after)
    count = len(exchange.samples)
    exchange.run(1.0)
    assert len(exchange.samples) == count + 3


def test_ten_megabytes_of_noise_are_held_in_bounded_memory_and_then_an_answer_is_read() -> None:
    Exchange(dialogue(), module().answer).outlives_noise()


async def test_a_module_on_a_port_is_read_lost_and_read_again(listen, told, tmp_path: Path) -> None:
    port = tmp_path / "modbus"
    async with module(port).line:
        await listen(dialogue(pace=Pace(poll_s=0.02, answer_s=0.5)), port)
        await told.until(lambda t: len(t.of(ThermometerSample)) >= 6)
        assert told.of(LinkStateChanged)[-1].state is ConnectionState.CONNECTED
    await told.until(lambda t: t.of(LinkStateChanged)[-1].state is ConnectionState.DISCONNECTED)
    assert told.of(Gap)[-1].cause == "LINK_LOST"
    read = len(told.of(ThermometerSample))
    async with module(port).line:
        await told.until(lambda t: len(t.of(ThermometerSample)) > read)
    assert {(s.channel, s.temperature_c) for s in told.of(ThermometerSample)} == READ
