"""Alarms: which conditions there are, and how one is signalled to people. Pure."""

from procedure_node.alarms.condition import AlertCondition, Kind
from procedure_node.alarms.registry import CONDITIONS, condition_of

__all__ = ["CONDITIONS", "AlertCondition", "Kind", "condition_of"]
