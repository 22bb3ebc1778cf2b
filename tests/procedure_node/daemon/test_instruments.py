"""Simulated instruments, through the daemon's own device layer, into the journal and the state."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from dosimetry_core.values import GenerationMode, MeasurementValidity
from procedure_node.core import Core
from procedure_node.daemon.devices import telemetry_link
from procedure_node.journal import read_entries
from procedure_node.settings import SerialSettings
from procedure_node.state import NodeState
from simulators.instruments import (
    Adam4000Simulator,
    Center309Simulator,
    LineConsoleSimulator,
    ModbusSimulator,
)

CONFIG = Path(__file__).parents[3] / "config"
PATIENCE_S = 20.0
Simulated = tuple[AbstractAsyncContextManager[Any], dict[str, Any]]


def adam4000(port: Path) -> Simulated:
    module = Adam4000Simulator(port, checksum=True, mode=GenerationMode.TEST)
    module.sensors[1].state = "OPEN"
    channels = [
        {"input": n, "channel": n + 1, "range_code": "10", "measures": "TISSUE"} for n in (0, 1)
    ]
    table = {"model": "ADAM-4018+", "address": "01", "checksum": True, "channels": channels}
    return module.line, {"adam4000": {**table, "poll_s": 0.02}}


def center309(port: Path) -> Simulated:
    thermometer = Center309Simulator(port, mode=GenerationMode.TEST)
    thermometer.sensors[1].state = "OPEN"
    channels = [{"input": n, "channel": n, "measures": "TISSUE"} for n in (1, 2)]
    return thermometer.line, {"center309": {"channels": channels, "poll_s": 0.02}}


def lines(port: Path) -> Simulated:
    profile = CONFIG / "profiles" / "example-console.toml"
    console = LineConsoleSimulator(port, profile, mode=GenerationMode.TEST, period_s=0.02)
    console.sensors[1].state = "OPEN"
    return console.line, {"line_profile": {"file": str(profile)}}


def modbus(port: Path) -> Simulated:
    module = ModbusSimulator(port, mode=GenerationMode.TEST)
    module.sensors[1].state = "OPEN"
    channels = [
        {"input": n, "channel": n + 1, "type_code": "70", "measures": "ORGAN"} for n in (0, 1)
    ]
    registers = CONFIG / "modbus_maps" / "icpdas-tm-th8.toml"
    table = {"map": str(registers), "unit": 1, "channels": channels}
    return module.line, {"modbus": {**table, "poll_s": 0.05}}


INSTRUMENTS: dict[str, Callable[[Path], Simulated]] = {
    "adam4000": adam4000,
    "center309": center309,
    "lines": lines,
    "modbus": modbus,
}


def settings_of(port: Path, table: dict[str, Any]) -> SerialSettings:
    general = {"name": "organs", "role": "THERMOMETER", "path": str(port), "baudrate": 9600}
    return SerialSettings.model_validate({**general, **table})


@pytest.mark.parametrize("kind", INSTRUMENTS)
async def test_an_instruments_readings_reach_state_and_journal(
    kind: str, core: Core, tmp_path: Path, story: Any
) -> None:
    line, table = INSTRUMENTS[kind](tmp_path / "port")
    (opening,) = story.opened().events
    await core.post(opening.payload, originator=opening.originator)
    settings = settings_of(tmp_path / "port", table)
    stop = asyncio.Event()
    link = telemetry_link(settings, tmp_path / "quarantine", core, stop, GenerationMode.TEST)

    def both_are_read(state: NodeState) -> bool:
        procedure = state.procedure
        return procedure is not None and {"organs/1", "organs/2"} <= procedure.sensors.keys()

    async with line:
        listening = asyncio.create_task(link.run())
        async with asyncio.timeout(PATIENCE_S):
            state = await core.wait_for(both_are_read)
        stop.set()
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)

    assert state.procedure is not None
    whole, broken = (state.procedure.sensors[key].last for key in ("organs/1", "organs/2"))
    assert whole is not None
    assert broken is not None
    assert (whole.temperature_c, whole.validity) == (36.5, MeasurementValidity.VALID)
    assert (broken.temperature_c, broken.validity) == (None, MeasurementValidity.INVALID)
    assert broken.reason != ""
    readings = [
        entry.event
        for entry in read_entries(tmp_path / "journal.sqlite")
        if entry.event.payload.kind == "thermometer-reading"
    ]
    assert {event.mode for event in readings} == {GenerationMode.TEST}
    assert {event.originator.name for event in readings} == {"organs"}


async def test_what_a_thermometer_at_a_tip_reads_is_of_its_probe(
    core: Core, tmp_path: Path, story: Any
) -> None:
    port = tmp_path / "port"
    module = Adam4000Simulator(
        port, kind="4015", checksum=True, type_code="24", mode=GenerationMode.TEST
    )
    channel = {"input": 0, "channel": 1, "range_code": "24", "measures": "PROBE_TIP", "probe": 2}
    table = {"model": "ADAM-4015", "address": "01", "checksum": True, "channels": [channel]}
    (opening,) = story.opened().events
    await core.post(opening.payload, originator=opening.originator)
    stop = asyncio.Event()
    settings = settings_of(port, {"adam4000": {**table, "poll_s": 0.02}})
    link = telemetry_link(settings, tmp_path / "quarantine", core, stop, GenerationMode.TEST)

    def reads(temperature_c: float) -> Callable[[NodeState], bool]:
        def shown(state: NodeState) -> bool:
            probe = state.procedure.probes.get("organs/2") if state.procedure else None
            last = probe.last if probe else None
            return last is not None and last.tip_temperature_c == temperature_c

        return shown

    async with module.line:
        listening = asyncio.create_task(link.run())
        async with asyncio.timeout(PATIENCE_S):
            await core.wait_for(reads(36.5))
            module.sensors[0].temperature_c = -140.0
            state = await core.wait_for(reads(-140.0))
        stop.set()
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
    assert state.procedure is not None
    assert state.procedure.sensors == {}
    probe = state.procedure.probes["organs/2"]
    assert probe.last is not None
    assert (probe.last.mode, probe.last.power_percent, probe.last.validity) == (None, None, "VALID")


@pytest.mark.parametrize("kind", INSTRUMENTS)
async def test_a_simulated_instrument_is_not_listened_to_where_patients_are_treated(
    kind: str, core: Core, tmp_path: Path, story: Any
) -> None:
    line, table = INSTRUMENTS[kind](tmp_path / "port")
    (opening,) = story.opened().events
    await core.post(opening.payload, originator=opening.originator)
    settings = settings_of(tmp_path / "port", {**table, "silence_s": 0.6})
    stop = asyncio.Event()
    link = telemetry_link(settings, tmp_path / "quarantine", core, stop, GenerationMode.REAL)

    def refused(state: NodeState) -> bool:
        link_state = state.links.get("organs")
        return link_state is not None and "it is simulated, not REAL" in link_state.reason

    async with line:
        listening = asyncio.create_task(link.run())
        async with asyncio.timeout(PATIENCE_S):
            state = await core.wait_for(refused)
        stop.set()
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
    assert state.procedure is not None
    assert state.procedure.sensors == {}
