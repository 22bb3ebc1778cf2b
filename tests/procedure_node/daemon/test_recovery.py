"""What a restarted node knows is what a whole replay of its journal leads to."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from dosimetry_core.values import Modality
from procedure_node.daemon.node import recovered_state
from procedure_node.events import LinkChanged, NodeStarted, ProcedureClosed
from procedure_node.journal import Journal, NewEntry, read_entries
from procedure_node.state import replay


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    opened = Journal.open(tmp_path / "journal.sqlite")
    yield opened
    await opened.close()


def started(session: int) -> NodeStarted:
    return NodeStarted(
        session=session, software_version="0.1", room="CT1", settings_sha256="0" * 64
    )


CONNECTED = LinkChanged(link="pacs", role="PACS", state="CONNECTED", reason="yes")


def life(story: Any) -> None:
    """Two starts, a closed procedure, and an open one that a third start interrupted."""
    story.tell(started(1), CONNECTED).opened().drawn(L1=10.0)
    story.tell(ProcedureClosed(outcome="COMPLETED"), started(2), CONNECTED)
    story.opened().drawn(L2=4.0).allocated("L2", Modality.CRYO).read("FREEZE", [-10.0, -20.0])
    story.after(seconds=20).tell(started(3), CONNECTED).read("FREEZE", [-50.0])


@pytest.mark.parametrize("events", [0, 1, 2, 3, 5, 6, 7, 8, 12, 14, 100])
async def test_recovery_leads_to_the_state_of_a_whole_replay(
    journal: Journal, story: Any, events: int
) -> None:
    life(story)
    await journal.append([NewEntry(event) for event in story.events[:events]])

    whole = replay(entry.event for entry in read_entries(journal.path))
    assert recovered_state(journal).model_dump_json() == whole.model_dump_json()


async def test_recovery_reads_nothing_of_earlier_procedures(journal: Journal, story: Any) -> None:
    life(story)
    await journal.append([NewEntry(event) for event in story.events])
    opened = journal.last_seq_of("procedure-opened")
    start = journal.last_seq_of("node-started", before_seq=opened)
    assert start is not None
    (entry,) = [e for e in read_entries(journal.path) if e.seq == start]
    assert entry.event.payload == started(2)
