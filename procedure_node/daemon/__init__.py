"""The service: every part, supervised."""

from procedure_node.daemon.logging import configure_logging
from procedure_node.daemon.service import run_node
from procedure_node.daemon.sinks import mqtt_options

__all__ = ["configure_logging", "mqtt_options", "run_node"]
