"""The cycle clocks of probes and lesions, as sure as the last readings are at the moment."""

from datetime import datetime

from dosimetry_core.values import CyclePhase
from procedure_node.cycles import (
    CycleClock,
    Deviation,
    LesionCycle,
    LesionCycles,
    ProbeCycles,
    Schedule,
    after_gap,
    clock_of,
    deviations,
    freeze_ended,
    schedule_of,
)
from procedure_node.display.page.clock_model import ClockFace, LesionClock, ScheduleStep
from procedure_node.events import EventTime
from procedure_node.rules import cycles_of_lesion, is_stale, lesions_of_probes
from procedure_node.state import ProbeState, ProcedureState

_WORDS = {
    "FREEZE_SHORT": "freeze {n} short",
    "FREEZE_LONG": "freeze {n} long",
    "THAW_SHORT": "thaw {n} short",
    "EXTRA_FREEZE": "freeze {n} not planned",
}


def lesion_clocks(state: ProcedureState, now: datetime) -> tuple[LesionClock, ...]:
    """A clock for each lesion that a probe is in, and for each that was frozen."""
    doubted = _as_sure_as_now(state, now)
    at = state.closed_at or now
    clocks = (_lesion_clock(doubted, lesion, at) for lesion in lesions_of_probes(doubted))
    return tuple(clock for clock in clocks if clock.probes or clock.face.number)


def probe_face(state: ProcedureState, probe: ProbeState, now: datetime) -> ClockFace:
    """The clock of one probe."""
    cycles = _probe_as_sure_as_now(state, probe, now).cycles
    return _face(cycles, schedule_of(state.protocol.cryo), state.closed_at or now)


def _as_sure_as_now(state: ProcedureState, now: datetime) -> ProcedureState:
    probes = {k: _probe_as_sure_as_now(state, p, now) for k, p in state.probes.items()}
    return state.model_copy(update={"probes": probes})


def _probe_as_sure_as_now(state: ProcedureState, probe: ProbeState, now: datetime) -> ProbeState:
    """A probe that is silent is UNKNOWN since its last reading, before a gap is recorded."""
    if state.closed_at is not None or not is_stale(state, probe.last_at, now):
        return probe
    gap = after_gap(probe.cycles, EventTime(utc=now, monotonic_ns=0))
    return probe.model_copy(update={"cycles": gap})


def _lesion_clock(state: ProcedureState, lesion: str, now: datetime) -> LesionClock:
    cycles = cycles_of_lesion(state, lesion)
    schedule = schedule_of(state.protocol.cryo)
    return LesionClock(
        lesion=lesion,
        phase=cycles.phase,
        face=_face(cycles, schedule, now),
        schedule=_steps(cycles, schedule, clock_of(cycles, schedule, now)),
        probes=tuple(key for key, probe in state.probes.items() if probe.lesion == lesion),
        deviations=tuple(_words(each) for each in deviations(cycles, schedule)),
    )


def _words(deviation: Deviation) -> str:
    return _WORDS[deviation.kind].format(n=deviation.number)


def _face(
    cycles: ProbeCycles | LesionCycles, schedule: Schedule | None, now: datetime
) -> ClockFace:
    clock = clock_of(cycles, schedule, now)
    unknown = clock.step == "UNKNOWN"
    over_s = 0.0 if clock.wanted_s is None else max(0.0, clock.elapsed_s - clock.wanted_s)
    coldest_c = cycles.cycles[-1].minimum_temperature_c if cycles.cycles else None
    return ClockFace(
        step=clock.step,
        number=clock.number,
        of=clock.of,
        elapsed_s=round(clock.elapsed_s),
        unknown_s=round(clock.unknown_s),
        remaining_s=None if unknown or clock.remaining_s is None else round(clock.remaining_s),
        over_s=round(over_s),
        then=clock.next.kind if clock.next else None,
        then_s=_whole(clock.next.wanted_s) if clock.next else None,
        coldest_c=None if coldest_c is None else round(coldest_c, 1),
    )


def _whole(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds)


def _steps(
    cycles: LesionCycles, schedule: Schedule | None, clock: CycleClock
) -> tuple[ScheduleStep, ...]:
    """Every wanted step with what is done of it; none where the protocol sets no times."""
    if schedule is None or None in (*schedule.freeze_s, *schedule.thaw_s):
        return ()
    steps: list[ScheduleStep] = []
    for n, wanted_s in enumerate(schedule.freeze_s):
        cycle = cycles.cycles[n] if n < len(cycles.cycles) else None
        freeze_end = freeze_ended(cycle) if cycle is not None else None
        frozen_s = cycle.freeze_s if cycle is not None else 0.0
        if clock.number == n + 1 and freeze_end is None:
            frozen_s = clock.elapsed_s
        unknown_s = _unknown_s(cycle, None, freeze_end)
        steps.append(_step("FREEZE", wanted_s, frozen_s, unknown_s))
        if n < len(schedule.thaw_s):
            thawed_s = thaw_unknown_s = 0.0
            if freeze_end is not None:
                until = cycles.cycles[n + 1].started if n + 1 < len(cycles.cycles) else None
                thaw_unknown_s = _unknown_s(cycle, freeze_end, None)
                thawed_s = clock.elapsed_s
                if until is not None:
                    thawed_s = (until - freeze_end).total_seconds() - thaw_unknown_s
            steps.append(_step("THAW", schedule.thaw_s[n], thawed_s, thaw_unknown_s))
    return tuple(steps)


def _unknown_s(cycle: LesionCycle | None, since: datetime | None, until: datetime | None) -> float:
    """UNKNOWN time of a cycle that began from ``since`` on and before ``until``, s."""
    if cycle is None:
        return 0.0
    return sum(
        ((span.ended or span.started) - span.started).total_seconds()
        for span in cycle.phases
        if span.phase is CyclePhase.UNKNOWN
        and (since is None or span.started >= since)
        and (until is None or span.started < until)
    )


def _step(kind: str, wanted_s: float | None, done_s: float, unknown_s: float) -> ScheduleStep:
    return ScheduleStep.model_validate(
        {
            "kind": kind,
            "wanted_s": round(wanted_s or 0.0),
            "done_s": round(done_s),
            "unknown_s": round(unknown_s),
        }
    )
