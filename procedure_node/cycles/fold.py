"""Freeze-thaw cycles folded out of one probe's readings, one at a time.

Pure: what it knows of time is what readings and gaps carry, so a replay gives the same cycles.
Every reading of a session passes here, and all of them again at a restart: a step makes as few
copies as it can.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dosimetry_core.values import CyclePhase, MeasurementValidity
from procedure_node.cycles.model import (
    COLD_MARKS_C,
    THAW_MARKS_C,
    THAWS,
    FreezeThawCycle,
    PhaseSpan,
    ProbeCycles,
)
from procedure_node.cycles.threshold import first_below, seconds_below
from procedure_node.cycles.trend import phase_of_tip, with_tip
from procedure_node.events import ConsoleMode, EventTime, ProbeReading

PHASE_OF_MODE: dict[ConsoleMode, CyclePhase] = {
    "OFF": CyclePhase.IDLE,
    "FREEZE": CyclePhase.FREEZE,
    "THAW": CyclePhase.PASSIVE_THAW,
    "HEAT": CyclePhase.ACTIVE_THAW,
    "STICK": CyclePhase.STICK,
    "TEST": CyclePhase.TEST,
}
"""STICK holds a probe in place with a little ice. It is no treatment, so it begins no cycle; and it
is no thaw, so a freeze that goes on after it is still the same freeze."""

GAS_POINT_S, GAS_WINDOW_S = 10.0, 180.0
"""A gas pressure is kept this often, and this long: a minute is too short for its slope in the
rounding of a gauge, and other probes that are switched on make an old slope wrong."""

_ENDS_A_THAW = (CyclePhase.FREEZE, CyclePhase.IDLE, CyclePhase.STICK, CyclePhase.TEST)
_SUMS = {
    CyclePhase.FREEZE: "freeze_s",
    CyclePhase.PASSIVE_THAW: "passive_thaw_s",
    CyclePhase.ACTIVE_THAW: "active_thaw_s",
    CyclePhase.UNKNOWN: "unknown_s",
}
_Change = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FoldRules:
    """What the fold needs of the protocol.

    Attributes:
        maximum_gap_s: the longest time between two readings that counts as watched, s.
        limits_c: temperatures below which time is counted, C; warmest first.
    """

    maximum_gap_s: float
    limits_c: tuple[float, ...] = COLD_MARKS_C


def after_reading(
    cycles: ProbeCycles, at: EventTime, reading: ProbeReading, rules: FoldRules
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
        rules: what counts as a gap and as cold.
    """
    tip_c, since = reading.tip_temperature_c, cycles.accounted_until
    elapsed_s = 0.0 if since is None else (at.utc - since).total_seconds()
    if reading.validity is not MeasurementValidity.VALID or tip_c is None or elapsed_s < 0:
        return after_gap(cycles, at).model_copy(update={"last_reading_at": at.utc})
    if elapsed_s > rules.maximum_gap_s:
        cycles, elapsed_s = after_gap(cycles, at), 0.0
    noted: _Change = {
        "last_reading_at": at.utc,
        "accounted_until": at.utc,
        "last_temperature_c": tip_c,
        "last_power_percent": reading.power_percent,
    }
    if reading.mode is not None:
        phase = PHASE_OF_MODE[reading.mode]
    else:
        trend = with_tip(cycles.tip, at.utc.timestamp(), tip_c)
        phase, warming = phase_of_tip(cycles, trend)
        noted |= {"tip": trend, "warming": warming}
    if phase is CyclePhase.FREEZE and reading.gas_pressure_kpa is not None:
        noted |= _gas_noted(cycles, at.utc.timestamp(), reading.gas_pressure_kpa)
    cycle = cycles.open_cycle
    change, span_change = _passed(cycles, cycle, at.utc, elapsed_s, tip_c)
    if phase is not cycles.phase or cycles.phase_since is None:
        cycles = _entered(_with_cycle(cycles, cycle, change, span_change), at.utc, phase, rules)
        cycle = cycles.open_cycle
        change, span_change = {}, {}
    if cycle is not None:
        _note(cycle, phase, at.utc, tip_c, reading.gas_pressure_kpa, change, span_change)
    elif change:
        noted |= change
        change = {}
    return _with_cycle(cycles, cycle, change, span_change, noted)


def after_gap(cycles: ProbeCycles, at: EventTime) -> ProbeCycles:
    """The cycles after readings went missing until ``at``: UNKNOWN since the last one, for ever.

    The phase stays UNKNOWN until the next VALID reading. A wall clock that was set back leaves the
    time UNKNOWN until it has caught up.
    """
    since = cycles.accounted_until
    if since is None:
        return cycles
    if cycles.phase is not CyclePhase.UNKNOWN:
        cycles = _entered(cycles, since, CyclePhase.UNKNOWN, None)
    until = max(at.utc, since)
    cycle = cycles.open_cycle
    change, _ = _passed(cycles, cycle, until, (until - since).total_seconds(), None)
    noted: _Change = {
        "accounted_until": until,
        "last_temperature_c": None,
        "last_power_percent": None,
        "tip": (),
        "warming": False,
    }
    if cycle is None:
        return cycles.model_copy(update={**noted, **change})
    return _with_cycle(cycles, cycle, change, {}, noted)


def _passed(
    cycles: ProbeCycles,
    cycle: FreezeThawCycle | None,
    until: datetime,
    elapsed_s: float,
    tip_c: float | None,
) -> tuple[_Change, _Change]:
    """What becomes of the cycle (of all cycles, outside of one) and its span as time passes."""
    if elapsed_s <= 0:
        return {}, {}
    unknown = cycles.phase is CyclePhase.UNKNOWN
    if cycle is None:
        passed = {"outside_unknown_s": cycles.outside_unknown_s + elapsed_s} if unknown else {}
        return passed, {}
    name = _SUMS.get(cycles.phase, "idle_s")
    change: _Change = {name: getattr(cycle, name) + elapsed_s}
    span_change: _Change = {}
    power = cycles.last_power_percent
    if power is not None and not unknown:
        span = cycle.phases[-1]
        span_change["power_s"] = span.power_s + power * elapsed_s
        span_change["power_known_s"] = span.power_known_s + elapsed_s
    before_c = cycles.last_temperature_c
    if before_c is not None and tip_c is not None and not unknown:
        change |= _cold_passed(cycle, before_c, tip_c, until, elapsed_s)
    return change, span_change


def _cold_passed(
    cycle: FreezeThawCycle, before_c: float, tip_c: float, until: datetime, elapsed_s: float
) -> _Change:
    coldest_c = min(before_c, tip_c)
    if not cycle.limits_c or coldest_c > cycle.limits_c[0]:
        return {}
    change: _Change = {
        "below_s": tuple(
            [
                below_s + seconds_below(limit_c, before_c, tip_c, elapsed_s)
                for limit_c, below_s in zip(cycle.limits_c, cycle.below_s, strict=True)
            ]
        ),
        "last_below_at": tuple(
            [
                until if tip_c <= limit_c else at
                for limit_c, at in zip(cycle.limits_c, cycle.last_below_at, strict=True)
            ]
        ),
    }
    if None in cycle.reached_at and any(
        at is None and coldest_c <= limit_c
        for limit_c, at in zip(cycle.limits_c, cycle.reached_at, strict=True)
    ):
        reached = [
            at or first_below(limit_c, before_c, tip_c, until, elapsed_s)
            for limit_c, at in zip(cycle.limits_c, cycle.reached_at, strict=True)
        ]
        watched = cycle.unknown_s == 0 and cycle.start_unknown_s == 0
        change["reached_at"] = tuple(reached)
        change["reached_exactly"] = tuple(
            exactly or (watched and was is None and now is not None)
            for exactly, was, now in zip(
                cycle.reached_exactly, cycle.reached_at, reached, strict=True
            )
        )
    return change


def _entered(
    cycles: ProbeCycles, at: datetime, phase: CyclePhase, rules: FoldRules | None
) -> ProbeCycles:
    """Begin ``phase`` at ``at``; end or begin a cycle with it. A freeze needs ``rules``."""
    cycle = cycles.open_cycle
    if cycle is not None:
        ended = cycle.phases[-1].model_copy(update={"ended": at})
        spans = (*cycle.phases[:-1], ended)
        if phase in _ENDS_A_THAW and cycle.is_thawing:
            change: _Change = {"phases": spans, "ended": at}
        else:
            change = {"phases": (*spans, PhaseSpan(phase=phase, started=at))}
        cycles = _with_cycle(cycles, cycle, change, {})
    update: _Change = {"phase": phase, "phase_since": at}
    if phase is CyclePhase.FREEZE:
        if cycles.open_cycle is None and rules is not None:
            update["cycles"] = (*cycles.cycles, _begun(cycles, at, rules))
    elif phase is not CyclePhase.UNKNOWN:
        update["gas"] = ()
    return cycles.model_copy(update=update)


def _begun(cycles: ProbeCycles, at: datetime, rules: FoldRules) -> FreezeThawCycle:
    """A cycle that begins with freezing at ``at``; an UNKNOWN phase before it hides how early."""
    start_unknown_s: float | None = 0.0
    if cycles.phase is CyclePhase.UNKNOWN:
        since = cycles.phase_since
        start_unknown_s = (at - since).total_seconds() if since is not None else None
    none = (None,) * len(rules.limits_c)
    return FreezeThawCycle(
        number=len(cycles.cycles) + 1,
        started=at,
        phases=(PhaseSpan(phase=CyclePhase.FREEZE, started=at),),
        start_unknown_s=start_unknown_s,
        limits_c=rules.limits_c,
        below_s=(0.0,) * len(rules.limits_c),
        reached_at=none,
        reached_exactly=(False,) * len(rules.limits_c),
        last_below_at=none,
    )


def _note(
    cycle: FreezeThawCycle,
    phase: CyclePhase,
    at: datetime,
    tip_c: float,
    pressure_kpa: float | None,
    change: _Change,
    span_change: _Change,
) -> None:
    """Put what a reading says of the open cycle into its changes: cold, thaw, gas."""
    coldest_c = cycle.phases[-1].minimum_temperature_c
    if coldest_c is None or tip_c < coldest_c:
        span_change["minimum_temperature_c"] = tip_c
    if cycle.minimum_temperature_c is None or tip_c < cycle.minimum_temperature_c:
        change["minimum_temperature_c"] = tip_c
        if cycle.minimum_temperature_c is None and cycle.started == at:
            change["start_temperature_c"] = tip_c
    if phase is CyclePhase.FREEZE:
        if pressure_kpa is not None:
            change["gas_pressure_end_kpa"] = pressure_kpa
            if cycle.gas_pressure_start_kpa is None:
                change["gas_pressure_start_kpa"] = pressure_kpa
        _note_first_below(cycle, at, tip_c, change)
    elif phase in THAWS and (cycle.warmest_thaw_c is None or tip_c > cycle.warmest_thaw_c):
        change["warmest_thaw_c"] = tip_c
        if any(
            tip_c >= mark_c and seen is None
            for mark_c, seen in zip(THAW_MARKS_C, cycle.thawed_at, strict=True)
        ):
            change["thawed_at"] = tuple(
                seen or (at if tip_c >= mark_c else None)
                for mark_c, seen in zip(THAW_MARKS_C, cycle.thawed_at, strict=True)
            )


def _note_first_below(cycle: FreezeThawCycle, at: datetime, tip_c: float, change: _Change) -> None:
    """A freeze that is seen cold at once, at its start or after a gap, has no fall to be timed."""
    reached = change.get("reached_at", cycle.reached_at)
    if None in reached and any(
        seen is None and tip_c <= limit_c
        for limit_c, seen in zip(cycle.limits_c, reached, strict=True)
    ):
        change["reached_at"] = tuple(
            seen or (at if tip_c <= limit_c else None)
            for limit_c, seen in zip(cycle.limits_c, reached, strict=True)
        )
        change["last_below_at"] = tuple(
            at if tip_c <= limit_c else seen
            for limit_c, seen in zip(cycle.limits_c, cycle.last_below_at, strict=True)
        )


def _gas_noted(cycles: ProbeCycles, at_s: float, pressure_kpa: float) -> _Change:
    points = cycles.gas
    if points and 0 <= at_s - points[-1][0] < GAS_POINT_S:
        return {}
    kept = tuple(point for point in points if 0 <= at_s - point[0] <= GAS_WINDOW_S)
    return {"gas": (*kept, (at_s, pressure_kpa))}


def _with_cycle(
    cycles: ProbeCycles,
    cycle: FreezeThawCycle | None,
    change: _Change,
    span_change: _Change,
    update: _Change | None = None,
) -> ProbeCycles:
    """The cycles with their last one changed, and with ``update``."""
    update = update or {}
    if cycle is None:
        update = {**change, **update}
    elif change or span_change:
        if span_change:
            spans = cycle.phases
            change["phases"] = (*spans[:-1], spans[-1].model_copy(update=span_change))
        update["cycles"] = (*cycles.cycles[:-1], cycle.model_copy(update=change))
    return cycles.model_copy(update=update) if update else cycles
