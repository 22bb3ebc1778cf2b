"""How a publisher tells whether it is there, after the birth and death of Sparkplug 3.0."""

from datetime import datetime
from typing import Literal, Protocol

from pydantic import JsonValue

from dosimetry_core.values import GenerationMode

PresenceState = Literal["online", "offline"]


class Presence(Protocol):
    """Words of the retained status message.

    The death that is left with the broker (its will) carries the same ``connection`` as the birth
    that belongs to it, as Sparkplug's bdSeq does: a will that comes late, after the next birth, is
    known by its old number.
    """

    @property
    def topic(self) -> str:
        """The status topic."""
        ...

    @property
    def mode(self) -> GenerationMode:
        """Mode of the status message itself."""
        ...

    def body(self, state: PresenceState, connection: int, at: datetime) -> dict[str, JsonValue]:
        """The status message.

        Args:
            state: online for a birth, offline for a death.
            connection: counts this publisher's connections, from 1.
            at: aware UTC time of saying so; in a will, when the connection was opened.
        """
        ...
