"""The journal file's tables."""

import sqlite3
from pathlib import Path

from procedure_node.journal.chain import GENESIS_HASH
from procedure_node.journal.errors import JournalError

APPLICATION_ID = 0x504E4A31
"""Marks a SQLite file as a procedure node's journal ("PNJ1")."""

_TABLES = """
CREATE TABLE entry (
    seq INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;
CREATE INDEX entry_kind ON entry (kind, seq);
CREATE TRIGGER entry_is_never_changed BEFORE UPDATE ON entry
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER entry_is_never_removed BEFORE DELETE ON entry
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

CREATE TABLE head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    seq INTEGER NOT NULL,
    hash TEXT NOT NULL
) STRICT;

CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sink TEXT NOT NULL,
    seq INTEGER NOT NULL REFERENCES entry (seq),
    key TEXT NOT NULL,
    item TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('PENDING', 'SENT', 'DONE', 'REFUSED')),
    reason TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX outbox_open ON outbox (sink, id) WHERE status IN ('PENDING', 'SENT');
CREATE INDEX outbox_key ON outbox (sink, key, id) WHERE status IN ('PENDING', 'SENT');
"""


def connect(path: Path, *, create: bool) -> sqlite3.Connection:
    """Open a journal file for writing, with every commit on disk before it returns.

    Raises:
        JournalError: the file cannot be opened, or is not a journal.
    """
    if not create and not path.exists():
        raise JournalError(f"{path}: there is no journal; check the path")
    try:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    except sqlite3.Error as error:
        raise JournalError(f"{path}: cannot be opened as a journal: {error}") from error
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        _prepare(connection, path)
    except sqlite3.Error as error:
        connection.close()
        raise JournalError(f"{path}: cannot be opened as a journal: {error}") from error
    except JournalError:
        connection.close()
        raise
    return connection


def connect_read_only(path: Path) -> sqlite3.Connection:
    """Open a journal file for reading; a journal in use by the service may be read.

    Raises:
        JournalError: the file cannot be opened, or is not a journal.
    """
    if not path.exists():
        raise JournalError(f"{path}: there is no journal; check the path")
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    except sqlite3.Error as error:
        raise JournalError(f"{path}: cannot be read as a journal: {error}") from error
    try:
        found = connection.execute("PRAGMA application_id").fetchone()[0]
    except sqlite3.Error as error:
        connection.close()
        raise JournalError(f"{path}: cannot be read as a journal: {error}") from error
    if found != APPLICATION_ID:
        connection.close()
        raise JournalError(f"{path}: is a SQLite file, but not a procedure node's journal")
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    found = connection.execute("PRAGMA application_id").fetchone()[0]
    if found == APPLICATION_ID:
        return
    if found != 0 or connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise JournalError(f"{path}: is a SQLite file, but not a procedure node's journal")
    connection.executescript(f"BEGIN IMMEDIATE; {_TABLES}")
    connection.execute("INSERT INTO head VALUES (1, 0, ?)", (GENESIS_HASH,))
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("COMMIT")
