"""What serial devices say becomes events, while a procedure is open."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dosimetry_core.values import ConnectionState, GenerationMode, MeasurementValidity, Timestamp
from drivers.telemetry import LinkStateChanged, ThermometerSample
from procedure_node.core import Core
from procedure_node.daemon.devices import _sink
from procedure_node.events import ProcedureClosed
from procedure_node.journal import read_entries

NOW = Timestamp(utc=datetime(2026, 3, 2, 8, 0, tzinfo=UTC), monotonic_ns=5, device_time_s=1.5)


def reading(temperature_c: float) -> ThermometerSample:
    return ThermometerSample(
        device="thermometer-1",
        timestamp=NOW,
        generation_mode=GenerationMode.TEST,
        sequence=1,
        channel=1,
        temperature_c=temperature_c,
        validity=MeasurementValidity.VALID,
    )


def lost() -> LinkStateChanged:
    return LinkStateChanged(
        device="thermometer-1",
        timestamp=NOW,
        generation_mode=GenerationMode.TEST,
        role="THERMOMETER",
        state=ConnectionState.DISCONNECTED,
        reason="unplugged",
    )


async def events(core: Core, folder: Path) -> list[Any]:
    """What is journalled of the devices once all that was handed in is on disk."""
    await core.decide(lambda _: ())
    wanted = ("thermometer-reading", "link-changed")
    entries = read_entries(folder / "journal.sqlite")
    return [e.event for e in entries if e.event.payload.kind in wanted]


async def test_readings_are_logged_while_a_procedure_is_open(
    core: Core, tmp_path: Path, story: Any
) -> None:
    take = _sink(core, asyncio.Event(), {})
    take(reading(36.0))
    (opening,) = story.opened().events
    await core.post(opening.payload, originator=opening.originator)
    take(reading(36.5))
    await core.decide(lambda _: ())
    await core.post(ProcedureClosed(outcome="COMPLETED"))
    take(reading(37.0))
    (logged,) = await events(core, tmp_path)
    assert logged.payload.temperature_c == 36.5
    assert (logged.originator.kind, logged.originator.name) == ("DEVICE", "thermometer-1")
    assert (logged.time.utc, logged.time.monotonic_ns, logged.time.device_time_s) == (
        NOW.utc,
        NOW.monotonic_ns,
        NOW.device_time_s,
    )
    assert logged.mode is GenerationMode.TEST


async def test_a_lost_device_is_told_at_any_time_but_while_the_node_stops(
    core: Core, tmp_path: Path
) -> None:
    stop = asyncio.Event()
    take = _sink(core, stop, {})
    take(lost())
    assert [e.payload.state for e in await events(core, tmp_path)] == ["DISCONNECTED"]
    stop.set()
    take(lost())
    assert len(await events(core, tmp_path)) == 1
