"""The one place where events are made, journalled and turned into the next state."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress

from dosimetry_core.values import GenerationMode
from procedure_node.core.clock import Clock, system_clock
from procedure_node.core.derive import derive
from procedure_node.core.draft import SYSTEM, CommandRefusedError, Decision, Draft
from procedure_node.events import (
    AnyPayload,
    Event,
    EventTime,
    Originator,
    ProcedureOpened,
    RecordConfirmed,
    RecordQueued,
    RecordRejected,
)
from procedure_node.journal import Journal, NewEntry, OutboxItem
from procedure_node.state import NodeState, reduce

TICK_S = 1.0
"""How often rules that depend on time alone are judged."""

BATCH_LIMIT = 256
"""Most drafts that share one transaction: bounds the wait of the first of them."""

_AFTER_CLOSING = frozenset(
    {
        "alert-raised",
        "alert-cleared",
        "alert-acknowledged",
        "view-stored",
    }
)
"""Kinds that still belong to a procedure after it was closed."""

_DERIVATIONS = 2
"""Judgements follow from events, and the record of a closed procedure follows from judgements."""

Project = Callable[[NodeState, NodeState, Event, int], Sequence[OutboxItem]]
"""(before, after, event, seq) -> what is to be sent because of the event."""


class Core:
    """Takes drafts in order; an event is seen by nobody before it is on disk.

    Args:
        journal: the open journal.
        state: the state after replaying it.
        mode: the node's own generation mode, for events that no device originates.
        project: what is to be sent because of an event.
        clock: where the time comes from.
    """

    def __init__(
        self,
        journal: Journal,
        state: NodeState,
        *,
        mode: GenerationMode,
        project: Project,
        clock: Clock = system_clock,
    ) -> None:
        self.clock = clock
        self._journal = journal
        self._working = state
        self._state = state
        self._seq = self._working_seq = journal.last_seq()
        self._mode = mode
        self._project = project
        self._drafts: asyncio.Queue[tuple[Draft, asyncio.Future[None]]] = asyncio.Queue()
        self._changed = asyncio.Condition()
        self._version = 0
        self._stopping = False

    @property
    def state(self) -> NodeState:
        """The newest state that is wholly on disk."""
        return self._state

    @property
    def seq(self) -> int:
        """The number of the newest journal entry on disk."""
        return self._seq

    def post(
        self,
        payload: AnyPayload,
        *,
        originator: Originator = SYSTEM,
        mode: GenerationMode | None = None,
        time: EventTime | None = None,
    ) -> asyncio.Future[None]:
        """Hand in a fact; the future is done when it is on disk. Need not be awaited."""
        return self.decide(lambda _: (payload,), originator=originator, mode=mode, time=time)

    def decide(
        self,
        decision: Decision,
        *,
        originator: Originator = SYSTEM,
        mode: GenerationMode | None = None,
        time: EventTime | None = None,
    ) -> asyncio.Future[None]:
        """Hand in a decision, taken on the state that its events follow.

        The future is done when its events are on disk, or has the decision's
        ``CommandRefusedError``.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._drafts.put_nowait((Draft(decision, originator, mode, time), done))
        return done

    async def changes(self) -> AsyncIterator[NodeState]:
        """Each newer state, the present one first; a slow reader misses those in between."""
        seen = -1
        while True:
            async with self._changed:
                await self._changed.wait_for(lambda: self._version != seen)  # noqa: B023
                seen = self._version
            yield self._state

    async def wait_for(self, wanted: Callable[[NodeState], bool]) -> NodeState:
        """The first state, from now on, that is as wanted."""
        async with self._changed:
            await self._changed.wait_for(lambda: wanted(self._state))
            return self._state

    async def run(self, on_tick: Callable[[], None] = lambda: None) -> None:
        """Take drafts until ``stop``; ``on_tick`` is called at least every ``TICK_S`` of work.

        Raises:
            JournalError: the journal cannot be written; the node must not go on.
        """
        while not self._stopping:
            await self._commit(await self._next_batch())
            on_tick()
        await self._commit(self._waiting())

    def stop(self) -> None:
        """Let ``run`` return once all that was handed in is journalled."""
        self._stopping = True
        self.decide(lambda _: ())

    async def _next_batch(self) -> list[tuple[Draft, asyncio.Future[None]]]:
        with suppress(TimeoutError):
            async with asyncio.timeout(TICK_S):
                first = await self._drafts.get()
            return [first, *self._waiting(BATCH_LIMIT - 1)]
        return []

    def _waiting(self, limit: int | None = None) -> list[tuple[Draft, asyncio.Future[None]]]:
        waiting: list[tuple[Draft, asyncio.Future[None]]] = []
        while not self._drafts.empty() and (limit is None or len(waiting) < limit):
            waiting.append(self._drafts.get_nowait())
        return waiting

    async def _commit(self, batch: Sequence[tuple[Draft, asyncio.Future[None]]]) -> None:
        entries: list[NewEntry] = []
        taken: list[asyncio.Future[None]] = []
        for draft, done in batch:
            try:
                payloads = draft.decide(self._working)
            except CommandRefusedError as refusal:
                if not done.cancelled():
                    done.set_exception(refusal)
                continue
            entries.extend(
                self._take(payload, draft.originator, draft.mode, draft.time)
                for payload in payloads
            )
            taken.append(done)
        now = self.clock()
        for _ in range(_DERIVATIONS):
            entries.extend(
                self._take(payload, SYSTEM, self._derived_mode(), now)
                for payload in derive(self._working, now.utc)
            )
        if entries:
            await self._journal.append(entries)
            self._seq = self._working_seq
            await self._show()
        for done in taken:
            if not done.cancelled():
                done.set_result(None)

    def _derived_mode(self) -> GenerationMode:
        procedure = self._working.procedure
        return procedure.mode if procedure is not None else self._mode

    def _take(
        self,
        payload: AnyPayload,
        originator: Originator,
        mode: GenerationMode | None,
        time: EventTime | None,
    ) -> NewEntry:
        before = self._working
        event = Event(
            time=time or self.clock(),
            originator=originator,
            mode=mode or self._mode,
            procedure_id=_procedure_of(before, payload),
            payload=payload,
        )
        self._working = reduce(before, event)
        self._working_seq += 1
        return NewEntry(event, self._project(before, self._working, event, self._working_seq))

    async def _show(self) -> None:
        async with self._changed:
            self._state = self._working
            self._version += 1
            self._changed.notify_all()


def _procedure_of(state: NodeState, payload: AnyPayload) -> str | None:
    """A record may come to its end while the next procedure is open: it names its own."""
    if isinstance(payload, ProcedureOpened | RecordQueued | RecordConfirmed | RecordRejected):
        return payload.procedure_id
    procedure = state.procedure
    if procedure is None:
        return None
    is_open = procedure.closed_at is None
    return procedure.procedure_id if is_open or payload.kind in _AFTER_CLOSING else None
