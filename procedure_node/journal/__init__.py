"""The append-only, hash-chained journal with its outbox (SQLite)."""

from procedure_node.journal.errors import JournalBrokenError, JournalError
from procedure_node.journal.reader import read_entries, verify
from procedure_node.journal.rows import (
    Entry,
    NewEntry,
    OutboxItem,
    OutboxStatus,
    Sink,
    StoredOutboxItem,
)
from procedure_node.journal.writer import Journal

__all__ = [
    "Entry",
    "Journal",
    "JournalBrokenError",
    "JournalError",
    "NewEntry",
    "OutboxItem",
    "OutboxStatus",
    "Sink",
    "StoredOutboxItem",
    "read_entries",
    "verify",
]
