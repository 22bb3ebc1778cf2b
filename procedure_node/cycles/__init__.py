"""Freeze-thaw cycles from a probe's readings."""

from procedure_node.cycles.fold import PHASE_OF_MODE, after_gap, after_reading
from procedure_node.cycles.model import FreezeThawCycle, PhaseSpan, ProbeCycles

__all__ = [
    "PHASE_OF_MODE",
    "FreezeThawCycle",
    "PhaseSpan",
    "ProbeCycles",
    "after_gap",
    "after_reading",
]
