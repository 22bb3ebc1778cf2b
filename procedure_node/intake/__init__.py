"""Where what the drivers tell becomes events."""

from procedure_node.intake.telemetry import event_time, payload_of

__all__ = ["event_time", "payload_of"]
