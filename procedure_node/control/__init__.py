"""The control socket: how people's commands reach the node."""

from procedure_node.control.app import Answer, Controls, FindStudy
from procedure_node.control.client import ControlClient, ControlError, NodeAwayError
from procedure_node.control.socket import listen

__all__ = [
    "Answer",
    "ControlClient",
    "ControlError",
    "Controls",
    "FindStudy",
    "NodeAwayError",
    "listen",
]
