"""Freeze-thaw cycles from a probe's readings."""

from procedure_node.cycles.fold import PHASE_OF_MODE, FoldRules, after_gap, after_reading
from procedure_node.cycles.model import (
    COLD_MARKS_C,
    THAW_MARKS_C,
    THAWS,
    FreezeThawCycle,
    PhaseSpan,
    ProbeCycles,
    TimeBelow,
)

__all__ = [
    "COLD_MARKS_C",
    "PHASE_OF_MODE",
    "THAWS",
    "THAW_MARKS_C",
    "FoldRules",
    "FreezeThawCycle",
    "PhaseSpan",
    "ProbeCycles",
    "TimeBelow",
    "after_gap",
    "after_reading",
]
