"""Freeze-thaw cycles of one probe as facts."""

from pydantic import AwareDatetime

from dosimetry_core.values import CyclePhase
from procedure_node.events import Fact


class PhaseSpan(Fact):
    """One phase: when it began, when it ended (None while it lasts), its coldest tip reading."""

    phase: CyclePhase
    started: AwareDatetime
    ended: AwareDatetime | None = None
    minimum_temperature_c: float | None = None


class FreezeThawCycle(Fact):
    """One freeze with the thaw that follows it.

    ``below_minus20_s`` and ``below_minus40_s`` count known time only; ``unknown_s`` is how much of
    the cycle is not known, so that a sum says how sure it is.
    """

    number: int
    started: AwareDatetime
    ended: AwareDatetime | None = None
    phases: tuple[PhaseSpan, ...]
    minimum_temperature_c: float | None = None
    below_minus20_s: float = 0.0
    below_minus40_s: float = 0.0
    freeze_s: float = 0.0
    unknown_s: float = 0.0
    gas_pressure_start_kpa: float | None = None
    gas_pressure_end_kpa: float | None = None


class ProbeCycles(Fact):
    """The cycles of one probe so far, and the phase that it is in now."""

    phase: CyclePhase = CyclePhase.UNKNOWN
    phase_since: AwareDatetime | None = None
    cycles: tuple[FreezeThawCycle, ...] = ()
    last_reading_at: AwareDatetime | None = None
    last_temperature_c: float | None = None
