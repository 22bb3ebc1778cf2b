"""Messages of the node itself and of its links."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, JsonValue

from dosimetry_core.values import ConnectionState, GenerationMode
from procedure_node.messages.base import Message, PublicText
from procedure_node.messages.channels import STATUS


class StatusMessage(Message):
    """Whether the node is there: its birth, or its death told by itself or by the broker (will).

    ``connection`` counts the node's connections within ``session``. An ``offline`` whose pair of
    session and connection is older than that of the newest ``online`` is a late will: ignore it.
    In a will, ``time_utc`` is when the connection was opened.
    """

    kind: Literal["status"] = "status"
    version: Literal[1] = 1
    state: Literal["online", "offline"]
    connection: int
    software_version: str


class LinkMessage(Message):
    """State of one link to a device or peer, known since ``since``."""

    kind: Literal["link"] = "link"
    version: Literal[1] = 1
    link: str
    role: str
    state: ConnectionState
    reason: PublicText
    since: AwareDatetime


@dataclass(frozen=True, slots=True)
class NodePresence:
    """The words of birth and death for one session of the node."""

    room: str
    session: int
    mode: GenerationMode
    software_version: str

    @property
    def topic(self) -> str:
        """The status topic."""
        return STATUS.topic(room=self.room)

    def body(
        self, state: Literal["online", "offline"], connection: int, at: datetime
    ) -> dict[str, JsonValue]:
        """The status message of a connection as JSON."""
        return StatusMessage(
            room=self.room,
            session=self.session,
            mode=self.mode,
            time_utc=at,
            seq=None,
            procedure=None,
            valid_until=None,
            state=state,
            connection=connection,
            software_version=self.software_version,
        ).model_dump(mode="json")
