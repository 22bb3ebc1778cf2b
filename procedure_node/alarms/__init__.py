"""Alarms: which conditions there are, what causes what, and how one is signalled. Pure."""

from procedure_node.alarms.causes import CONSEQUENCES, Consequence, with_causes
from procedure_node.alarms.condition import HIGH_ESCALATES_AFTER_S, AlertCondition, Kind
from procedure_node.alarms.registry import CONDITIONS, condition_of
from procedure_node.alarms.signals import (
    AlertSignal,
    SignalPresence,
    pause_left_s,
    signal_of,
    sounding_priority,
)

__all__ = [
    "CONDITIONS",
    "CONSEQUENCES",
    "HIGH_ESCALATES_AFTER_S",
    "AlertCondition",
    "AlertSignal",
    "Consequence",
    "Kind",
    "SignalPresence",
    "condition_of",
    "pause_left_s",
    "signal_of",
    "sounding_priority",
    "with_causes",
]
