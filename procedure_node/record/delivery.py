"""The way of records from the outbox to the EDC: pending, sent, confirmed by reading back."""

import asyncio
from collections.abc import Awaitable, Callable, Set
from dataclasses import dataclass
from typing import Literal, Protocol

import structlog

from dosimetry_core.values import ConnectionState, GenerationMode
from drivers.backoff import Backoff
from drivers.redcap import (
    RedcapClient,
    RedcapError,
    RedcapMisconfigured,
    RedcapRejected,
    RedcapUnavailable,
    deliver,
)
from procedure_node.record.build import ProcedureRecord, Row, content_sha256

FIRST_RETRY_S = 1.0
"""Upper end of the first wait after a failure: a hiccup of the network is over by then."""

LONGEST_RETRY_S = 300.0
"""Upper end of the waits: a record that is late by five minutes hurts nobody."""

PROBE_EVERY_S = 60.0
"""How often the EDC is asked whether it is there while nothing is to be sent: the display shows the
link, and a wrong token is better known before the procedure ends."""

_log = structlog.stdlib.get_logger("record")

LinkObserver = Callable[[ConnectionState, str], Awaitable[None]]
"""Told the link's state and the reason, once on loss and once on recovery."""


@dataclass(frozen=True, slots=True)
class QueuedRecord:
    """A record in the outbox. ``state`` is SENT once the EDC has accepted it."""

    id: int
    procedure_id: str
    rows: tuple[Row, ...]
    content_sha256: str
    mode: GenerationMode
    state: Literal["PENDING", "SENT"] = "PENDING"

    @classmethod
    def of(
        cls, queue_id: int, record: ProcedureRecord, state: Literal["PENDING", "SENT"] = "PENDING"
    ) -> "QueuedRecord":
        """``record`` in its place in the outbox."""
        return cls(
            id=queue_id,
            procedure_id=record.procedure_id,
            rows=record.rows,
            content_sha256=record.content_sha256,
            mode=record.mode,
            state=state,
        )


class RecordQueue(Protocol):
    """The outbox of records. Each mark is durable before it returns."""

    async def take(self) -> QueuedRecord:
        """The oldest record that is neither confirmed nor rejected; waits until there is one."""
        ...

    async def sent(self, record_id: int) -> None:
        """The EDC has accepted the record."""
        ...

    async def confirmed(self, record_id: int) -> None:
        """The EDC holds the record: it was read back and is the same."""
        ...

    async def rejected(self, record_id: int, reason: str) -> None:
        """The record cannot be delivered; it is kept for a person, and not taken again."""
        ...


class RecordSender:
    """Drains the outbox of records into one REDCap project, one record after the other.

    A record counts as delivered only when it was read back. Whatever stands in the outbox, the EDC
    is read first: after a crash at any point, a record that the EDC holds is not sent again.

    Args:
        queue: the outbox.
        client: the project; stays open.
        accepted_modes: generation modes that this EDC takes; a record of another is rejected.
        backoff: waits between tries while the EDC is unavailable or misconfigured.
        on_link: told when the link is lost and when it is back, also while nothing is to be sent.
        probe_every_s: time between questions to an idle EDC, s.
    """

    def __init__(
        self,
        queue: RecordQueue,
        client: RedcapClient,
        *,
        accepted_modes: Set[GenerationMode] = frozenset({GenerationMode.REAL}),
        backoff: Backoff | None = None,
        on_link: LinkObserver | None = None,
        probe_every_s: float = PROBE_EVERY_S,
    ) -> None:
        self._queue = queue
        self._client = client
        self._accepted_modes = accepted_modes
        self._backoff = backoff or Backoff(FIRST_RETRY_S, LONGEST_RETRY_S)
        self._on_link = on_link
        self._probe_every_s = probe_every_s
        self._link: tuple[ConnectionState, str] | None = None

    async def run(self) -> None:
        """Deliver records until cancelled."""
        while True:
            record = await self._next()
            refusal = self._refusal(record)
            if refusal is not None:
                await self._reject(record, refusal)
            else:
                await self._deliver(record)

    async def _next(self) -> QueuedRecord:
        """The next record; the link is probed at the start and while waiting."""
        taking = asyncio.ensure_future(self._queue.take())
        wait_s = 0.0 if self._link is None else self._probe_every_s
        try:
            while not (await asyncio.wait({taking}, timeout=wait_s))[0]:
                await self._probe()
                wait_s = self._probe_every_s
            return taking.result()
        finally:
            taking.cancel()
            await asyncio.gather(taking, return_exceptions=True)

    async def _probe(self) -> None:
        try:
            await self._client.version()
        except RedcapUnavailable as error:
            await self._tell(ConnectionState.DISCONNECTED, str(error))
        except RedcapError as error:
            await self._tell(ConnectionState.TERMINAL, str(error))
        else:
            await self._tell(ConnectionState.CONNECTED, "")

    def _refusal(self, record: QueuedRecord) -> str | None:
        if record.mode not in self._accepted_modes:
            accepted = ", ".join(sorted(mode.value for mode in self._accepted_modes))
            return (
                f"the record is {record.mode.value} data and this EDC takes {accepted} only; send "
                "it to a project for tests, or add the mode to the EDC's accepted modes"
            )
        if content_sha256(record.rows) != record.content_sha256:
            return (
                "the record in the outbox is not the one that was queued (its SHA-256 differs); "
                "verify the journal"
            )
        return None

    async def _deliver(self, record: QueuedRecord) -> None:
        while True:
            try:
                delivery = await deliver(
                    self._client, record.rows, on_accepted=lambda: self._queue.sent(record.id)
                )
            except RedcapRejected as error:
                await self._tell(ConnectionState.CONNECTED, "")
                await self._reject(record, str(error))
                return
            except RedcapUnavailable as error:
                await self._tell(ConnectionState.DISCONNECTED, str(error))
            except RedcapMisconfigured as error:
                await self._tell(ConnectionState.TERMINAL, str(error))
            else:
                await self._tell(ConnectionState.CONNECTED, "")
                if delivery.confirmed:
                    await self._queue.confirmed(record.id)
                    _log.info(
                        "record confirmed",
                        procedure=record.procedure_id,
                        rows=delivery.rows,
                        imported=delivery.imported,
                    )
                else:
                    await self._reject(record, str(delivery))
                return
            await asyncio.sleep(self._backoff.next_delay_s())

    async def _reject(self, record: QueuedRecord, reason: str) -> None:
        _log.error("record rejected", procedure=record.procedure_id, reason=reason)
        await self._queue.rejected(record.id, reason)

    async def _tell(self, state: ConnectionState, reason: str) -> None:
        """Log and report a change of the link, not every failed try."""
        if state is ConnectionState.CONNECTED:
            self._backoff.reset()
        if self._link is not None and self._link[0] is state:
            return
        recovered = self._link is not None
        self._link = (state, reason)
        if state is not ConnectionState.CONNECTED:
            _log.warning("EDC lost", state=state.value, reason=reason)
        elif recovered:
            _log.info("EDC is back")
        if self._on_link is not None:
            await self._on_link(state, reason)
