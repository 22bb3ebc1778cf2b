"""Freeze-thaw cycles folded out of one probe's readings, one at a time.

Pure: what it knows of time is what readings and gaps carry, so a replay gives the same cycles.
"""

from datetime import datetime

from dosimetry_core.values import CyclePhase, MeasurementValidity
from procedure_node.cycles.model import FreezeThawCycle, PhaseSpan, ProbeCycles
from procedure_node.cycles.threshold import seconds_below
from procedure_node.events import ConsoleMode, EventTime, ProbeReading

PHASE_OF_MODE: dict[ConsoleMode, CyclePhase] = {
    "OFF": CyclePhase.IDLE,
    "FREEZE": CyclePhase.FREEZE,
    "THAW": CyclePhase.PASSIVE_THAW,
    "HEAT": CyclePhase.ACTIVE_THAW,
    "STICK": CyclePhase.IDLE,
    "TEST": CyclePhase.IDLE,
}
"""STICK holds a probe in place with a little ice. It is no treatment, so it begins no cycle; and it
is no thaw, so a freeze that goes on after it is still the same freeze."""

_THAWS = (CyclePhase.PASSIVE_THAW, CyclePhase.ACTIVE_THAW)


def after_reading(
    cycles: ProbeCycles, at: EventTime, reading: ProbeReading, *, maximum_gap_s: float
) -> ProbeCycles:
    """The cycles after one more reading of the probe.

    The time since the reading before belongs to the phase of that reading, if both are VALID and
    not more than ``maximum_gap_s`` apart and nothing went missing between them. Otherwise it is
    UNKNOWN, for ever. A reading in doubt (QUESTIONABLE) makes its time UNKNOWN as an INVALID one
    does.

    Args:
        cycles: the cycles so far.
        at: when the reading came.
        reading: of the same probe as all before.
        maximum_gap_s: the longest time between two readings that counts as watched, s.
    """
    tip_c, since = reading.tip_temperature_c, cycles.accounted_until
    elapsed_s = 0.0 if since is None else (at.utc - since).total_seconds()
    if reading.validity is not MeasurementValidity.VALID or tip_c is None or elapsed_s < 0:
        return after_gap(cycles, at).model_copy(update={"last_reading_at": at.utc})
    if elapsed_s > maximum_gap_s:
        cycles = after_gap(cycles, at)
    cycles = _pass_time(cycles, at.utc, tip_c)
    cycles = _enter(cycles, at.utc, PHASE_OF_MODE[reading.mode])
    cycles = _note(cycles, tip_c, reading.gas_pressure_kpa)
    return cycles.model_copy(update={"last_reading_at": at.utc, "last_temperature_c": tip_c})


def after_gap(cycles: ProbeCycles, at: EventTime) -> ProbeCycles:
    """The cycles after readings went missing until ``at``: UNKNOWN since the last one, for ever.

    The phase stays UNKNOWN until the next VALID reading. A wall clock that was set back leaves the
    time UNKNOWN until it has caught up.
    """
    since = cycles.accounted_until
    if since is None:
        return cycles
    cycles = _enter(cycles, since, CyclePhase.UNKNOWN)
    return _pass_time(cycles, max(at.utc, since), None).model_copy(
        update={"last_temperature_c": None}
    )


def _pass_time(cycles: ProbeCycles, until: datetime, tip_c: float | None) -> ProbeCycles:
    """Put the time until ``until``, when the tip was at ``tip_c``, down to the current phase."""
    since, cycle = cycles.accounted_until, cycles.open_cycle
    if since is not None and cycle is not None:
        elapsed_s = (until - since).total_seconds()
        change: dict[str, float] = {}
        if cycles.phase is CyclePhase.UNKNOWN:
            change["unknown_s"] = cycle.unknown_s + elapsed_s
        elif cycles.phase is CyclePhase.FREEZE:
            change["freeze_s"] = cycle.freeze_s + elapsed_s
        before_c = cycles.last_temperature_c
        if before_c is not None and tip_c is not None:
            for key, limit_c in (("below_minus20_s", -20.0), ("below_minus40_s", -40.0)):
                below_s = seconds_below(limit_c, before_c, tip_c, elapsed_s)
                change[key] = getattr(cycle, key) + below_s
        cycles = _with_last(cycles, cycle.model_copy(update=change))
    return cycles.model_copy(update={"accounted_until": until})


def _enter(cycles: ProbeCycles, at: datetime, phase: CyclePhase) -> ProbeCycles:
    """Begin ``phase`` at ``at``, unless it is the current one; end or begin a cycle with it."""
    if phase is cycles.phase and cycles.phase_since is not None:
        return cycles
    cycle = cycles.open_cycle
    if cycle is not None:
        ended = cycle.phases[-1].model_copy(update={"ended": at})
        spans = (*cycle.phases[:-1], ended)
        if phase in (CyclePhase.FREEZE, CyclePhase.IDLE) and _has_thawed(cycle):
            change = {"phases": spans, "ended": at}
        else:
            change = {"phases": (*spans, PhaseSpan(phase=phase, started=at))}
        cycles = _with_last(cycles, cycle.model_copy(update=change))
    if phase is CyclePhase.FREEZE and cycles.open_cycle is None:
        begun = FreezeThawCycle(
            number=len(cycles.cycles) + 1,
            started=at,
            phases=(PhaseSpan(phase=phase, started=at),),
        )
        cycles = cycles.model_copy(update={"cycles": (*cycles.cycles, begun)})
    return cycles.model_copy(update={"phase": phase, "phase_since": at})


def _note(cycles: ProbeCycles, tip_c: float, pressure_kpa: float | None) -> ProbeCycles:
    """Keep what the reading says of the open cycle: how cold, and the gas while freezing."""
    cycle = cycles.open_cycle
    if cycle is None:
        return cycles
    change: dict[str, object] = {}
    span = cycle.phases[-1]
    if span.minimum_temperature_c is None or tip_c < span.minimum_temperature_c:
        coldest = span.model_copy(update={"minimum_temperature_c": tip_c})
        change["phases"] = (*cycle.phases[:-1], coldest)
    if cycle.minimum_temperature_c is None or tip_c < cycle.minimum_temperature_c:
        change["minimum_temperature_c"] = tip_c
    if cycles.phase is CyclePhase.FREEZE and pressure_kpa is not None:
        change["gas_pressure_end_kpa"] = pressure_kpa
        if cycle.gas_pressure_start_kpa is None:
            change["gas_pressure_start_kpa"] = pressure_kpa
    return _with_last(cycles, cycle.model_copy(update=change))


def _has_thawed(cycle: FreezeThawCycle) -> bool:
    return any(span.phase in _THAWS for span in cycle.phases)


def _with_last(cycles: ProbeCycles, cycle: FreezeThawCycle) -> ProbeCycles:
    return cycles.model_copy(update={"cycles": (*cycles.cycles[:-1], cycle)})
