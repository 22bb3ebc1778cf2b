"""Alert conditions of freezing and thawing: too slow, too weak, too short, with gaps.

A condition that hangs on a number that may go to and fro is raised at one number and cleared at
another; in between it stays as it was.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from dosimetry_core.values import CyclePhase
from procedure_node.alarms import CONDITIONS
from procedure_node.cycles import (
    WHOLE_SHARE,
    FreezeThawCycle,
    clock_of,
    deviations,
    freeze_ended,
    schedule_of,
)
from procedure_node.rules.conditions import Finding, Undecided, alert_id, present
from procedure_node.rules.freeze import cycles_of_lesion, lesions_of_probes
from procedure_node.state import ProbeState, ProcedureState

WEAK_FOR = timedelta(seconds=30)
"""A tip may be warmer than its target for so long: consoles cycle their gas, and a person may
turn the power down for a moment."""

WEAK_ABOVE_C = CONDITIONS["freeze-too-weak"].hysteresis
"""And so much warmer, after it had been at its target: a plateau near the target is no failure."""

HANG_ON_THE_PHASE = ("freeze-too-slow", "freeze-too-weak", "thaw-early")
"""Conditions of a probe that nothing is known of while its phase is UNKNOWN."""


def freezes(state: ProcedureState, now: datetime) -> Iterator[Finding]:
    """Freezes that are too slow, too weak, too short or full of gaps; thaws that are too short."""
    for key, probe in state.probes.items():
        if probe.lesion is None:
            continue
        if probe.cycles.phase is CyclePhase.UNKNOWN:
            for condition in HANG_ON_THE_PHASE:
                yield Undecided(alert_id(condition, key))
        else:
            yield from _too_slow(state, key, probe, now)
            yield from _too_weak(state, key, probe, now)
            yield from _thawed_early(state, key, probe)
        yield from _full_of_gaps(state, key, probe)
    for lesion in lesions_of_probes(state):
        yield from _short_thaw(state, lesion, now)


def _freezing(probe: ProbeState) -> FreezeThawCycle | None:
    cycles = probe.cycles
    return cycles.cycles[-1] if cycles.phase is CyclePhase.FREEZE and cycles.cycles else None


def place_of(probe: ProbeState) -> str:
    """How a probe is named in an alert, with the lesion that it is in."""
    return f"probe {probe.probe} in {probe.lesion}" if probe.lesion else f"probe {probe.probe}"


def _at_first(probe: ProbeState) -> str:
    return f"P{place_of(probe)[1:]}"


def _too_slow(
    state: ProcedureState, key: str, probe: ProbeState, now: datetime
) -> Iterator[Finding]:
    rules = state.protocol.cryo
    cycle = _freezing(probe)
    if isinstance(rules.tip_target_c, str) or isinstance(rules.tip_target_within_s, str):
        return
    if cycle is None:
        return
    late = now - cycle.started > timedelta(seconds=rules.tip_target_within_s)
    coldest = cycle.minimum_temperature_c
    if late and (coldest is None or coldest > rules.tip_target_c):
        yield present(
            "freeze-too-slow",
            key,
            text=(
                f"{_at_first(probe)} is not at {rules.tip_target_c:g} C after "
                f"{rules.tip_target_within_s:g} s of freezing"
            ),
        )


def _too_weak(
    state: ProcedureState, key: str, probe: ProbeState, now: datetime
) -> Iterator[Finding]:
    target_c = state.protocol.cryo.tip_target_c
    cycle = _freezing(probe)
    tip_c = probe.cycles.last_temperature_c
    if isinstance(target_c, str) or cycle is None or tip_c is None:
        return
    cold_at = cycle.last_below(target_c)
    if cold_at is None or tip_c <= target_c:
        return
    if tip_c <= target_c + WEAK_ABOVE_C or now - cold_at <= WEAK_FOR:
        yield Undecided(alert_id("freeze-too-weak", key))
        return
    yield present(
        "freeze-too-weak",
        key,
        text=(f"{_at_first(probe)} was at {target_c:g} C and is warmer again while it freezes"),
    )


def _thawed_early(state: ProcedureState, key: str, probe: ProbeState) -> Iterator[Finding]:
    schedule = schedule_of(state.protocol.cryo)
    cycles = probe.cycles.cycles
    for deviation in deviations(probe.cycles, schedule):
        if deviation.kind == "FREEZE_SHORT" and deviation.number == len(cycles):
            yield present(
                "thaw-early",
                key,
                text=(
                    f"{_at_first(probe)} was thawed after {minutes(deviation.actual_s)} of "
                    f"freezing, the protocol wants {minutes(deviation.wanted_s or 0.0)}"
                ),
            )


def _full_of_gaps(state: ProcedureState, key: str, probe: ProbeState) -> Iterator[Finding]:
    """More of a running freeze is UNKNOWN than a whole freeze may lack."""
    cycle = probe.cycles.open_cycle
    if cycle is None or freeze_ended(cycle) is not None:
        return
    wanted_min = state.protocol.cryo.freeze_minutes_of(cycle.number)
    if wanted_min is None:
        return
    lacks_s = (1.0 - WHOLE_SHARE) * wanted_min * 60.0
    if cycle.unknown_s > lacks_s:
        yield present(
            "freeze-gap",
            key,
            text=(
                f"More than {minutes(lacks_s)} of the freeze of {place_of(probe)} is not "
                f"known: readings are missing"
            ),
        )


def _short_thaw(state: ProcedureState, lesion: str, now: datetime) -> Iterator[Finding]:
    schedule = schedule_of(state.protocol.cryo)
    cycles = cycles_of_lesion(state, lesion)
    clock = clock_of(cycles, schedule, now)
    if clock.step == "UNKNOWN":
        yield Undecided(alert_id("thaw-too-short", lesion))
    if clock.step not in ("FREEZE", "PAUSE"):
        return
    for deviation in deviations(cycles, schedule):
        if deviation.kind == "THAW_SHORT" and deviation.number == clock.number - 1:
            most_s = deviation.actual_s + deviation.unknown_s
            yield present(
                "thaw-too-short",
                lesion,
                text=(
                    f"Freeze {clock.number} of {lesion} began after {minutes(most_s)} of thaw, "
                    f"the protocol wants {minutes(deviation.wanted_s or 0.0)}"
                ),
            )


def minutes(duration_s: float) -> str:
    """A duration for people: ``9:50 min``."""
    whole, seconds = divmod(round(duration_s), 60)
    return f"{whole}:{seconds:02d} min"
