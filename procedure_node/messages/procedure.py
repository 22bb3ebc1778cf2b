"""Messages of the procedure as a whole."""

from typing import Literal

from pydantic import AwareDatetime

from procedure_node.messages.base import Message, PublicText


class ProcedureMessage(Message):
    """A procedure and the protocol that it follows; people who open and close it are not named."""

    kind: Literal["procedure"] = "procedure"
    version: Literal[1] = 1
    state: Literal["OPEN", "CLOSED"]
    arm: str
    protocol: str
    protocol_version: str
    protocol_sha256: str
    protocol_is_example: bool
    opened_at: AwareDatetime
    closed_at: AwareDatetime | None
    outcome: str | None


class RecordMessage(Message):
    """How far the procedure's record has come on its way to the EDC."""

    kind: Literal["record"] = "record"
    version: Literal[1] = 1
    status: Literal["NOT_DUE", "QUEUED", "CONFIRMED", "REJECTED"]
    rows: int
    content_sha256: str
    reason: PublicText
