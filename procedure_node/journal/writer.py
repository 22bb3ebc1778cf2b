"""The one writer of the journal: a thread that owns the file."""

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self, TypeVar

from procedure_node.journal.chain import row_hash
from procedure_node.journal.errors import JournalError
from procedure_node.journal.reader import entries_from
from procedure_node.journal.rows import (
    Entry,
    NewEntry,
    OutboxItem,
    OutboxStatus,
    Sink,
    StoredOutboxItem,
)
from procedure_node.journal.schema import connect

T = TypeVar("T")

_INSERT_OUTBOX = "INSERT INTO outbox (sink, seq, key, item, status) VALUES (?, ?, ?, ?, 'PENDING')"


class Journal:
    """An open journal. Each call runs in the writer's own thread, one after the other.

    ``append`` returns only when the entries and their outbox items are on disk, in one
    transaction. A second process that opens the same journal is refused.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, lock: int) -> None:
        self.path = path
        self._connection = connection
        self._lock = lock
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self._wakeups = {sink: asyncio.Event() for sink in Sink}
        for wakeup in self._wakeups.values():
            wakeup.set()

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open or create the journal at ``path`` and lock it against other writers.

        Raises:
            JournalError: another process writes it, or it cannot be opened.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o640)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(lock)
            raise JournalError(
                f"{path}: another procedure node writes this journal; stop it first"
            ) from error
        try:
            return cls(path, connect(path, create=True), lock)
        except JournalError:
            os.close(lock)
            raise

    async def close(self) -> None:
        """Finish the writes under way and close the file."""
        await self._run(self._connection.close)
        self._thread.shutdown()
        os.close(self._lock)

    def entries(self, *, first_seq: int = 1) -> Iterator[Entry]:
        """Entries in order; for the start of the service, before anything is appended."""
        return entries_from(self._connection, self.path, first_seq=first_seq)

    def last_seq_of(self, kind: str, *, before_seq: int | None = None) -> int | None:
        """The newest entry of a kind, among those before ``before_seq``; None if there is none."""
        limit = self.last_seq() + 1 if before_seq is None else before_seq
        return self._connection.execute(
            "SELECT max(seq) FROM entry WHERE kind = ? AND seq < ?", (kind, limit)
        ).fetchone()[0]

    def count_of(self, kind: str) -> int:
        """How many entries of a kind there are."""
        return self._connection.execute(
            "SELECT count(*) FROM entry WHERE kind = ?", (kind,)
        ).fetchone()[0]

    def last_seq(self) -> int:
        """The number of the newest entry, 0 in an empty journal."""
        return self._connection.execute("SELECT seq FROM head").fetchone()[0]

    async def append(self, entries: Sequence[NewEntry]) -> None:
        """Append entries and their outbox items in one transaction, on disk on return.

        Raises:
            JournalError: the disk refused them; nothing of the batch is in the journal.
        """
        await self._run(lambda: self._append(entries))
        for sink in {item.sink for entry in entries for item in entry.outbox}:
            self._wakeups[sink].set()

    async def wait_pending(self, sink: Sink, limit: int) -> Sequence[StoredOutboxItem]:
        """The oldest open items of a sink, waiting until there is one."""
        while True:
            self._wakeups[sink].clear()
            items = await self._run(lambda: self._open_items(sink, limit))
            if items:
                return items
            await self._wakeups[sink].wait()

    async def enqueue(self, items: Sequence[OutboxItem]) -> None:
        """Put items into the outbox that restate what is journalled already, on disk on return."""

        def insert() -> None:
            with _transaction(self._connection):
                seq = self.last_seq()
                self._connection.executemany(
                    _INSERT_OUTBOX, [(item.sink, seq, item.key, item.item) for item in items]
                )

        await self._run(insert)
        for sink in {item.sink for item in items}:
            self._wakeups[sink].set()

    async def mark(self, ids: Sequence[int], status: OutboxStatus, reason: str = "") -> None:
        """Set the status of outbox items, on disk on return."""

        def update() -> None:
            with _transaction(self._connection):
                self._connection.executemany(
                    "UPDATE outbox SET status = ?, reason = ? WHERE id = ?",
                    [(status, reason, item_id) for item_id in ids],
                )

        await self._run(update)

    async def discard(self, ids: Sequence[int]) -> None:
        """Remove delivered outbox items, on disk on return; the journal keeps their events."""

        def delete() -> None:
            with _transaction(self._connection):
                self._connection.executemany(
                    "DELETE FROM outbox WHERE id = ?", [(item_id,) for item_id in ids]
                )

        await self._run(delete)

    def _append(self, entries: Sequence[NewEntry]) -> None:
        try:
            with _transaction(self._connection):
                seq, previous = self._connection.execute("SELECT seq, hash FROM head").fetchone()
                for entry in entries:
                    seq += 1
                    previous = self._insert(seq, previous, entry)
                self._connection.execute("UPDATE head SET seq = ?, hash = ?", (seq, previous))
        except sqlite3.Error as error:
            raise JournalError(
                f"{self.path}: {len(entries)} entries could not be written: {error}; "
                "check the disk's free space and health"
            ) from error

    def _insert(self, seq: int, previous: str, entry: NewEntry) -> str:
        payload = entry.event.payload
        body = entry.event.model_dump_json()
        digest = row_hash(previous, seq, payload.kind, payload.version, body)
        self._connection.execute(
            "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?)",
            (seq, payload.kind, payload.version, body, previous, digest),
        )
        self._connection.executemany(
            _INSERT_OUTBOX, [(item.sink, seq, item.key, item.item) for item in entry.outbox]
        )
        return digest

    def _open_items(self, sink: Sink, limit: int) -> list[StoredOutboxItem]:
        rows = self._connection.execute(
            """
            SELECT id, seq, item, status, EXISTS (
                SELECT 1 FROM outbox AS newer
                WHERE newer.sink = outbox.sink AND newer.key = outbox.key
                  AND newer.id > outbox.id AND newer.status IN ('PENDING', 'SENT')
            )
            FROM outbox WHERE sink = ? AND status IN ('PENDING', 'SENT') ORDER BY id LIMIT ?
            """,
            (sink, limit),
        )
        return [
            StoredOutboxItem(item_id, seq, item, OutboxStatus(status), bool(superseded))
            for item_id, seq, item, status, superseded in rows
        ]

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


class _transaction:  # noqa: N801 - reads as a statement: with _transaction(connection)
    """BEGIN IMMEDIATE ... COMMIT, or ROLLBACK on any error."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._connection.execute("COMMIT")
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
