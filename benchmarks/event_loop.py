"""For how long the daemon's event loop is blocked while it works, and when a procedure closes.

The node runs with a watch on its loop. Telemetry comes twenty times a second, scans of
512 x 512 x 100 voxels are received and worked up, commands are given, and at the end the procedure
is closed and its record goes to the EDC. What happened before READY counts for nothing.
"""

import asyncio
import contextlib
import json
import time
from pathlib import Path

from benchmarks.figures import Figure, Outcome
from benchmarks.node import running_node
from benchmarks.patient import large_patient
from benchmarks.room import Room, opened_room
from benchmarks.treatment import begin_treatment, page_of

BUDGET_MS = 20.0
PERIOD_S = 0.05
WITHIN_S = 120.0
SHOWN = 5
_WHY_LATE = (
    "a timer also comes late when other threads hold the interpreter lock and when other programs "
    "have the CPUs; CPU time is the callback's own"
)


def run(*, quick: bool) -> Outcome:
    """Measure."""
    return asyncio.run(_measure(1 if quick else 6, quick=quick))


async def _measure(scans: int, *, quick: bool) -> Outcome:
    async with opened_room() as room:
        seen = room.installation.root / "loop.json"
        patient = await asyncio.to_thread(large_patient, quick=quick)
        identity = patient.identity(room.installation.run_seed)
        files = room.installation.root / "scans"
        scan = await asyncio.to_thread(patient.write, identity, 0, files / "0")
        async with running_node(room.installation, watch=str(seen)) as node, page_of(room) as page:
            ready_s = time.time()
            talking = asyncio.create_task(_telemetry(room))
            await begin_treatment(room, patient, identity, scan)
            for number in range(1, scans + 1):
                copy = await asyncio.to_thread(
                    patient.copy, scan, identity, number, files / str(number)
                )
                await room.pacs.add_series(copy.files)
                label = patient.label(number)
                await page.wait(
                    lambda now, label=label: now.analysed(label), f"{label} is worked up", WITHIN_S
                )
            closing_s = time.time()
            await room.operator("close", outcome="COMPLETED")
            await page.wait(
                lambda now: (
                    bool(now.procedure) and now.procedure["record"]["status"] == "CONFIRMED"
                ),
                "the record is confirmed",
                WITHIN_S,
            )
            peak_mb = node.peak_mb
            talking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await talking
            stopping_s = time.time()
        return _outcome(seen, ready_s, closing_s, stopping_s, peak_mb)


async def _telemetry(room: Room) -> None:
    began_s = time.monotonic()
    while True:
        room.line.frames.prepare(time.monotonic() - began_s)
        room.line.frames.send()
        await asyncio.sleep(PERIOD_S)


def _outcome(
    seen: Path, ready_s: float, closing_s: float, stopping_s: float, peak_mb: float
) -> Outcome:
    watched = json.loads(seen.read_text(encoding="utf-8"))
    callbacks = [one for one in watched["callbacks"] if ready_s < one[0] < stopping_s]
    working = [one for one in callbacks if one[0] < closing_s]
    at_closing = [one for one in callbacks if one[0] >= closing_s]
    late = [ms for at_s, ms in watched["late"] if ready_s < at_s < stopping_s]
    slowest = [
        f"{what} {cpu_ms:.0f} ms (of {wall_ms:.0f} ms)"
        for _, wall_ms, cpu_ms, what in sorted(callbacks, key=lambda one: -one[2])[:SHOWN]
    ]
    return Outcome(
        (
            Figure(
                "longest callbacks, while scans are worked up",
                "ms",
                [one[1] for one in working],
                BUDGET_MS,
                "max",
                peak_mb=peak_mb,
            ),
            Figure("  CPU of the same", "ms", [one[2] for one in working], BUDGET_MS, "max"),
            Figure(
                "longest callbacks, at closing",
                "ms",
                [one[1] for one in at_closing],
                BUDGET_MS,
                "max",
            ),
            Figure("  CPU of the same", "ms", [one[2] for one in at_closing], BUDGET_MS, "max"),
            Figure("a timer of every 5 ms comes late by", "ms", late),
        ),
        (
            "the longest 2000 callbacks and the latest 2000 turns of the timer count",
            _WHY_LATE,
            f"most CPU: {'; '.join(slowest)}",
        ),
    )
