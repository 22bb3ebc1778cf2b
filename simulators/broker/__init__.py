"""An MQTT broker inside the process, for the demonstration."""

from simulators.broker.broker import EmbeddedBroker

__all__ = ["EmbeddedBroker"]
