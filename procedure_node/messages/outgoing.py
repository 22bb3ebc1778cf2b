"""A message on its way out, and what all messages of one instant share."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import JsonValue

from dosimetry_core.values import GenerationMode
from procedure_node.events import Fact
from procedure_node.messages.channels import Channel
from procedure_node.messages.contract import CONTRACT
from procedure_node.state import NodeState

# Retained state that is not renewed within this time is unknown. Three heartbeats fit into it, so
# that one late heartbeat does not turn the display of another room grey.
STATE_VALID_S = 30
HEARTBEAT_S = 10.0
# At least once: a lost reading would be a gap that nobody can explain.
QOS = 1


class OutgoingMessage(Fact):
    """A message to be published.

    Attributes:
        topic: full topic.
        body: the JSON object; an empty one makes the broker forget the retained message.
        retain: it is state: the broker keeps it.
        qos: MQTT quality of service.
        expires_after_s: seconds after which the state is unknown; None for an event.
        mode: where the data in it comes from.
    """

    topic: str
    body: dict[str, JsonValue]
    retain: bool
    qos: int = QOS
    expires_after_s: int | None
    mode: GenerationMode


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the messages of one instant share.

    Attributes:
        state: the state that they tell.
        at: aware time of the event, or of the renewal.
        seq: the journal entry that they follow from.
        mode: mode of the event, or of the node in a renewal.
    """

    state: NodeState
    at: datetime
    seq: int
    mode: GenerationMode

    def outgoing(
        self, channel: Channel, levels: Mapping[str, str], content: Mapping[str, Any]
    ) -> OutgoingMessage:
        """A message for a channel, with these fields of its own.

        Args:
            channel: where to.
            levels: parameters of the topic besides room and procedure.
            content: the message's fields besides those of ``Message``.
        """
        at = self.at.astimezone(UTC)
        procedure = self.state.procedure if channel.of_procedure else None
        mode = self.mode if procedure is None else least_real(self.mode, procedure.mode)
        body = CONTRACT[channel].model_validate(
            {
                "room": self.state.room,
                "session": self.state.session,
                "mode": mode,
                "time_utc": at,
                "seq": self.seq,
                "procedure": procedure.procedure_id if procedure else None,
                "valid_until": at + timedelta(seconds=STATE_VALID_S) if channel.retained else None,
                **content,
            }
        )
        return OutgoingMessage(
            topic=topic_of(self.state, channel, levels),
            body=body.model_dump(mode="json"),
            retain=channel.retained,
            expires_after_s=STATE_VALID_S if channel.retained else None,
            mode=mode,
        )


def topic_of(state: NodeState, channel: Channel, levels: Mapping[str, str]) -> str:
    """The topic of a channel for the node and procedure of a state."""
    if channel.of_procedure and state.procedure is not None:
        levels = {"procedure": state.procedure.procedure_id, **levels}
    return channel.topic(room=state.room, **levels)


def least_real(*modes: GenerationMode) -> GenerationMode:
    """The mode of what is made of data of these modes: DEMO before TEST before REAL."""
    order = (GenerationMode.DEMO, GenerationMode.TEST, GenerationMode.REAL)
    return min(modes, key=order.index)


def forgotten(topic: str, mode: GenerationMode) -> OutgoingMessage:
    """Makes the broker forget what it has retained on a topic."""
    return OutgoingMessage(topic=topic, body={}, retain=True, expires_after_s=None, mode=mode)
