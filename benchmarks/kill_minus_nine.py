"""``kill -9`` at any instant: what a subscriber or an operator was told must be in the journal.

Again and again a procedure is opened on one node, telemetry comes twenty times a second, and the
node is killed at a random instant; it is started again, an adverse event is answered and the
procedure is closed, and the node is killed at a random instant of the record's delivery. Then every
reading that a subscriber was told and every command that an operator saw confirmed is looked for in
the journal, the journal is verified, and the EDC is asked how often each record was stored.
"""

import asyncio
import contextlib
import random
import time

from benchmarks.figures import Figure, Outcome
from benchmarks.node import Node, start_node
from benchmarks.room import Room, opened_room
from benchmarks.treatment import page_of
from procedure_node.control import ControlError
from procedure_node.events import AdverseEventPrompted, ProbeReading, ProcedureClosed
from procedure_node.journal import read_entries, verify

PERIOD_S = 0.05
TELEMETRY_S = (0.3, 2.5)
"""When the node is killed after the procedure was opened."""

DELIVERY_S = (0.0, 0.4)
"""When it is killed after it was told to close: the record is delivered within this time."""

WITHIN_S = 90.0
SEED = 11


def run(*, quick: bool) -> Outcome:
    """Measure."""
    return asyncio.run(_measure(1 if quick else 20))


async def _measure(rounds: int) -> Outcome:
    chance = random.Random(SEED)
    confirmed: list[str] = []
    async with opened_room() as room:
        talking = asyncio.create_task(_telemetry(room))
        try:
            node = await start_node(room.installation)
            for number in range(rounds):
                node = await _round(room, node, number, chance, confirmed)
            peak_mb = node.peak_mb
            await node.stop()
        finally:
            talking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await talking
        rows = verify(room.installation.journal)
        lost_readings, told = _readings_lost(room)
        lost_commands = _commands_lost(room, confirmed)
        more_than_once = room.edc.stored_imports - rounds
    return Outcome(
        (
            Figure(
                f"{told} readings told, lost after {2 * rounds} kills",
                "",
                [lost_readings],
                0,
                peak_mb=peak_mb,
            ),
            Figure(f"{len(confirmed)} commands confirmed, lost", "", [lost_commands], 0),
            Figure(f"{rounds} records, stored at the EDC too often", "", [more_than_once], 0),
        ),
        (f"the journal's {rows} rows verify, after {2 * rounds} kills",),
    )


async def _round(
    room: Room, node: Node, number: int, chance: random.Random, confirmed: list[str]
) -> Node:
    """One procedure with two kills; the node that runs at the end."""
    await room.open_procedure(f"1.2.3.4.5.6.{number}")
    await asyncio.sleep(chance.uniform(*TELEMETRY_S))
    await node.kill()
    node = await start_node(room.installation)
    term = f"Round {number}"
    await room.operator("adverse-event", term=term, grade=0)
    confirmed.append(term)
    closing = asyncio.create_task(
        room.operator("close", outcome="COMPLETED", comment=f"round {number}")
    )
    await asyncio.sleep(chance.uniform(*DELIVERY_S))
    await node.kill()
    with contextlib.suppress(ControlError):  # its answer may have died with the node
        await closing
        confirmed.append(f"round {number}")
    node = await start_node(room.installation)
    async with page_of(room) as page:
        state = await page.look()
        if state is not None and not state.is_closed:
            await room.operator("close", outcome="COMPLETED", comment=f"round {number}")
        await page.wait(
            lambda now: bool(now.procedure) and now.procedure["record"]["status"] == "CONFIRMED",
            "the record is confirmed",
            WITHIN_S,
        )
    return node


async def _telemetry(room: Room) -> None:
    began_s = time.monotonic()
    while True:
        room.line.frames.prepare(time.monotonic() - began_s)
        with contextlib.suppress(BlockingIOError):  # nobody reads while the node is down
            room.line.frames.send()
        await asyncio.sleep(PERIOD_S)


def _readings_lost(room: Room) -> tuple[int, int]:
    """Readings that were told and are not in the journal, and all that were told."""
    told = {
        (message.body["procedure"], message.body["sequence"])
        for message in room.heard.received
        if message.topic.endswith("/reading")
    }
    kept = {
        (entry.event.procedure_id, entry.event.payload.sequence)
        for entry in read_entries(room.installation.journal)
        if isinstance(entry.event.payload, ProbeReading)
    }
    return len(told - kept), len(told)


def _commands_lost(room: Room, confirmed: list[str]) -> int:
    """How many commands that the operator saw confirmed are not in the journal."""
    kept: set[str] = set()
    for entry in read_entries(room.installation.journal):
        match entry.event.payload:
            case AdverseEventPrompted(term=text) | ProcedureClosed(comment=text):
                kept.add(text)
            case _:
                pass
    return len(set(confirmed) - kept)
