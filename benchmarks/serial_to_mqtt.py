"""From a frame written on the console's serial line to its reading at an MQTT subscriber.

Once while nothing else happens, once while scans of 512 x 512 x 100 voxels are received and worked
up, one after the other. A bridge that does nothing but carry lines runs beside the node, and its
line is written in turn with the node's.
"""

import asyncio
import contextlib
import json
import subprocess
import sys
from collections.abc import AsyncGenerator
from itertools import count
from pathlib import Path

from benchmarks.figures import Figure, Outcome, Peer
from benchmarks.node import running_node
from benchmarks.patient import LargePatient, large_patient
from benchmarks.room import PROBES, Room, SerialLine, opened_room
from benchmarks.subscriber import Received
from benchmarks.treatment import begin_treatment, page_of
from simulators.phantom import StudyIdentity, WrittenSeries

BUDGET_MS = 50.0
PERIOD_S = 0.05
"""Twenty frames a second: a console with eight probes that speaks a little faster than it must."""

WARM_UP = 20
"""Frames before those that count."""

WITHIN_S = 120.0
BRIDGE_TOPIC = "benchmark/bridge"


def run(*, quick: bool) -> Outcome:
    """Measure."""
    return asyncio.run(_measure(20 if quick else 2000, quick=quick))


async def _measure(frames: int, *, quick: bool) -> Outcome:
    async with opened_room() as room, running_node(room.installation) as node:
        patient = await asyncio.to_thread(large_patient, quick=quick)
        identity = patient.identity(room.installation.run_seed)
        scan = await asyncio.to_thread(
            patient.write, identity, 0, room.installation.root / "scans" / "0"
        )
        await begin_treatment(room, patient, identity, scan)
        for probe in range(1, 1 + PROBES):
            tip = {"tip_mm": [-107.4, 20.9 + probe, -270.0]}
            await room.operator("assign-probe", device="console-1", probe=probe, lesion="L2", **tip)
        port = room.installation.root / "dev" / "bridge"
        other = SerialLine(port)
        try:
            async with _bridge(room, port):
                idle = await _frames(room, other, frames, 1)
                measuring = asyncio.create_task(_frames(room, other, frames, 1 + WARM_UP + frames))
                scans = 0
                async with contextlib.aclosing(_scans(room, patient, identity, scan)) as worked_up:
                    async for _ in worked_up:
                        scans += 1
                        if measuring.done():
                            break
                busy = await measuring
        finally:
            other.close()
        peak_mb = node.peak_mb
    return Outcome(
        (
            *_figures("idle", *idle, peak_mb=peak_mb),
            *_figures("while scans are received and worked up", *busy),
        ),
        (f"{scans} scans of {len(patient.template)} images came meanwhile, with frozen probes",),
    )


def _figures(
    when: str, ours: list[float], bridge: list[float], peak_mb: float | None = None
) -> list[Figure]:
    peer = Peer("plain bridge", bridge)
    return [
        Figure(f"a reading, {when}", "ms", ours, BUDGET_MS, "p99", peer, peak_mb),
        Figure("  the plain bridge beside it", "ms", bridge),
    ]


async def _frames(
    room: Room, other: SerialLine, frames: int, first: int
) -> tuple[list[float], list[float]]:
    """Write frames on both lines in turn; their latencies, ms: the node's and the bridge's.

    Args:
        room: what is around the node.
        other: the bridge's line.
        frames: how many on each line shall count.
        first: sequence number of the first frame on each line.
    """
    heard_before = len(room.heard.received)
    ends = (room.line.device_end, other.device_end)
    writer = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.frame_writer"),
        *(str(WARM_UP + frames), str(PERIOD_S), str(first), *map(str, ends)),
        pass_fds=ends,
        stdout=subprocess.PIPE,
    )
    told, _ = await writer.communicate()
    written = {
        (name, sequence): at_s
        for name, line in zip(("node", "bridge"), json.loads(told), strict=True)
        for sequence, at_s in line[WARM_UP:]
    }
    arrived: dict[tuple[str, int], float] = {}
    async with asyncio.timeout(WITHIN_S):
        async for message in room.heard.messages(heard_before):
            key = _told(message)
            if key in written:
                arrived.setdefault(key, message.at_s)
            if len(arrived) == len(written):
                break
    latencies: dict[str, list[float]] = {"node": [], "bridge": []}
    for key, at_s in written.items():
        latencies[key[0]].append((arrived[key] - at_s) * 1000)
    return latencies["node"], latencies["bridge"]


def _told(message: Received) -> tuple[str, int] | None:
    """Which line a message came by, and its frame's sequence number; None for other messages."""
    if message.topic == BRIDGE_TOPIC:
        return "bridge", int(message.body["line"].split(",")[2])
    if message.topic.endswith("/reading"):
        return "node", message.body["sequence"]
    return None


@contextlib.asynccontextmanager
async def _bridge(room: Room, port: Path) -> AsyncGenerator[None]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.plain_bridge", str(port)),
        *(str(room.installation.ports.broker), BRIDGE_TOPIC),
    )
    try:
        yield
    finally:
        process.kill()
        await process.wait()


async def _scans(
    room: Room, patient: LargePatient, identity: StudyIdentity, scan: WrittenSeries
) -> AsyncGenerator[None]:
    """One scan after the other, for as long as it is iterated: yields when each is worked up."""
    async with page_of(room) as page:
        for number in count(1000):
            directory = room.installation.root / "copies" / str(number)
            copy = await asyncio.to_thread(patient.copy, scan, identity, number, directory)
            label = patient.label(number)
            await room.pacs.add_series(copy.files)
            await page.wait(
                lambda now, label=label: now.analysed(label), f"{label} is worked up", WITHIN_S
            )
            yield
