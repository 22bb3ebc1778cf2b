"""The way of the procedure record to the EDC."""

from typing import Literal

from procedure_node.events.base import Payload


class RecordQueued(Payload):
    """The closed procedure's record lies in the outbox."""

    kind: Literal["record-queued"] = "record-queued"
    version: Literal[1] = 1
    procedure_id: str
    rows: int
    content_sha256: str


class RecordConfirmed(Payload):
    """The EDC holds the record: it was read back and is the same."""

    kind: Literal["record-confirmed"] = "record-confirmed"
    version: Literal[1] = 1
    procedure_id: str
    rows: int
    content_sha256: str


class RecordRejected(Payload):
    """The EDC refused the record; a person must act."""

    kind: Literal["record-rejected"] = "record-rejected"
    version: Literal[1] = 1
    procedure_id: str
    reason: str
