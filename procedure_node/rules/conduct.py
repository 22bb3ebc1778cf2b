"""How a procedure keeps to its protocol: steps, time windows and deviations."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Literal

from procedure_node.cycles import Deviation as CycleDeviation
from procedure_node.cycles import LesionCycles, freeze_ended, schedule_of
from procedure_node.cycles import deviations as cycle_deviations
from procedure_node.events import DeviationNoted
from procedure_node.protocol import Step, TimeWindow
from procedure_node.rules.freeze import cycles_of_lesion, lesions_of_probes
from procedure_node.rules.remembered import Remembered
from procedure_node.rules.scans import taken_at
from procedure_node.state import ProcedureState

WindowStatus = Literal["AHEAD", "RUNNING", "KEPT", "LATE", "UNSET"]


@dataclass(frozen=True, slots=True)
class WindowState:
    """Where a time window stands.

    Attributes:
        window: the protocol's.
        status: AHEAD, its first step has not come; RUNNING; KEPT; LATE, whether its last step has
            come or not; UNSET, the protocol does not say how long it is.
        deadline: when its last step is due; None while that is not known.
        ended: when its last step came; None while it has not.
    """

    window: TimeWindow
    status: WindowStatus
    deadline: datetime | None
    ended: datetime | None


def step_times(state: ProcedureState) -> dict[Step, datetime]:
    """When each step happened, of those that have."""
    scans = [taken_at(scan) for scan in state.scans.values() if scan.received is not None]
    seeds = [report.at for report in state.seed_reports if report.count > 0]
    cycles = [cycle for probe in state.probes.values() for cycle in probe.cycles.cycles]
    ended = [end for cycle in cycles if (end := freeze_ended(cycle)) is not None]
    is_freezing = len(ended) < len(cycles)
    found: dict[Step, datetime | None] = {
        "procedure opened": state.opened_at,
        "contours received": state.structures_at,
        "first scan": min(scans, default=None),
        "last scan": max(scans, default=None),
        "first seeds": min(seeds, default=None),
        "last seeds": max(seeds, default=None),
        "first freeze": min((cycle.started for cycle in cycles), default=None),
        "last freeze ended": None if is_freezing else max(ended, default=None),
        "procedure closed": state.closed_at,
    }
    return {step: at for step, at in found.items() if at is not None}


def window_states(state: ProcedureState, now: datetime) -> tuple[WindowState, ...]:
    """Where each window of the protocol stands at ``now``."""
    steps = step_times(state)
    return tuple(_window_state(window, steps, now) for window in state.protocol.windows)


def _window_state(window: TimeWindow, steps: dict[Step, datetime], now: datetime) -> WindowState:
    started, ended = steps.get(window.starts), steps.get(window.ends)
    if started is None:
        return WindowState(window, "AHEAD", None, None)
    if ended is not None and ended < started:
        ended = None
    if isinstance(window.within_minutes, str):
        return WindowState(window, "UNSET", None, ended)
    deadline = started + timedelta(minutes=window.within_minutes)
    if (ended or now) > deadline:
        return WindowState(window, "LATE", deadline, ended)
    return WindowState(window, "KEPT" if ended else "RUNNING", deadline, ended)


def deviations_now(state: ProcedureState, now: datetime) -> tuple[DeviationNoted, ...]:
    """Every departure from the protocol that is sure at ``now``, each with an identity."""
    return (*_late_windows(state, now), *_cycles(state), *_overrides(state))


def new_deviations(state: ProcedureState, now: datetime) -> tuple[DeviationNoted, ...]:
    """Those that the state does not hold yet."""
    return tuple(d for d in deviations_now(state, now) if d.deviation not in state.deviations)


def _late_windows(state: ProcedureState, now: datetime) -> Iterator[DeviationNoted]:
    for found in window_states(state, now):
        if found.status != "LATE" or found.deadline is None:
            continue
        window = found.window
        yield DeviationNoted(
            deviation=f"window:{window.name}",
            of="WINDOW",
            what=f"{window.name}: {window.ends} was due within {window.within_minutes:g} min of "
            f"{window.starts}, by {found.deadline:%H:%M:%S} UTC",
        )


def _cycles(state: ProcedureState) -> Iterator[DeviationNoted]:
    for lesion in lesions_of_probes(state):
        cycles = cycles_of_lesion(state, lesion)
        yield from _of_cycles.of(
            (cycles, state.protocol.cryo), lesion, partial(_deviating, state, lesion, cycles)
        )


_of_cycles: Remembered[tuple[DeviationNoted, ...]] = Remembered()


def _deviating(
    state: ProcedureState, lesion: str, cycles: LesionCycles
) -> tuple[DeviationNoted, ...]:
    return tuple(
        DeviationNoted(
            deviation=f"cycle:{lesion}:{found.kind}:{found.number}",
            of="FREEZE",
            what=f"{lesion}: {_in_words(found)}",
        )
        for found in cycle_deviations(cycles, schedule_of(state.protocol.cryo))
    )


_CYCLE_WORDS = {
    "FREEZE_SHORT": "freeze {n} was shorter than planned",
    "FREEZE_LONG": "freeze {n} is longer than planned",
    "THAW_SHORT": "the thaw after freeze {n} was shorter than planned",
    "EXTRA_FREEZE": "freeze {n} is one more than planned",
}


def _in_words(found: CycleDeviation) -> str:
    words = _CYCLE_WORDS[found.kind].format(n=found.number)
    if found.wanted_s is None or found.kind == "FREEZE_LONG":
        return words
    at_most = found.actual_s + found.unknown_s
    return f"{words}: {at_most:.0f} s at most, {found.wanted_s:g} s wanted"


def _overrides(state: ProcedureState) -> Iterator[DeviationNoted]:
    for key, allocated in state.allocated.items():
        if allocated.is_overridden:
            yield DeviationNoted(
                deviation=f"allocation:{key}:{allocated.modality}",
                of="ALLOCATION",
                what=f"{key} was allocated to {allocated.modality}; rule {allocated.rule!r} "
                f"proposed {allocated.proposed}",
                reason=allocated.reason,
            )
