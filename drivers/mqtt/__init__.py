"""Publishing to an MQTT broker: a durable queue in, acknowledged messages out."""

from drivers.mqtt.echo import mqtt_echo
from drivers.mqtt.errors import MqttError, MqttRefusedError
from drivers.mqtt.options import MqttOptions, TlsOptions
from drivers.mqtt.presence import Presence, PresenceState
from drivers.mqtt.probe import mqtt_probe
from drivers.mqtt.publisher import MqttPublisher
from drivers.mqtt.queue import MessageQueue, QueuedMessage

__all__ = [
    "MessageQueue",
    "MqttError",
    "MqttOptions",
    "MqttPublisher",
    "MqttRefusedError",
    "Presence",
    "PresenceState",
    "QueuedMessage",
    "TlsOptions",
    "mqtt_echo",
    "mqtt_probe",
]
