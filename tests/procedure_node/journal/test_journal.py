"""The journal keeps everything, in order, and shows when somebody changed it."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dosimetry_core.values import GenerationMode
from procedure_node.events import Event, EventTime, NodeStopped, Originator
from procedure_node.journal import (
    Journal,
    JournalBrokenError,
    JournalError,
    NewEntry,
    OutboxItem,
    OutboxStatus,
    Sink,
    read_entries,
    verify,
)
from procedure_node.journal.chain import row_hash


def event(reason: str) -> Event:
    return Event(
        time=EventTime(utc=datetime(2026, 3, 1, 9, 0, 0, 123456, UTC), monotonic_ns=7),
        originator=Originator(kind="SYSTEM", name="test"),
        mode=GenerationMode.TEST,
        procedure_id=None,
        payload=NodeStopped(reason=reason),
    )


def mqtt(key: str, item: str) -> OutboxItem:
    return OutboxItem(Sink.MQTT, key, item)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
async def journal(path: Path) -> AsyncIterator[Journal]:
    opened = Journal.open(path)
    yield opened
    await opened.close()


def test_a_path_that_is_no_file_is_told_as_such(path: Path) -> None:
    path.mkdir()
    with pytest.raises(JournalError, match="cannot be opened as a journal"):
        Journal.open(path)
    with pytest.raises(JournalError, match="cannot be read as a journal"):
        verify(path)


async def test_what_was_appended_is_read_back_in_order(journal: Journal, path: Path) -> None:
    events = [event(f"reason {n}") for n in range(5)]
    await journal.append([NewEntry(e) for e in events[:2]])
    await journal.append([NewEntry(e) for e in events[2:]])

    entries = list(read_entries(path))

    assert [entry.seq for entry in entries] == [1, 2, 3, 4, 5]
    assert [entry.event for entry in entries] == events
    assert verify(path) == 5
    assert journal.last_seq() == 5
    assert journal.count_of("node-stopped") == 5
    assert journal.last_seq_of("node-started") is None


async def test_an_empty_journal_is_whole(journal: Journal, path: Path) -> None:
    assert list(read_entries(path)) == []
    assert verify(path) == 0


async def test_a_second_writer_is_refused(journal: Journal, path: Path) -> None:
    with pytest.raises(JournalError, match="another procedure node writes this journal"):
        Journal.open(path)


async def test_rows_cannot_be_changed_or_removed_by_accident(journal: Journal, path: Path) -> None:
    await journal.append([NewEntry(event("a"))])
    other = sqlite3.connect(path)
    for statement in ("UPDATE entry SET body = 'x'", "DELETE FROM entry"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            other.execute(statement)
    other.close()


def changed(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE entry SET body = replace(body, 'reason 2', 'lie') WHERE seq = 3")


def removed(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM entry WHERE seq = 3")


def removed_at_end(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM entry WHERE seq >= 4")


def reordered(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE entry SET seq = -seq WHERE seq IN (2, 3)")
    connection.execute("UPDATE entry SET seq = CASE seq WHEN -2 THEN 3 ELSE 2 END WHERE seq < 0")


def replaced_with_its_own_hash(connection: sqlite3.Connection) -> None:
    """A forger who recomputes one row's hash still breaks the next row."""
    kind, version, body, previous = connection.execute(
        "SELECT kind, version, replace(body, 'reason 2', 'lie'), previous_hash "
        "FROM entry WHERE seq = 3"
    ).fetchone()
    connection.execute(
        "UPDATE entry SET body = ?, hash = ? WHERE seq = 3",
        (body, row_hash(previous, 3, kind, version, body)),
    )


@pytest.mark.parametrize(
    ("tamper", "message"),
    [
        (changed, r"row 3 \(node-stopped\) was changed"),
        (removed, r"row 3 was removed"),
        (removed_at_end, r"rows 4 to 5 were removed at the end"),
        (reordered, r"row 2 \(node-stopped\) does not follow row 1"),
        (replaced_with_its_own_hash, r"row 4 \(node-stopped\) does not follow row 3"),
    ],
)
async def test_tampering_is_found_and_the_row_named(
    path: Path, tamper: Callable[[sqlite3.Connection], None], message: str
) -> None:
    journal = Journal.open(path)
    await journal.append([NewEntry(event(f"reason {n}")) for n in range(5)])
    await journal.close()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("DROP TRIGGER entry_is_never_changed")
    connection.execute("DROP TRIGGER entry_is_never_removed")
    connection.execute("PRAGMA foreign_keys = OFF")
    tamper(connection)
    connection.close()

    with pytest.raises(JournalBrokenError, match=message):
        verify(path)


async def test_a_batch_is_written_whole_or_not_at_all(journal: Journal, path: Path) -> None:
    bad = OutboxItem(Sink.MQTT, "key", None)  # pyright: ignore[reportArgumentType]
    with pytest.raises(JournalError, match="could not be written"):
        await journal.append([NewEntry(event("a")), NewEntry(event("b"), [bad])])

    assert list(read_entries(path)) == []
    await journal.append([NewEntry(event("c"))])
    assert verify(path) == 1


async def test_outbox_items_wait_in_order_until_they_are_done(journal: Journal) -> None:
    await journal.append([NewEntry(event("a"), [mqtt("t1", "one"), mqtt("t2", "two")])])
    await journal.append([NewEntry(event("b"), [mqtt("t1", "three")])])

    items = await journal.wait_pending(Sink.MQTT, 10)

    assert [(i.item, i.superseded) for i in items] == [
        ("one", True),
        ("two", False),
        ("three", False),
    ]
    await journal.discard([items[0].id])
    assert [i.item for i in await journal.wait_pending(Sink.MQTT, 10)] == ["two", "three"]


async def test_a_waiting_sink_wakes_when_something_is_appended(journal: Journal) -> None:
    waiting = asyncio.create_task(journal.wait_pending(Sink.EDC, 1))
    await journal.append([NewEntry(event("a"), [mqtt("t", "not for the EDC")])])
    assert not waiting.done()
    await journal.append([NewEntry(event("b"), [OutboxItem(Sink.EDC, "p", "record")])])

    assert [i.item for i in await waiting] == ["record"]


async def test_outbox_status_survives_a_restart(path: Path) -> None:
    journal = Journal.open(path)
    await journal.append([NewEntry(event("a"), [OutboxItem(Sink.EDC, "p", "record")])])
    (item,) = await journal.wait_pending(Sink.EDC, 1)
    await journal.mark([item.id], OutboxStatus.SENT)
    await journal.close()

    again = Journal.open(path)
    (item,) = await again.wait_pending(Sink.EDC, 1)
    assert item.status is OutboxStatus.SENT
    await again.mark([item.id], OutboxStatus.DONE)
    waiting = asyncio.create_task(again.wait_pending(Sink.EDC, 1))
    await asyncio.wait({waiting}, timeout=0.05)
    assert not waiting.done()
    waiting.cancel()
    await asyncio.wait({waiting})
    await again.close()


def test_another_sqlite_file_is_not_a_journal(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t (x)")
    connection.close()

    with pytest.raises(JournalError, match="not a procedure node's journal"):
        verify(path)
    with pytest.raises(JournalError, match="not a procedure node's journal"):
        Journal.open(path)


def test_a_missing_journal_is_told(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="there is no journal"):
        verify(tmp_path / "none.sqlite")


async def test_a_damaged_file_is_told_as_such(path: Path) -> None:
    journal = Journal.open(path)
    await journal.append([NewEntry(event("x" * 5000)) for _ in range(50)])
    await journal.close()
    content = bytearray(path.read_bytes())
    content[20_000:60_000] = bytes(40_000)
    path.write_bytes(content)
    with pytest.raises(JournalError):
        list(read_entries(path))
    with pytest.raises(JournalBrokenError):
        verify(path)


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(JournalError, match="cannot be opened as a journal"):
        Journal.open(path)
