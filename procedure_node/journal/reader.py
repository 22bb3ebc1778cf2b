"""Reading a journal: events in order, and proof that nothing was tampered with."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from procedure_node.events import Event
from procedure_node.journal.chain import GENESIS_HASH, row_hash
from procedure_node.journal.errors import JournalBrokenError, JournalError
from procedure_node.journal.rows import Entry
from procedure_node.journal.schema import connect_read_only


def read_entries(path: Path) -> Iterator[Entry]:
    """All entries of a journal file, in order.

    Raises:
        JournalError: the file is not a journal, or an event in it cannot be understood.
    """
    connection = connect_read_only(path)
    try:
        yield from entries_from(connection, path, first_seq=1)
    finally:
        connection.close()


def entries_from(connection: sqlite3.Connection, path: Path, *, first_seq: int) -> Iterator[Entry]:
    """Entries with ``seq >= first_seq`` of the open journal at ``path``, in order.

    Raises:
        JournalError: the file is damaged, or an event in it cannot be understood.
    """
    try:
        rows = connection.execute(
            "SELECT seq, body FROM entry WHERE seq >= ? ORDER BY seq", (first_seq,)
        )
        for seq, body in rows:
            yield Entry(seq, _event(path, seq, body))
    except sqlite3.DatabaseError as error:
        raise JournalBrokenError(
            f"{path}: the file is damaged: {error}; restore it from a backup"
        ) from error


def verify(path: Path) -> int:
    """Check the whole hash chain and the head; returns the number of entries.

    Raises:
        JournalBrokenError: a row was changed, removed or reordered; names the first such row.
        JournalError: the file is not a journal.
    """
    connection = connect_read_only(path)
    try:
        return _verify(connection, path)
    except sqlite3.DatabaseError as error:
        raise JournalBrokenError(f"{path}: the file is damaged: {error}") from error
    finally:
        connection.close()


def _verify(connection: sqlite3.Connection, path: Path) -> int:
    previous = GENESIS_HASH
    expected = 1
    connection.execute("BEGIN")
    head_seq, head_hash = connection.execute("SELECT seq, hash FROM head").fetchone()
    rows = connection.execute(
        "SELECT seq, kind, version, body, previous_hash, hash FROM entry ORDER BY seq"
    )
    for seq, kind, version, body, stored_previous, stored_hash in rows:
        if seq != expected:
            raise JournalBrokenError(
                f"{path}: row {expected} was removed (the next row there is {seq})"
            )
        if stored_previous != previous:
            raise JournalBrokenError(
                f"{path}: row {seq} ({kind}) does not follow row {seq - 1}: "
                "rows were reordered, or one was replaced"
            )
        if row_hash(previous, seq, kind, version, body) != stored_hash:
            raise JournalBrokenError(f"{path}: row {seq} ({kind}) was changed")
        previous = stored_hash
        expected += 1
    count = expected - 1
    if count < head_seq:
        raise JournalBrokenError(f"{path}: rows {count + 1} to {head_seq} were removed at the end")
    if (head_seq, head_hash) != (count, previous):
        raise JournalBrokenError(f"{path}: row {count} is not the one that was written last")
    return count


def _event(path: Path, seq: int, body: str) -> Event:
    try:
        return Event.model_validate_json(body)
    except ValidationError as error:
        raise JournalError(
            f"{path}: row {seq} cannot be understood by this version of the software: {error}"
        ) from error
