"""What goes into the journal and what comes out of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from procedure_node.events import Event


class Sink(StrEnum):
    """Where an outbox item goes."""

    MQTT = "MQTT"
    EDC = "EDC"


class OutboxStatus(StrEnum):
    """How far an outbox item has come. SENT waits for confirmation."""

    PENDING = "PENDING"
    SENT = "SENT"
    DONE = "DONE"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """Something to be sent because of an event.

    Attributes:
        sink: where it goes.
        key: items of a sink with the same key replace each other (a topic, a procedure).
        item: the sink's own JSON.
    """

    sink: Sink
    key: str
    item: str


@dataclass(frozen=True, slots=True)
class StoredOutboxItem:
    """An outbox item with its place: ``id`` orders the items of a sink.

    ``superseded`` tells that a newer open item has the same key.
    """

    id: int
    seq: int
    item: str
    status: OutboxStatus
    superseded: bool


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An event to be appended, with what is to be sent because of it."""

    event: Event
    outbox: Sequence[OutboxItem] = field(default=())


@dataclass(frozen=True, slots=True)
class Entry:
    """An event in its place in the journal."""

    seq: int
    event: Event
