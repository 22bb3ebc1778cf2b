"""A state source that a test sets."""

import asyncio
from collections.abc import AsyncIterator

from procedure_node.state import NodeState


class LatestState:
    """A state source that somebody else sets; belongs to one event loop."""

    def __init__(self, state: NodeState) -> None:
        self._state = state
        self._closed = False
        self._changed = asyncio.Condition()

    @property
    def state(self) -> NodeState:
        """The newest state."""
        return self._state

    async def publish(self, state: NodeState) -> None:
        """Make ``state`` the newest one."""
        async with self._changed:
            self._state = state
            self._changed.notify_all()

    async def close(self) -> None:
        """End every reader after the newest state."""
        async with self._changed:
            self._closed = True
            self._changed.notify_all()

    async def changes(self) -> AsyncIterator[NodeState]:
        """See ``StateSource.changes``."""
        told: NodeState | None = None
        while True:
            async with self._changed:
                while self._state is told and not self._closed:
                    await self._changed.wait()
                if self._state is told:
                    return
                told = self._state
            yield told
