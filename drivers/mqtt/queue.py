"""What the publisher takes its messages from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pydantic import JsonValue

from dosimetry_core.values import GenerationMode


@dataclass(frozen=True, slots=True)
class QueuedMessage:
    """One message waiting to be published.

    Attributes:
        id: grows with the order of queueing.
        topic: full topic, without wildcards.
        body: the JSON object to send. An empty one is sent as an empty payload, which makes the
            broker forget the topic's retained message (MQTT 5, 3.3.1.3).
        retain: the message is state: the broker keeps it for later subscribers.
        qos: 0, 1 or 2 (MQTT 5, 4.3).
        queued_at: aware UTC time of queueing.
        expires_after_s: seconds after ``queued_at`` at which it is no longer true; None for never.
        mode: where the data in it comes from.
        superseded: a newer message of the same topic waits behind this one, in the queue at large
            and not only in what was taken with it.
    """

    id: int
    topic: str
    body: dict[str, JsonValue]
    retain: bool
    qos: int
    queued_at: datetime
    expires_after_s: int | None
    mode: GenerationMode
    superseded: bool = False


class MessageQueue(Protocol):
    """A durable first-in first-out queue with one consumer."""

    async def take(self, limit: int) -> Sequence[QueuedMessage]:
        """The oldest messages that are not done, oldest first, at most ``limit`` (>= 1).

        Waits until there is at least one and returns as soon as there is. What was taken and is
        not done is returned again by the next call.
        """
        ...

    async def done(self, ids: Sequence[int]) -> None:
        """Forget these messages: they were delivered or refused."""
        ...
