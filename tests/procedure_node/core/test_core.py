"""The core: nothing is seen before it is on disk, and a replay leads to the same state."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from dosimetry_core.values import ConnectionState, GenerationMode, Modality
from procedure_node.core import CommandRefusedError, Core, person
from procedure_node.events import (
    Event,
    LinkChanged,
    NodeStarted,
    ProcedureClosed,
    ProcedureOpened,
    TargetAllocated,
    TreatmentFinished,
)
from procedure_node.journal import Journal, OutboxItem, Sink, read_entries, verify
from procedure_node.protocol import TrialProtocol
from procedure_node.state import NodeState, replay


def link(state: str, reason: str = "said so") -> LinkChanged:
    return LinkChanged(link="pacs", role="PACS", state=ConnectionState(state), reason=reason)


def each_event(_: NodeState, __: NodeState, event: Event, seq: int) -> Sequence[OutboxItem]:
    return (OutboxItem(Sink.MQTT, event.payload.kind, str(seq)),)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
async def journal(path: Path) -> AsyncIterator[Journal]:
    opened = Journal.open(path)
    yield opened
    await opened.close()


@pytest.fixture
async def core(journal: Journal) -> AsyncIterator[Core]:
    made = Core(journal, NodeState(), mode=GenerationMode.TEST, project=each_event)
    running = asyncio.create_task(made.run())
    yield made
    made.stop()
    await running


def opened(protocol: TrialProtocol) -> ProcedureOpened:
    return ProcedureOpened(
        procedure_id="P1",
        subject="S-001",
        study_uid="1.2.3",
        arm="STRATEGY",
        protocol=protocol,
        protocol_sha256="0" * 64,
    )


async def test_a_fact_is_on_disk_before_it_is_in_the_state(core: Core, path: Path) -> None:
    posted = core.post(link("CONNECTED"))
    assert core.state.links == {}
    await posted
    assert [e.event.payload for e in read_entries(path)] == [link("CONNECTED")]
    assert core.state.links["pacs"].state is ConnectionState.CONNECTED
    assert core.seq == 1


async def test_facts_keep_their_order_and_what_they_send(core: Core, journal: Journal) -> None:
    await asyncio.gather(*(core.post(link("CONNECTED", f"reason {n}")) for n in range(600)))
    assert core.state.links["pacs"].reason == "reason 599"
    items = await journal.wait_pending(Sink.MQTT, 1000)
    assert [item.item for item in items] == [str(n + 1) for n in range(600)]
    assert [item.seq for item in items] == list(range(1, 601))


async def test_a_refused_decision_leaves_no_trace(core: Core, path: Path) -> None:
    def refuse(_: NodeState) -> tuple[LinkChanged, ...]:
        raise CommandRefusedError("not now")

    refused = core.decide(refuse, originator=person("staff-7"))
    with pytest.raises(CommandRefusedError, match="not now"):
        await refused
    assert list(read_entries(path)) == []


async def test_a_decision_sees_all_that_was_handed_in_before_it(core: Core) -> None:
    seen: list[int] = []

    def look(state: NodeState) -> tuple[LinkChanged, ...]:
        seen.append(len(state.links))
        return ()

    core.post(link("CONNECTED"))
    await core.decide(look)
    assert seen == [1]


async def test_what_follows_is_journalled_with_it(
    core: Core, path: Path, demonstration: TrialProtocol
) -> None:
    await core.post(opened(demonstration), originator=person("staff-7"))
    await core.post(
        TargetAllocated(lesion="L1", zone="WHOLE", modality=Modality.SEEDS, reason="suitable")
    )
    kinds = [e.event.payload.kind for e in read_entries(path)]
    assert kinds == ["procedure-opened", "target-allocated", "coverage-assessed"]
    assert core.state.procedure is not None
    assert core.state.procedure.coverage["L1"].verdict == "UNKNOWN"


async def test_a_closed_procedure_queues_its_record_once(
    core: Core, path: Path, demonstration: TrialProtocol
) -> None:
    await core.post(opened(demonstration), originator=person("staff-7"))
    await core.post(ProcedureClosed(outcome="COMPLETED"), originator=person("staff-7"))
    await core.post(link("CONNECTED"))
    kinds = [e.event.payload.kind for e in read_entries(path)]
    assert kinds == ["procedure-opened", "procedure-closed", "record-queued", "link-changed"]
    assert core.state.procedure is not None
    assert core.state.procedure.record.status == "QUEUED"


async def test_time_alone_brings_a_judgement(core: Core, demonstration: TrialProtocol) -> None:
    """Nobody says anything; the tick finds that a finished target is not known to be covered."""
    await core.post(opened(demonstration))
    await core.post(
        TargetAllocated(lesion="L1", zone="WHOLE", modality=Modality.SEEDS, reason="suitable")
    )
    await core.post(TreatmentFinished(lesion="L1", zone="WHOLE"))
    state = await core.wait_for(
        lambda s: s.procedure is not None and "coverage-unknown:L1" in s.procedure.alerts
    )
    assert state.procedure is not None


async def test_replay_gives_the_same_state_bit_for_bit(
    core: Core, path: Path, demonstration: TrialProtocol, story: Any
) -> None:
    await core.post(
        NodeStarted(session=1, software_version="0", room="CT1", settings_sha256="0" * 64)
    )
    await core.post(link("CONNECTED"))
    story.opened().drawn(L1=10.0).allocated("L1", Modality.SEEDS).reported("L1", 3)
    story.scanned("1.1").seen("1.1", L1=3).dosed("1.1", L1=120.0 / 7.0)
    story.read("FREEZE", [-0.1 * n for n in range(50)]).read("THAW", [-4.0])
    for event in story.events:
        core.post(event.payload, originator=event.originator, time=event.time)
    await core.post(ProcedureClosed(outcome="COMPLETED"))

    replayed = replay(entry.event for entry in read_entries(path))

    assert replayed.model_dump_json() == core.state.model_dump_json()
    assert verify(path) == core.seq


async def test_states_reach_a_reader_who_is_slow(core: Core) -> None:
    changes = core.changes()
    first = await anext(changes)
    assert first.links == {}
    for n in range(5):
        await core.post(link("CONNECTED", f"reason {n}"))
    newest = await anext(changes)
    assert newest.links["pacs"].reason == "reason 4"
    await changes.aclose()


async def test_what_was_handed_in_before_the_stop_is_journalled(
    journal: Journal, path: Path
) -> None:
    core = Core(journal, NodeState(), mode=GenerationMode.TEST, project=each_event)
    running = asyncio.create_task(core.run())
    await core.post(link("CONNECTED"))
    late = core.post(link("DISCONNECTED"))
    core.stop()
    await running
    await late
    assert len(list(read_entries(path))) == 2
