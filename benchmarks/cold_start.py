"""From the start of the process to READY=1, compiled kernels in their cache.

With an empty journal, and with journals of 20,000 and 200,000 events of a procedure that is still
open: an hour has about 20,000 (four probes and two thermometers, one reading a second each).
"""

import asyncio
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

from benchmarks.figures import Figure, Outcome, Peer
from benchmarks.node import start_node
from benchmarks.room import Room, opened_room
from dosimetry_core.values import GenerationMode, MeasurementValidity
from procedure_node.events import (
    AnyPayload,
    Event,
    EventTime,
    NodeStarted,
    Originator,
    ProbeReading,
    ProcedureOpened,
    ThermometerReading,
)
from procedure_node.journal import Journal, NewEntry
from procedure_node.protocol import load_protocol_named, protocol_sha256
from simulators.suite.installation import PROTOCOL

BUDGET_S = 3.0
JOURNALS = (20_000, 200_000)
QUICK_JOURNALS = (2_000,)
PROBES, CHANNELS = 4, 2
BATCH = 2_000

_LIBRARIES = "import asyncio, numba, numpy, pydantic, pydicom, pynetdicom, scipy, uvicorn"


def run(*, quick: bool) -> Outcome:
    """Measure."""
    return asyncio.run(_measure(QUICK_JOURNALS if quick else JOURNALS, 2 if quick else 7))


async def _measure(journals: tuple[int, ...], repeats: int) -> Outcome:
    async with opened_room() as room:
        await _starts(room, 1)
        empty, peak_mb = await _starts(room, repeats)
        libraries = await asyncio.to_thread(_imports, repeats)
    figures = [
        Figure(
            "start -> READY, an empty journal",
            "s",
            empty,
            BUDGET_S,
            peer=Peer("importing the libraries", libraries),
            peak_mb=peak_mb,
        )
    ]
    for count in journals:
        async with opened_room() as room:
            await _fill(room, count)
            spent, peak_mb = await _starts(room, 1 if repeats < 3 else 3)
            figures.append(
                Figure(
                    f"start -> READY, {count} events of an open procedure",
                    "s",
                    spent,
                    BUDGET_S,
                    peak_mb=peak_mb,
                )
            )
    return Outcome(tuple(figures))


async def _starts(room: Room, repeats: int) -> tuple[list[float], float]:
    spent: list[float] = []
    peak_mb = 0.0
    for _ in range(repeats):
        node = await start_node(room.installation)
        spent.append(node.start_s)
        peak_mb = max(peak_mb, node.peak_mb)
        await node.stop()
    return spent, peak_mb


def _imports(repeats: int) -> list[float]:
    """An interpreter that does nothing but import what the node stands on."""
    spent: list[float] = []
    for _ in range(repeats):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", _LIBRARIES], check=True)
        spent.append(time.perf_counter() - began)
    return spent


async def _fill(room: Room, count: int) -> None:
    """Write the journal of a procedure up to now: one round of readings a second."""
    now = datetime.now(UTC)
    protocol = load_protocol_named(room.installation.root / "protocols", PROTOCOL)
    opened = ProcedureOpened(
        procedure_id="P20260101-bench0",
        subject="DEMO-001",
        study_uid="1.2.3.4.5.6.7",
        arm="STRATEGY",
        protocol=protocol,
        protocol_sha256=protocol_sha256(protocol),
    )
    started = NodeStarted(
        session=1, software_version="benchmark", room="BENCH", settings_sha256="0" * 64
    )
    rounds = (count - 2) // (PROBES + CHANNELS)
    begin = now - timedelta(seconds=rounds + 1)
    entries = [_entry(started, begin, None), _entry(opened, begin, opened.procedure_id)]
    journal = Journal.open(room.installation.journal)
    try:
        for second in range(rounds):
            at = begin + timedelta(seconds=second + 1)
            entries += [_entry(one, at, opened.procedure_id) for one in _readings(second)]
            if len(entries) >= BATCH:
                await journal.append(entries)
                entries = []
        await journal.append(entries)
    finally:
        await journal.close()


def _readings(second: int) -> list[AnyPayload]:
    """What all devices say in one second: twenty minutes of freezing, ten of thawing, again."""
    freezes = second % 1800 < 1200
    probes: list[AnyPayload] = [
        ProbeReading(
            device="console-1",
            sequence=second * PROBES % 1_000_000,
            probe=1 + number,
            mode="FREEZE" if freezes else "THAW",
            power_percent=100.0 if freezes else 0.0,
            tip_temperature_c=-120.0 + second % 7 if freezes else 5.0 + second % 7,
            gas_pressure_kpa=24_000.0,
            validity=MeasurementValidity.VALID,
        )
        for number in range(PROBES)
    ]
    channels: list[AnyPayload] = [
        ThermometerReading(
            device="thermometer-1",
            sequence=second * CHANNELS % 1_000_000,
            channel=1 + number,
            temperature_c=36.5,
            validity=MeasurementValidity.VALID,
        )
        for number in range(CHANNELS)
    ]
    return [*probes, *channels]


def _entry(payload: AnyPayload, at: datetime, procedure_id: str | None) -> NewEntry:
    return NewEntry(
        Event(
            time=EventTime(utc=at, monotonic_ns=int(at.timestamp() * 1e9)),
            originator=Originator(kind="SYSTEM", name="procedure-node"),
            mode=GenerationMode.DEMO,
            procedure_id=procedure_id,
            payload=payload,
        )
    )
