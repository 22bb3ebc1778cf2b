import asyncio
import contextlib
import json
import os
import sys
from itertools import groupby
from pathlib import Path

import pytest

from dosimetry_core.values import GenerationMode
from drivers.telemetry import Decoder, ProbeFrame, ProbeSample, ThermometerSample
from simulators.console import ConsoleSettings, ConsoleSimulator, PlanError, Step
from simulators.console.pseudo_terminal import UNREAD_LIMIT_BYTES, PseudoTerminal

PATIENCE_S = 20.0

READER = Path(__file__).with_name("third_party_reader.py")


def coldest(told, probe: int) -> float:
    return min((s.tip_temperature_c for s in told.of(ProbeSample) if s.probe == probe), default=99)


async def test_a_third_partys_reader_understands_it(settings: ConsoleSettings):
    async with ConsoleSimulator(settings) as simulator:
        simulator.freeze(1, power_percent=80)
        reader = await asyncio.create_subprocess_exec(
            sys.executable, str(READER), str(settings.link), "60", stdout=asyncio.subprocess.PIPE
        )
        output, _ = await asyncio.wait_for(reader.communicate(), 30)
        true_c = simulator.device.probes[1].tip_c
    assert reader.returncode == 0
    frames = [json.loads(line) for line in output.splitlines()]
    numbers = [frame["sequence"] for frame in frames]
    assert numbers == list(range(numbers[0], numbers[0] + 60))
    assert {frame["generation_mode"] for frame in frames} == {"TEST"}
    assert {frame["kind"] for frame in frames} >= {"PROBE", "THERM"}
    seconds = [frame["seconds"] for frame in frames]
    assert seconds == sorted(seconds)
    frozen = [frame for frame in frames if frame.get("probe") == "1"]
    assert {(frame["mode"], frame["power"], frame["sensor"]) for frame in frozen} == {
        ("FREEZE", "80", "OK")
    }
    assert float(frozen[-1]["tip_c"]) >= true_c - 1.0
    assert float(frozen[-1]["tip_c"]) < 0
    other = [float(frame["tip_c"]) for frame in frames if frame.get("probe") == "2"]
    assert other == pytest.approx([36.5] * len(other), abs=1.5)


async def test_the_operator_freezes_thaws_and_heats(settings: ConsoleSettings, listen):
    async with ConsoleSimulator(settings) as simulator:
        told = listen()
        simulator.freeze(1)
        await told.until(lambda t: coldest(t, 1) < -135)
        simulator.thaw(1)
        await told.until(lambda t: t.of(ProbeSample)[-2].mode == "THAW")
        await told.until(lambda t: -10 < t.of(ProbeSample)[-2].tip_temperature_c < 0)
        simulator.heat(1)
        await told.until(lambda t: t.of(ProbeSample)[-2].tip_temperature_c > 40)
        simulator.off()
        await told.until(lambda t: t.of(ProbeSample)[-2].mode == "OFF")
    frozen = [s for s in told.of(ProbeSample) if s.probe == 1 and s.mode == "FREEZE"]
    pressures = [s.gas_pressure_kpa for s in frozen if s.gas_pressure_kpa is not None]
    assert pressures == sorted(pressures, reverse=True)
    assert pressures[0] > pressures[-1]
    assert {s.generation_mode for s in told.of(ProbeSample)} == {GenerationMode.TEST}
    assert coldest(told, 2) > 30
    assert min(s.temperature_c for s in told.of(ThermometerSample) if s.temperature_c) < 36


async def test_a_script_does_what_an_operator_does(settings: ConsoleSettings, listen):
    script = (
        Step(at_s=0.0, do="stick"),
        Step(at_s=0.2, do="freeze", probe=2, power_percent=50),
        Step(at_s=0.1, do="sensor", probe=1, status="OPEN"),
        Step(at_s=0.1, do="sensor", channel=1, status="OVER"),
        Step(at_s=0.4, do="thaw", probe=2),
        Step(at_s=0.6, do="heat", probe=2),
        Step(at_s=0.8, do="test", probe=2),
        Step(at_s=0.8, do="sensor", channel=1, status="OK"),
        Step(at_s=0.8, do="cooling", channel=1, cooling_c=100.0),
        Step(at_s=1.0, do="off"),
    )
    async with ConsoleSimulator(settings, script=script) as simulator:
        told = listen()
        await told.until(lambda t: any(s.mode == "TEST" for s in t.of(ProbeSample)))
        await told.until(lambda t: t.of(ProbeSample)[-1].mode == "OFF")
        assert simulator.device.organs[1].cooling_c == 100.0
    heard = [(s.mode, s.power_percent) for s in told.of(ProbeSample) if s.probe == 2]
    changes = [mode for mode, _ in groupby(heard)]
    assert changes[-5:] == [("FREEZE", 50), ("THAW", 0), ("HEAT", 100), ("TEST", 100), ("OFF", 0)]
    assert "the sensor's wire is open" in {s.reason for s in told.of(ProbeSample) if s.probe == 1}
    assert "the temperature is over the sensor's range" in {
        s.reason for s in told.of(ThermometerSample)
    }


async def test_what_is_not_there_cannot_be_commanded(settings: ConsoleSettings):
    async with ConsoleSimulator(settings) as simulator:
        with pytest.raises(ValueError, match=r"there is no probe 3: there are \[1, 2\]"):
            simulator.freeze(3)
    with pytest.raises(PlanError, match=r"at 1\.0 s: there is no probe 9"):
        ConsoleSimulator(settings, script=(Step(at_s=1.0, do="freeze", probe=9),))
    with pytest.raises(PlanError, match=r"at 1\.0 s: there is no thermometer channel 2"):
        ConsoleSimulator(settings, script=(Step(at_s=1.0, do="cooling", channel=2),))


async def test_the_port_is_gone_when_the_simulator_is(settings: ConsoleSettings):
    async with ConsoleSimulator(settings):
        assert settings.link.is_symlink()
    assert not settings.link.is_symlink()


async def test_a_file_in_the_place_of_the_port_is_left_alone(settings: ConsoleSettings):
    settings.link.write_text("mine")
    with pytest.raises(FileExistsError, match="choose another"):
        await ConsoleSimulator(settings).__aenter__()
    assert settings.link.read_text() == "mine"


async def test_data_of_a_simulator_is_never_real(tmp_path: Path):
    with pytest.raises(ValueError, match="cannot say REAL"):
        ConsoleSettings(link=tmp_path / "console", generation_mode=GenerationMode.REAL)


async def test_a_port_that_nobody_reads_holds_no_old_news(
    settings: ConsoleSettings, monkeypatch: pytest.MonkeyPatch
):
    discarded = asyncio.Event()
    discard = PseudoTerminal.discard_unread

    def told(port: PseudoTerminal) -> None:
        discard(port)
        discarded.set()

    monkeypatch.setattr(PseudoTerminal, "discard_unread", told)
    frames: list[object] = []
    async with ConsoleSimulator(settings), asyncio.timeout(PATIENCE_S):
        port = os.open(settings.link, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
        arrived = asyncio.Event()
        asyncio.get_running_loop().add_reader(port, arrived.set)
        try:
            await discarded.wait()
            decoder = Decoder()
            while not any(isinstance(frame, ProbeFrame) for frame in frames):
                arrived.clear()
                await arrived.wait()
                with contextlib.suppress(BlockingIOError):
                    frames += decoder.feed(os.read(port, 4096))
        finally:
            asyncio.get_running_loop().remove_reader(port)
            os.close(port)
    oldest = next(frame for frame in frames if isinstance(frame, ProbeFrame))
    longest_frame_bytes = 100
    assert oldest.sequence >= UNREAD_LIMIT_BYTES // longest_frame_bytes, "what waited is gone"
