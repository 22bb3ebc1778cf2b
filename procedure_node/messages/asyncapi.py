"""The AsyncAPI 3.0 document of the message contract."""

from typing import Any

from procedure_node.messages.base import Message
from procedure_node.messages.channels import PARAMETERS, STATUS, Channel
from procedure_node.messages.contract import CONTRACT
from procedure_node.messages.outgoing import HEARTBEAT_S, QOS, STATE_VALID_S

CONTRACT_VERSION = "1.0.0"
_SCHEMA_FORMAT = "application/schema+json;version=draft-2020-12"
_MQTT_BINDING_VERSION = "0.2.0"
_DESCRIPTION = f"""\
What a procedure node publishes while seeds are implanted and tumour is frozen. Advisory, for \
research use; not a medical device.

Rules for whoever listens:

1. State is retained and carries `valid_until`. From then on it is UNKNOWN, unless it was \
renewed: the node renews what it still watches every {HEARTBEAT_S:g} s. This holds for good news \
too: an old "covered" is not "covered". With MQTT 5 the broker drops the message at that time by \
itself.
2. `historical: true` waited for the broker and tells the past.
3. Delivery is at least once: a message may come twice. Of two messages on one topic the one with \
the higher `seq`, then the later `time_utc`, holds.
4. A `mode` other than REAL is no patient's data.
5. An empty payload on a retained topic means that the topic is no longer used.
6. `offline` with an older pair of `session` and `connection` than the newest `online` is a late \
will: ignore it.
"""


def asyncapi_document() -> dict[str, Any]:
    """The AsyncAPI document; it refers to the schemas by paths relative to itself."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Procedure node",
            "version": CONTRACT_VERSION,
            "description": _DESCRIPTION,
            "license": {
                "name": "Apache-2.0",
                "url": "https://www.apache.org/licenses/LICENSE-2.0",
            },
        },
        "defaultContentType": "application/json",
        "channels": {each.name: _channel(each) for each in CONTRACT},
        "operations": {f"send{_capital(each.name)}": _operation(each) for each in CONTRACT},
        "components": {"messages": {_kind(m): _message(m) for m in CONTRACT.values()}},
    }


def schema_path(message: type[Message]) -> str:
    """Where the schema of a message stands, relative to the document."""
    return f"schemas/messages/{_kind(message)}.v{message.model_fields['version'].default}.json"


def _kind(message: type[Message]) -> str:
    return message.model_fields["kind"].default


def _capital(name: str) -> str:
    return name[0].upper() + name[1:]


def _channel(channel: Channel) -> dict[str, Any]:
    kind = _kind(CONTRACT[channel])
    return {
        "address": channel.address,
        "summary": channel.summary,
        "messages": {kind: {"$ref": f"#/components/messages/{kind}"}},
        "parameters": {name: {"description": PARAMETERS[name]} for name in channel.parameters},
    }


def _operation(channel: Channel) -> dict[str, Any]:
    binding: dict[str, Any] = {"qos": QOS, "retain": channel.retained}
    if channel.retained and channel is not STATUS:
        binding["messageExpiryInterval"] = STATE_VALID_S
    binding["bindingVersion"] = _MQTT_BINDING_VERSION
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{channel.name}"},
        "summary": channel.summary,
        "messages": [{"$ref": f"#/channels/{channel.name}/messages/{_kind(CONTRACT[channel])}"}],
        "bindings": {"mqtt": binding},
    }


def _message(message: type[Message]) -> dict[str, Any]:
    return {
        "name": message.__name__,
        "title": _kind(message),
        "summary": (message.__doc__ or "").split("\n", maxsplit=1)[0],
        "contentType": "application/json",
        "payload": {"schemaFormat": _SCHEMA_FORMAT, "schema": {"$ref": schema_path(message)}},
    }
