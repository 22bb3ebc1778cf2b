"""Each fault of the simulated console, as a telemetry link sees it."""

import pytest

from dosimetry_core.values import ConnectionState, GenerationMode, MeasurementValidity
from drivers.telemetry import Gap, LinkStateChanged, ProbeSample, RejectedBytes, ThermometerSample
from simulators.console import ConsoleSettings, ConsoleSimulator, Fault, FaultPlan


def count(told) -> int:
    return len(told.of(ProbeSample))


async def more(told, samples: int = 20) -> None:
    """Wait for some more samples."""
    wanted = count(told) + samples
    await told.until(lambda t: count(t) >= wanted)


def causes(told) -> set[str]:
    return {gap.cause for gap in told.of(Gap)}


def sequences(told) -> list[int]:
    return [s.sequence for s in told.values if isinstance(s, ProbeSample | ThermometerSample)]


@pytest.mark.parametrize("kind", ["split", "noise", "duplicate"])
async def test_a_line_that_is_only_untidy_costs_no_reading(settings: ConsoleSettings, listen, kind):
    async with ConsoleSimulator(settings) as simulator:
        told = listen()
        await more(told)
        simulator.begin_fault(kind, for_s=0.3)
        await more(told, 60)
    assert told.of(Gap) == []
    assert sequences(told) == sorted(set(sequences(told)))
    assert bool(told.of(RejectedBytes)) is (kind != "split")


@pytest.mark.parametrize("kind", ["corrupt", "drop"])
async def test_a_line_that_loses_frames_leaves_counted_gaps(
    settings: ConsoleSettings, listen, kind
):
    async with ConsoleSimulator(settings) as simulator:
        told = listen()
        await more(told)
        simulator.begin_fault(kind, probability=0.3)
        await told.until(lambda t: len(t.of(Gap)) >= 3)
        simulator.end_fault(kind)
        await more(told)
    assert causes(told) == {"LOST_FRAMES"}
    numbers = sequences(told)
    unseen = set(range(numbers[0], numbers[-1])) - set(numbers)
    hellos = len(unseen) - sum(gap.lost_frames or 0 for gap in told.of(Gap))
    assert 0 <= hellos <= 1
    assert bool(told.of(RejectedBytes)) is (kind == "corrupt")


async def test_silence_is_noticed_and_ends(settings: ConsoleSettings, listen):
    async with ConsoleSimulator(settings) as simulator:
        told = listen(silence_s=0.5)
        await more(told)
        simulator.begin_fault("silence")
        await told.until(lambda t: "SILENCE" in causes(t))
        simulator.end_fault("silence")
        await more(told)
    assert "LOST_FRAMES" not in causes(told)


async def test_frames_that_are_held_back_all_come_in_the_end(settings: ConsoleSettings, listen):
    async with ConsoleSimulator(settings) as simulator:
        told = listen(silence_s=0.3)
        await more(told)
        simulator.begin_fault("delay", for_s=0.1, delay_s=0.8)
        await told.until(lambda t: "SILENCE" in causes(t))
        await more(told, 60)
    assert causes(told) == {"SILENCE"}
    assert sequences(told) == sorted(set(sequences(told)))


async def test_a_restart_is_noticed(settings: ConsoleSettings, listen):
    async with ConsoleSimulator(settings) as simulator:
        told = listen()
        await more(told)
        simulator.begin_fault("restart")
        await told.until(lambda t: t.of(Gap))
        await more(told)
    [gap] = told.of(Gap)
    assert gap.reason.startswith("the device started anew: ")


async def test_a_port_that_is_unplugged_comes_back_at_the_same_place(
    settings: ConsoleSettings, listen
):
    plan = FaultPlan((Fault(kind="unplug", at_s=0.5, for_s=0.3),))
    async with ConsoleSimulator(settings, plan):
        told = listen()
        await told.until(lambda t: "LINK_LOST" in causes(t))
        await more(told)
    states = [value.state for value in told.of(LinkStateChanged)]
    lost = states.index(ConnectionState.DISCONNECTED)
    assert ConnectionState.CONNECTED in states[:lost]
    assert ConnectionState.CONNECTED in states[lost:]
    [missing] = [gap for gap in told.of(Gap) if gap.cause == "LOST_FRAMES"]
    assert missing.lost_frames is not None
    assert missing.lost_frames > 0


async def test_a_clock_that_stands_makes_readings_doubtful_until_it_runs(
    settings: ConsoleSettings, listen
):
    def validities(told) -> list[MeasurementValidity]:
        return [sample.validity for sample in told.of(ProbeSample)]

    async with ConsoleSimulator(settings) as simulator:
        told = listen()
        await more(told)
        simulator.begin_fault("freeze-clock")
        await told.until(lambda t: MeasurementValidity.QUESTIONABLE in validities(t))
        simulator.end_fault("freeze-clock")
        await told.until(lambda t: validities(t)[-1] is MeasurementValidity.VALID)
    assert causes(told) == {"DEVICE_CLOCK"}
    assert len(told.of(Gap)) == 1


async def test_what_a_simulator_says_is_refused_where_real_is_expected(
    settings: ConsoleSettings, listen
):
    async with ConsoleSimulator(settings):
        told = listen(expected_mode=GenerationMode.REAL)
        await told.until(lambda t: t.of(RejectedBytes))
    assert told.of(ProbeSample) == []
    assert told.of(RejectedBytes)[0].reason.startswith("marked TEST where REAL is expected")
