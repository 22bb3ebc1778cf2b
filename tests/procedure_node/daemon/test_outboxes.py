"""The journal's outbox as each sink sees it: what was promised survives a restart."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dosimetry_core.values import GenerationMode, Modality
from procedure_node.core import Core, person
from procedure_node.daemon.node import recovered_state
from procedure_node.daemon.outboxes import EdcOutbox, MqttOutbox, heartbeat_items, outbox_items
from procedure_node.events import (
    NodeStarted,
    ProcedureClosed,
    ProcedureOpened,
    RecordConfirmed,
    RecordQueued,
    RecordRejected,
    TargetAllocated,
)
from procedure_node.journal import Journal, read_entries
from procedure_node.protocol import TrialProtocol

STARTED = NodeStarted(session=1, software_version="0.1", room="CT1", settings_sha256="0" * 64)
CLOSED = ProcedureClosed(outcome="COMPLETED")


class Node:
    """A core on a journal, with the outboxes of both sinks."""

    def __init__(self, journal: Journal) -> None:
        self.core = Core(
            journal, recovered_state(journal), mode=GenerationMode.DEMO, project=outbox_items
        )
        self.journal = journal
        self.mqtt = MqttOutbox(journal)
        self.edc = EdcOutbox(journal, self.core)


@asynccontextmanager
async def node(folder: Path) -> AsyncIterator[Node]:
    journal = Journal.open(folder / "journal.sqlite")
    made = Node(journal)
    running = asyncio.create_task(made.core.run())
    try:
        yield made
    finally:
        made.core.stop()
        await running
        await journal.close()


@pytest.fixture
def opening(demonstration: TrialProtocol) -> Any:
    def procedure(number: int) -> ProcedureOpened:
        return ProcedureOpened(
            procedure_id=f"P{number}",
            subject=f"S-00{number}",
            study_uid=f"1.2.{number}",
            arm="STRATEGY",
            protocol=demonstration,
            protocol_sha256="0" * 64,
        )

    return procedure


async def test_messages_wait_through_a_restart_in_their_order(tmp_path: Path, opening: Any) -> None:
    async with node(tmp_path) as first:
        await first.core.post(STARTED)
        await first.core.post(opening(1), originator=person("staff-7"))
        before = await first.mqtt.take(1000)
        assert len(before) > 1
    async with node(tmp_path) as second:
        again = await second.mqtt.take(1000)
        assert again == before
        assert [m.id for m in again] == sorted(m.id for m in again)


async def test_a_message_carries_what_the_publisher_needs(tmp_path: Path, opening: Any) -> None:
    async with node(tmp_path) as one:
        await one.core.post(STARTED)
        await one.core.post(opening(1), originator=person("staff-7"))
        messages = {m.topic: m for m in await one.mqtt.take(1000)}
        told = messages["procedure-node/CT1/P1/procedure"]
        assert (told.retain, told.mode, told.superseded) == (True, GenerationMode.DEMO, False)
        assert told.expires_after_s is not None
        events = [e.event for e in read_entries(one.journal.path)]
        assert told.queued_at == next(
            e.time.utc for e in events if e.payload.kind == "procedure-opened"
        )


async def test_older_state_of_a_topic_is_superseded(tmp_path: Path, opening: Any) -> None:
    async with node(tmp_path) as one:
        await one.core.post(STARTED)
        await one.core.post(opening(1), originator=person("staff-7"))
        await one.journal.enqueue(heartbeat_items(one.core, GenerationMode.DEMO))
        by_topic: dict[str, list[bool]] = {}
        for message in await one.mqtt.take(1000):
            by_topic.setdefault(message.topic, []).append(message.superseded)
        told = by_topic["procedure-node/CT1/P1/procedure"]
        assert told == [True] * (len(told) - 1) + [False]
        assert len(told) > 1


async def test_what_was_delivered_is_not_taken_again(tmp_path: Path, opening: Any) -> None:
    async with node(tmp_path) as one:
        await one.core.post(STARTED)
        await one.core.post(opening(1), originator=person("staff-7"))
        messages = await one.mqtt.take(1000)
        await one.mqtt.done([m.id for m in messages[:-1]])
    async with node(tmp_path) as again:
        assert await again.mqtt.take(1000) == messages[-1:]


async def test_a_node_without_a_name_has_nothing_to_renew(tmp_path: Path) -> None:
    async with node(tmp_path) as one:
        assert heartbeat_items(one.core, GenerationMode.DEMO) == []


async def carried_out(one: Node, opening: Any, number: int = 1) -> None:
    await one.core.post(opening(number), originator=person("staff-7"))
    await one.core.post(
        TargetAllocated(lesion="L1", zone="WHOLE", modality=Modality.SEEDS, reason="suitable")
    )
    await one.core.post(CLOSED, originator=person("staff-7"))


async def test_a_closed_procedures_record_lies_in_the_outbox_as_it_was_journalled(
    tmp_path: Path, opening: Any
) -> None:
    async with node(tmp_path) as one:
        await carried_out(one, opening)
        record = await one.edc.take()
        queued = [
            entry.event.payload
            for entry in read_entries(one.journal.path)
            if isinstance(entry.event.payload, RecordQueued)
        ]
        assert [(q.content_sha256, q.rows) for q in queued] == [
            (record.content_sha256, len(record.rows))
        ]
        assert (record.procedure_id, record.mode, record.state) == (
            "P1",
            GenerationMode.DEMO,
            "PENDING",
        )


async def test_a_record_that_was_sent_is_known_to_be_after_a_restart(
    tmp_path: Path, opening: Any
) -> None:
    async with node(tmp_path) as one:
        await carried_out(one, opening)
        record = await one.edc.take()
        await one.edc.sent(record.id)
    async with node(tmp_path) as again:
        assert await again.edc.take() == replace(record, state="SENT")


async def test_a_confirmed_record_is_journalled_and_done(tmp_path: Path, opening: Any) -> None:
    async with node(tmp_path) as one:
        await carried_out(one, opening)
        record = await one.edc.take()
        await one.edc.sent(record.id)
        await one.edc.confirmed(record.id)
        assert one.core.state.procedure is not None
        assert one.core.state.procedure.record.status == "CONFIRMED"
        (confirmed,) = [
            entry.event.payload
            for entry in read_entries(one.journal.path)
            if isinstance(entry.event.payload, RecordConfirmed)
        ]
        assert (confirmed.rows, confirmed.content_sha256) == (
            len(record.rows),
            record.content_sha256,
        )
        assert deliveries(one) == [("DONE", "")]


async def test_a_rejected_record_waits_for_a_person(tmp_path: Path, opening: Any) -> None:
    async with node(tmp_path) as one:
        await carried_out(one, opening)
        record = await one.edc.take()
        await one.edc.rejected(record.id, "no such field")
        assert one.core.state.procedure is not None
        told = one.core.state.procedure.record
        assert (told.status, told.reason) == ("REJECTED", "no such field")
        assert deliveries(one) == [("REFUSED", "no such field")]


def deliveries(one: Node) -> list[tuple[str, str]]:
    """Status and reason of every record in the outbox."""
    with closing(sqlite3.connect(one.journal.path)) as connection:
        return connection.execute("SELECT status, reason FROM outbox WHERE sink = 'EDC'").fetchall()


async def test_records_of_two_procedures_are_taken_in_order_and_not_mixed(
    tmp_path: Path, opening: Any
) -> None:
    """The EDC was away: the first record is confirmed while the second patient lies there."""
    async with node(tmp_path) as one:
        await carried_out(one, opening, 1)
        first = await one.edc.take()
        await one.core.post(opening(2), originator=person("staff-7"))
        await one.edc.sent(first.id)
        await one.edc.confirmed(first.id)

        procedure = one.core.state.procedure
        assert procedure is not None
        assert (procedure.procedure_id, procedure.record.status) == ("P2", "NOT_DUE")

        await one.core.post(CLOSED, originator=person("staff-7"))
        async with asyncio.timeout(10):
            second = await one.edc.take()
        assert second.procedure_id == "P2"
        events = [e.event for e in read_entries(one.journal.path)]
        assert [e.procedure_id for e in events if isinstance(e.payload, RecordConfirmed)] == ["P1"]


async def test_a_rejection_is_told_of_its_own_procedure(tmp_path: Path, opening: Any) -> None:
    async with node(tmp_path) as one:
        await carried_out(one, opening, 1)
        first = await one.edc.take()
        await one.core.post(opening(2), originator=person("staff-7"))
        await one.edc.rejected(first.id, "no such field")
        assert one.core.state.procedure is not None
        assert one.core.state.procedure.record.status == "NOT_DUE"
        events = [e.event for e in read_entries(one.journal.path)]
        assert [e.procedure_id for e in events if isinstance(e.payload, RecordRejected)] == ["P1"]
