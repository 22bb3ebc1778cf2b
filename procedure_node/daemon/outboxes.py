"""The journal's outbox, as each sink wants to see it."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import AwareDatetime

from dosimetry_core.values import GenerationMode
from drivers.mqtt import QueuedMessage
from procedure_node.core import Core
from procedure_node.events import Event, Fact, RecordConfirmed, RecordRejected
from procedure_node.journal import Journal, OutboxItem, OutboxStatus, Sink, StoredOutboxItem
from procedure_node.messages import OutgoingMessage, heartbeat, messages_for
from procedure_node.record import ProcedureRecord, QueuedRecord, build_record
from procedure_node.state import NodeState


def outbox_items(
    before: NodeState, after: NodeState, event: Event, seq: int
) -> tuple[OutboxItem, ...]:
    """All that is to be sent because of an event."""
    at = event.time.utc
    items = [_mqtt_item(message, at) for message in messages_for(before, after, event, seq)]
    if event.payload.kind == "record-queued" and before.procedure is not None:
        record = build_record(before.procedure, software_version=before.software_version)
        items.append(_edc_item(record))
    return tuple(items)


def heartbeat_items(core: Core, mode: GenerationMode) -> list[OutboxItem]:
    """The retained state, told once more so that it does not run out."""
    now = core.clock().utc
    messages = heartbeat(core.state, now, core.seq, mode)
    return [_mqtt_item(message, now) for message in messages]


class QueuedOutgoing(Fact):
    """A message in the outbox, and since when."""

    queued_at: AwareDatetime
    message: OutgoingMessage


def _mqtt_item(message: OutgoingMessage, at: datetime) -> OutboxItem:
    queued = QueuedOutgoing(queued_at=at, message=message)
    return OutboxItem(Sink.MQTT, message.topic, queued.model_dump_json())


def _edc_item(record: ProcedureRecord) -> OutboxItem:
    return OutboxItem(Sink.EDC, record.procedure_id, record.model_dump_json())


class MqttOutbox:
    """The MQTT publisher's queue (``drivers.mqtt.MessageQueue``)."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def take(self, limit: int) -> Sequence[QueuedMessage]:
        """See ``MessageQueue.take``."""
        items = await self._journal.wait_pending(Sink.MQTT, limit)
        return [_queued_message(item) for item in items]

    async def done(self, ids: Sequence[int]) -> None:
        """See ``MessageQueue.done``."""
        await self._journal.discard(ids)


def _queued_message(item: StoredOutboxItem) -> QueuedMessage:
    queued = QueuedOutgoing.model_validate_json(item.item)
    message = queued.message
    return QueuedMessage(
        id=item.id,
        topic=message.topic,
        body=message.body,
        retain=message.retain,
        qos=message.qos,
        queued_at=queued.queued_at,
        expires_after_s=message.expires_after_s,
        mode=message.mode,
        superseded=item.superseded,
    )


class EdcOutbox:
    """The record sender's queue (``procedure_node.record.RecordQueue``)."""

    def __init__(self, journal: Journal, core: Core) -> None:
        self._journal = journal
        self._core = core

    async def take(self) -> QueuedRecord:
        """See ``RecordQueue.take``."""
        item = (await self._journal.wait_pending(Sink.EDC, 1))[0]
        record = ProcedureRecord.model_validate_json(item.item)
        state = "SENT" if item.status is OutboxStatus.SENT else "PENDING"
        self._taken = record
        return QueuedRecord.of(item.id, record, state)

    async def sent(self, record_id: int) -> None:
        """See ``RecordQueue.sent``."""
        await self._journal.mark([record_id], OutboxStatus.SENT)

    async def confirmed(self, record_id: int) -> None:
        """See ``RecordQueue.confirmed``."""
        await self._core.post(
            RecordConfirmed(
                procedure_id=self._taken.procedure_id,
                rows=len(self._taken.rows),
                content_sha256=self._taken.content_sha256,
            )
        )
        await self._journal.mark([record_id], OutboxStatus.DONE)

    async def rejected(self, record_id: int, reason: str) -> None:
        """See ``RecordQueue.rejected``."""
        await self._core.post(RecordRejected(procedure_id=self._taken.procedure_id, reason=reason))
        await self._journal.mark([record_id], OutboxStatus.REFUSED, reason)
