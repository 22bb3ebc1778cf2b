"""From a queued message to what goes over the wire."""

import json
from datetime import datetime

from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from pydantic import JsonValue

from drivers.mqtt.queue import QueuedMessage

# State that is out of date when it is delivered late is kept at least this long, so that a
# subscriber that still works through a backlog gets it; its ``valid_until`` says how old it is.
LATE_STATE_KEPT_S = 60


def encode_body(body: dict[str, JsonValue]) -> bytes:
    """UTF-8 JSON without spaces; an empty object is an empty payload.

    Raises:
        ValueError: a number is not finite, which JSON cannot carry.
    """
    if not body:
        return b""
    return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def is_historical(message: QueuedMessage, connected_at: datetime) -> bool:
    """Whether the message was queued before this connection was up."""
    return message.queued_at < connected_at


def payload_of(message: QueuedMessage, connected_at: datetime) -> bytes:
    """The payload, marked ``historical`` or not by when this connection was opened."""
    if not message.body:
        return b""
    return encode_body({**message.body, "historical": is_historical(message, connected_at)})


def is_retained(message: QueuedMessage, connected_at: datetime) -> bool:
    """Whether the broker is to keep it: late state is kept only if nothing newer is on its way."""
    late = is_historical(message, connected_at) and message.superseded
    return message.retain and not late


def properties_of(message: QueuedMessage, connected_at: datetime, now: datetime) -> Properties:
    """MQTT 5 properties of a publication: JSON, and the expiry that is left (MQTT 5, 3.3.2.3).

    Late messages that the broker is not to keep have no expiry: they are history, and a subscriber
    behind a slow link is to get all of it.
    """
    properties = Properties(PacketTypes.PUBLISH)
    if message.body:
        properties.PayloadFormatIndicator = 1
        properties.ContentType = "application/json"
    if message.expires_after_s is None:
        return properties
    if is_historical(message, connected_at):
        if not is_retained(message, connected_at):
            return properties
        floor_s = LATE_STATE_KEPT_S
    else:
        floor_s = 1
    age_s = (now - message.queued_at).total_seconds()
    properties.MessageExpiryInterval = max(floor_s, round(message.expires_after_s - age_s))
    return properties
