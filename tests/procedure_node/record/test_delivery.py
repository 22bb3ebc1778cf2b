import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from dosimetry_core.values import ConnectionState, GenerationMode
from drivers.backoff import Backoff
from drivers.redcap import RedcapClient
from procedure_node.record import (
    FORMS,
    ProcedureRecord,
    QueuedRecord,
    RecordSender,
    build_record,
    project_problems,
)
from procedure_node.state import ProcedureState
from simulators.edc import (
    EdcFault,
    EdcFaultKind,
    EdcFaultPlan,
    EdcProject,
    EdcSimulator,
    read_project,
)

TOKEN = "0123456789ABCDEF0123456789ABCDEF"
CONFIG = Path(__file__).parents[3] / "config/redcap"
WAIT_S = 20
DEMO_ONLY = frozenset({GenerationMode.DEMO})


class MemoryQueue:
    """An outbox in memory that survives its sender, as the journal's does."""

    def __init__(self, *records: QueuedRecord) -> None:
        self.open = list(records)
        self.marks: list[tuple[int, str, str]] = []
        self.changed = asyncio.Condition()

    async def take(self) -> QueuedRecord:
        async with self.changed:
            await self.changed.wait_for(lambda: self.open)
            return self.open[0]

    async def sent(self, record_id: int) -> None:
        self.open[0] = replace(self.open[0], state="SENT")
        await self._mark(record_id, "SENT")

    async def confirmed(self, record_id: int) -> None:
        self.open.pop(0)
        await self._mark(record_id, "CONFIRMED")

    async def rejected(self, record_id: int, reason: str) -> None:
        self.open.pop(0)
        await self._mark(record_id, "REJECTED", reason)

    async def put(self, record: QueuedRecord) -> None:
        async with self.changed:
            self.open.append(record)
            self.changed.notify_all()

    async def _mark(self, record_id: int, mark: str, reason: str = "") -> None:
        async with self.changed:
            self.marks.append((record_id, mark, reason))
            self.changed.notify_all()

    async def until(self, mark: str) -> str:
        async with asyncio.timeout(WAIT_S), self.changed:
            await self.changed.wait_for(lambda: any(m[1] == mark for m in self.marks))
        return next(reason for _, found, reason in self.marks if found == mark)


@asynccontextmanager
async def running(sender: RecordSender) -> AsyncIterator[None]:
    task = asyncio.create_task(sender.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture(scope="session")
def project() -> EdcProject:
    return read_project(CONFIG / "data_dictionary.csv", CONFIG / "repeating_forms.csv")


@pytest.fixture(scope="session")
def record(procedure: ProcedureState) -> ProcedureRecord:
    return build_record(procedure)


@pytest.fixture
def queue(record: ProcedureRecord) -> MemoryQueue:
    return MemoryQueue(QueuedRecord.of(7, record))


class Links:
    def __init__(self) -> None:
        self.told: list[tuple[ConnectionState, str]] = []
        self.changed = asyncio.Condition()

    async def __call__(self, state: ConnectionState, reason: str) -> None:
        async with self.changed:
            self.told.append((state, reason))
            self.changed.notify_all()

    async def until(self, *states: ConnectionState) -> None:
        async with asyncio.timeout(WAIT_S), self.changed:
            await self.changed.wait_for(lambda: self.states() == list(states))

    def states(self) -> list[ConnectionState]:
        return [state for state, _ in self.told]


def client_of(
    edc: EdcSimulator, token: str = TOKEN, answer_timeout_s: float = 10.0
) -> RedcapClient:
    return RedcapClient(edc.url, token, allow_plain_http=True, answer_timeout_s=answer_timeout_s)


def sender_of(
    queue: MemoryQueue,
    client: RedcapClient,
    links: Links | None = None,
    modes: frozenset[GenerationMode] = DEMO_ONLY,
    probe_every_s: float = 600.0,
) -> RecordSender:
    return RecordSender(
        queue,
        client,
        accepted_modes=modes,
        backoff=Backoff(0.001, 0.002),
        on_link=links,
        probe_every_s=probe_every_s,
    )


async def test_a_whole_record_is_taken_by_the_committed_project_and_confirmed(
    project: EdcProject, queue: MemoryQueue, record: ProcedureRecord
) -> None:
    async with EdcSimulator(project, TOKEN) as edc, client_of(edc) as client:
        async with running(sender_of(queue, client)):
            await queue.until("CONFIRMED")
        rows = await client.export_records([record.record_id])

    assert queue.marks == [(7, "SENT", ""), (7, "CONFIRMED", "")]
    assert len(rows) == len(record.rows)
    assert rows[0]["pro_mode"] == "DEMO"
    assert edc.stored_imports == 1


async def test_the_committed_project_is_ready(project: EdcProject) -> None:
    async with EdcSimulator(project, TOKEN) as edc, client_of(edc) as client:
        assert await project_problems(client) == ()


async def test_a_project_that_is_not_set_up_is_told_what_it_lacks(tmp_path: Path) -> None:
    lines = (CONFIG / "data_dictionary.csv").read_text(encoding="utf-8").splitlines()
    dictionary = tmp_path / "dictionary.csv"
    dictionary.write_text("\n".join((lines[0], *lines[2:-3])) + "\n", encoding="utf-8")
    poor = read_project(dictionary, missing_data_codes={"UNK": "Unknown"})
    async with EdcSimulator(poor, TOKEN) as edc, client_of(edc) as client:
        fields, record_id, repeating, codes = await project_problems(client)

    assert "4 fields are not in the project (aud_act_evidence" in fields
    assert "upload config/redcap/data_dictionary.csv" in fields
    assert "is 'pro_subject'; it must be 'record_id'" in record_id
    others = sum(form.repeats for form in FORMS) - 5
    assert f"lesion, seed_batch, seed, seed_history, seed_edit and {others} more" in repeating
    assert "UNKNOWN, NOT_APPLICABLE" in codes


async def test_outages_are_waited_out_and_told_once(
    project: EdcProject, queue: MemoryQueue
) -> None:
    plan = EdcFaultPlan(faults=(EdcFault(kind=EdcFaultKind.SERVER_ERROR, requests=5),))
    links = Links()
    async with (
        EdcSimulator(project, TOKEN, faults=plan) as edc,
        client_of(edc) as client,
        running(sender_of(queue, client, links)),
    ):
        await queue.until("CONFIRMED")

    assert (edc.import_requests, edc.stored_imports) == (6, 1)
    assert links.states()[-2:] == [ConnectionState.DISCONNECTED, ConnectionState.CONNECTED]
    assert links.states().count(ConnectionState.DISCONNECTED) == 1
    assert "HTTP 500" in links.told[-2][1]


async def test_a_silent_edc_is_an_outage(project: EdcProject, queue: MemoryQueue) -> None:
    plan = EdcFaultPlan(faults=(EdcFault(kind=EdcFaultKind.SILENCE),))
    async with (
        EdcSimulator(project, TOKEN, faults=plan) as edc,
        client_of(edc, answer_timeout_s=0.5) as client,
        running(sender_of(queue, client)),
    ):
        await queue.until("CONFIRMED")
        assert edc.stored_imports == 1


async def test_a_lost_answer_does_not_make_it_send_twice(
    project: EdcProject, queue: MemoryQueue
) -> None:
    plan = EdcFaultPlan(faults=(EdcFault(kind=EdcFaultKind.LOST_ANSWER),))
    async with (
        EdcSimulator(project, TOKEN, faults=plan) as edc,
        client_of(edc) as client,
        running(sender_of(queue, client)),
    ):
        await queue.until("CONFIRMED")
    assert (edc.import_requests, edc.stored_imports) == (1, 1)


@pytest.mark.parametrize("after", ["import", "sent"])
async def test_killed_before_confirmation_it_reads_back_and_does_not_send_again(
    project: EdcProject, queue: MemoryQueue, after: Literal["import", "sent"]
) -> None:
    reached = asyncio.Event()
    mark_sent = queue.sent

    async def dies(record_id: int) -> None:
        if after == "sent":
            await mark_sent(record_id)
        reached.set()
        await asyncio.Event().wait()

    queue.sent = dies
    async with EdcSimulator(project, TOKEN) as edc, client_of(edc) as client:
        async with running(sender_of(queue, client)):
            await asyncio.wait_for(reached.wait(), WAIT_S)
        assert queue.open[0].state == ("SENT" if after == "sent" else "PENDING")

        queue.sent = mark_sent
        async with running(sender_of(queue, client)):
            await queue.until("CONFIRMED")
    assert (edc.import_requests, edc.stored_imports) == (1, 1)


async def test_a_refusal_is_reported_once_and_the_next_record_goes_on(
    project: EdcProject, queue: MemoryQueue, record: ProcedureRecord
) -> None:
    plan = EdcFaultPlan(faults=(EdcFault(kind=EdcFaultKind.REJECT, message="The form is locked"),))
    async with (
        EdcSimulator(project, TOKEN, faults=plan) as edc,
        client_of(edc) as client,
        running(sender_of(queue, client)),
    ):
        reason = await queue.until("REJECTED")
        await queue.put(QueuedRecord.of(8, record))
        await queue.until("CONFIRMED")

    assert "The form is locked" in reason
    assert [(number, mark) for number, mark, _ in queue.marks] == [
        (7, "REJECTED"),
        (8, "SENT"),
        (8, "CONFIRMED"),
    ]


async def test_what_a_person_wrote_in_the_edc_is_left_to_a_person(
    project: EdcProject, queue: MemoryQueue, record: ProcedureRecord
) -> None:
    async with EdcSimulator(project, TOKEN) as edc, client_of(edc) as client:
        await client.import_records([{"record_id": record.record_id, "pro_subject": "S-0099"}])
        async with running(sender_of(queue, client)):
            reason = await queue.until("REJECTED")
    assert "pro_subject holds another value" in reason
    assert "S-00" not in reason
    assert edc.stored_imports == 1


@pytest.mark.parametrize("mode", [GenerationMode.TEST, GenerationMode.DEMO])
async def test_a_production_edc_gets_no_simulated_record(
    project: EdcProject, record: ProcedureRecord, mode: GenerationMode
) -> None:
    queue = MemoryQueue(replace(QueuedRecord.of(7, record), mode=mode))
    async with EdcSimulator(project, TOKEN) as edc, client_of(edc) as client:
        sender = RecordSender(queue, client)
        async with running(sender):
            reason = await queue.until("REJECTED")
    assert f"the record is {mode} data and this EDC takes REAL only" in reason
    assert edc.import_requests == 0


async def test_a_record_that_was_changed_in_the_outbox_is_not_sent(
    project: EdcProject, record: ProcedureRecord
) -> None:
    changed = replace(QueuedRecord.of(7, record), rows=record.rows[:-1])
    queue = MemoryQueue(changed)
    async with (
        EdcSimulator(project, TOKEN) as edc,
        client_of(edc) as client,
        running(sender_of(queue, client)),
    ):
        reason = await queue.until("REJECTED")
    assert "SHA-256 differs" in reason
    assert edc.import_requests == 0


async def test_a_wrong_token_keeps_the_record_for_when_it_is_corrected(
    project: EdcProject, queue: MemoryQueue
) -> None:
    links = Links()
    async with EdcSimulator(project, TOKEN) as edc:
        async with (
            client_of(edc, token="F" * 32) as stranger,
            running(sender_of(queue, stranger, links)),
        ):
            await links.until(ConnectionState.TERMINAL)
        assert queue.marks == []
        assert "refuses the API token" in links.told[0][1]
        async with client_of(edc) as client, running(sender_of(queue, client)):
            await queue.until("CONFIRMED")


async def test_an_idle_sender_notices_loss_and_return(project: EdcProject, tmp_path: Path) -> None:
    queue, links = MemoryQueue(), Links()
    async with EdcSimulator(project, TOKEN) as edc:
        client, port = client_of(edc), int(edc.url.split(":")[2].split("/")[0])
        sender = sender_of(queue, client, links, probe_every_s=0.01)
        task = asyncio.create_task(sender.run())
        await links.until(ConnectionState.CONNECTED)
    await links.until(ConnectionState.CONNECTED, ConnectionState.DISCONNECTED)
    async with EdcSimulator(project, TOKEN, port=port):
        await links.until(
            ConnectionState.CONNECTED, ConnectionState.DISCONNECTED, ConnectionState.CONNECTED
        )
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await client.close()


async def test_a_queued_record_is_what_the_record_is(record: ProcedureRecord) -> None:
    queued = QueuedRecord.of(3, record, "SENT")
    assert (queued.id, queued.state, queued.mode) == (3, "SENT", GenerationMode.DEMO)
    assert (queued.rows, queued.content_sha256) == (record.rows, record.content_sha256)
