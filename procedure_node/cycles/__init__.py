"""Freeze-thaw cycles from a probe's readings."""

from procedure_node.cycles.fold import PHASE_OF_MODE, FoldRules, after_gap, after_reading
from procedure_node.cycles.lesion import LesionCycle, LesionCycles, LesionProbe, lesion_cycles
from procedure_node.cycles.model import (
    COLD_MARKS_C,
    THAW_MARKS_C,
    THAWS,
    FreezeThawCycle,
    PhaseSpan,
    ProbeCycles,
    TimeBelow,
)
from procedure_node.cycles.schedule import (
    WHOLE_SHARE,
    CycleClock,
    Deviation,
    NextStep,
    Schedule,
    clock_of,
    deviations,
    freeze_ended,
    schedule_of,
)

__all__ = [
    "COLD_MARKS_C",
    "PHASE_OF_MODE",
    "THAWS",
    "THAW_MARKS_C",
    "WHOLE_SHARE",
    "CycleClock",
    "Deviation",
    "FoldRules",
    "FreezeThawCycle",
    "LesionCycle",
    "LesionCycles",
    "LesionProbe",
    "NextStep",
    "PhaseSpan",
    "ProbeCycles",
    "Schedule",
    "TimeBelow",
    "after_gap",
    "after_reading",
    "clock_of",
    "deviations",
    "freeze_ended",
    "lesion_cycles",
    "schedule_of",
]
