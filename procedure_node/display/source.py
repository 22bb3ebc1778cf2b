"""Where the display hears of new states."""

from collections.abc import AsyncIterator
from typing import Protocol

from procedure_node.state import NodeState


class StateSource(Protocol):
    """The one thing that the display needs of the daemon."""

    @property
    def state(self) -> NodeState:
        """The newest state."""
        ...

    def changes(self) -> AsyncIterator[NodeState]:
        """The newest state, and each time it changed the then newest one.

        A slow reader misses states between; it never gets an old one after a new one. Ends when
        the source is closed.
        """
        ...
