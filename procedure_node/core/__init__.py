"""The daemon's heart: drafts in, journalled events and states out."""

from procedure_node.core.clock import Clock, system_clock
from procedure_node.core.core import Core, Project
from procedure_node.core.draft import SYSTEM, CommandRefusedError, Decision, device, person

__all__ = [
    "SYSTEM",
    "Clock",
    "CommandRefusedError",
    "Core",
    "Decision",
    "Project",
    "device",
    "person",
    "system_clock",
]
