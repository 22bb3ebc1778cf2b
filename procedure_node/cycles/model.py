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

    The spans of ``phases`` follow each other without a hole from ``started`` to ``ended``.
    ``below_minus20_s`` and ``below_minus40_s`` count known time only; ``unknown_s`` is how much of
    the cycle is not known, so that a sum says how sure it is. The gas pressures are those of the
    first and of the latest reading while freezing.
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
    """The cycles of one probe so far, and the phase that it is in now.

    ``last_reading_at`` is of the last reading, whatever its validity; ``last_temperature_c`` is its
    temperature, None unless the reading was VALID and nothing went missing since.
    ``accounted_until`` is how far time has been put down to a phase.
    """

    phase: CyclePhase = CyclePhase.UNKNOWN
    phase_since: AwareDatetime | None = None
    cycles: tuple[FreezeThawCycle, ...] = ()
    last_reading_at: AwareDatetime | None = None
    last_temperature_c: float | None = None
    accounted_until: AwareDatetime | None = None

    @property
    def open_cycle(self) -> FreezeThawCycle | None:
        """The cycle that has not ended yet, if there is one."""
        return self.cycles[-1] if self.cycles and self.cycles[-1].ended is None else None
