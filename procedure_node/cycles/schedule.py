"""Cycles against the protocol's schedule: where it stands, what is left, what deviates.

Pure functions of cycles and time, for a probe and for a lesion alike. A schedule is the freezes
that the protocol wants and the thaws between them (10-8-10 minutes); after the last freeze nothing
more is wanted.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from dosimetry_core.values import CyclePhase
from procedure_node.cycles.lesion import LesionCycle, LesionCycles
from procedure_node.cycles.model import THAWS, FreezeThawCycle, PhaseSpan, ProbeCycles
from procedure_node.protocol.model import FreezeSchedule

WHOLE_SHARE = 0.95
"""A freeze or a thaw that lasted this share of the protocol's time counts as a whole one: an
operator's hand is not exact to the second."""

LONG_SHARE = 1.05
"""A freeze that lasted more than this share of it is longer than planned, as exactly."""

StepKind = Literal["BEFORE", "FREEZE", "PAUSE", "THAW", "DONE", "UNKNOWN"]
DeviationKind = Literal["FREEZE_SHORT", "FREEZE_LONG", "THAW_SHORT", "EXTRA_FREEZE"]
AnyCycle = FreezeThawCycle | LesionCycle
AnyCycles = ProbeCycles | LesionCycles


class _HasPhases(Protocol):
    @property
    def phases(self) -> tuple[PhaseSpan, ...]: ...
    @property
    def ended(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Schedule:
    """What is wanted, s: the freezes in order, and the thaws between them (one less).

    None in place of a number is a time that the protocol leaves unset.
    """

    freeze_s: tuple[float | None, ...]
    thaw_s: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class NextStep:
    """What the schedule wants after the step that runs: nothing more is DONE."""

    kind: Literal["FREEZE", "THAW", "DONE"]
    number: int
    wanted_s: float | None


@dataclass(frozen=True, slots=True)
class CycleClock:
    """Where the schedule stands.

    Attributes:
        step: BEFORE the first freeze; FREEZE; PAUSE, a freeze that was broken off without a thaw;
            THAW; DONE, the last freeze is over; UNKNOWN, what it does now is not known.
        number: of the latest freeze, 0 before the first.
        of: how many freezes are wanted, None where the protocol leaves that unset.
        elapsed_s: known time of the step. A freeze counts its freezing alone.
        unknown_s: time that may belong to the step and is not known.
        wanted_s: how long the step is to be, None where nothing is wanted.
        remaining_s: what is left of it at most, 0 once it is over; None where nothing is wanted.
        next: what comes then, None where the protocol does not say.
    """

    step: StepKind
    number: int
    of: int | None
    elapsed_s: float
    unknown_s: float
    wanted_s: float | None
    remaining_s: float | None
    next: NextStep | None


@dataclass(frozen=True, slots=True)
class Deviation:
    """A freeze or a thaw that surely was not as planned, whatever the gaps in it hide.

    Attributes:
        kind: what deviates.
        number: of the cycle; a thaw belongs to the freeze before it.
        wanted_s: what the protocol wants, None of an extra freeze.
        actual_s: what is known of it.
        unknown_s: what may come to it.
    """

    kind: DeviationKind
    number: int
    wanted_s: float | None
    actual_s: float
    unknown_s: float


def schedule_of(rules: FreezeSchedule) -> Schedule | None:
    """The schedule of a protocol; None where it leaves the number of freezes unset."""
    if isinstance(rules.cycles, str):
        return None
    numbers = range(1, rules.cycles + 1)
    return Schedule(
        freeze_s=tuple(_in_seconds(rules.freeze_minutes_of(number)) for number in numbers),
        thaw_s=tuple(_in_seconds(rules.thaw_minutes_of(number)) for number in numbers[:-1]),
    )


def clock_of(cycles: AnyCycles, schedule: Schedule | None, now: datetime) -> CycleClock:
    """Where the schedule of a probe or of a lesion stands at ``now``.

    The time since the last reading counts as the phase of it: whoever asks says whether that is
    recent enough to be believed.
    """
    last = cycles.cycles[-1] if cycles.cycles else None
    of = len(schedule.freeze_s) if schedule else None
    since_s = _seconds(cycles.accounted_until, now)
    if last is None:
        step: StepKind = "UNKNOWN" if cycles.phase is CyclePhase.UNKNOWN else "BEFORE"
        return CycleClock(step, 0, of, 0.0, 0.0, None, None, _freeze(schedule, 1))
    number = last.number
    freeze_end = freeze_ended(last)
    if freeze_end is None:
        wanted_s = _at(schedule.freeze_s, number) if schedule else None
        freezing = cycles.phase is CyclePhase.FREEZE
        elapsed_s = last.freeze_s + (since_s if freezing else 0.0)
        unknown_s = last.unknown_s + (since_s if cycles.phase is CyclePhase.UNKNOWN else 0.0)
        step = "FREEZE" if freezing else "UNKNOWN"
        if cycles.phase not in (CyclePhase.FREEZE, CyclePhase.UNKNOWN):
            step = "PAUSE"
        after = _thaw(schedule, number)
        return _clock(step, number, of, elapsed_s, unknown_s, wanted_s, after)
    if of is not None and number >= of:
        elapsed_s = max(0.0, (now - freeze_end).total_seconds())
        step = "UNKNOWN" if cycles.phase is CyclePhase.UNKNOWN else "DONE"
        return CycleClock(step, number, of, elapsed_s, 0.0, None, None, None)
    unknown_s = _unknown_after(last, freeze_end, now)
    elapsed_s = max(0.0, (now - freeze_end).total_seconds() - unknown_s)
    step = "UNKNOWN" if cycles.phase is CyclePhase.UNKNOWN else "THAW"
    wanted_s = _at(schedule.thaw_s, number) if schedule else None
    after = _freeze(schedule, number + 1)
    return _clock(step, number, of, elapsed_s, unknown_s, wanted_s, after)


def deviations(cycles: AnyCycles, schedule: Schedule | None) -> tuple[Deviation, ...]:
    """What of the cycles so far is surely not as planned, in their order."""
    if schedule is None:
        return ()
    found: list[Deviation] = []
    for n, cycle in enumerate(cycles.cycles):
        following = cycles.cycles[n + 1] if n + 1 < len(cycles.cycles) else None
        found.extend(_of_freeze(cycle, schedule))
        if following is not None:
            found.extend(_of_thaw(cycle, following, schedule))
    return tuple(found)


def freeze_ended(cycle: _HasPhases) -> datetime | None:
    """When a cycle was last seen to freeze, once a thaw shows that its freeze is over."""
    thawing = any(span.phase in THAWS for span in cycle.phases)
    if not thawing and cycle.ended is None:
        return None
    freezes = [span for span in cycle.phases if span.phase is CyclePhase.FREEZE]
    return freezes[-1].ended if freezes else None


def _of_freeze(cycle: AnyCycle, schedule: Schedule) -> list[Deviation]:
    hidden_s = float("inf") if cycle.start_unknown_s is None else cycle.start_unknown_s
    unknown_s = cycle.unknown_s + hidden_s
    if cycle.number > len(schedule.freeze_s):
        return [Deviation("EXTRA_FREEZE", cycle.number, None, cycle.freeze_s, unknown_s)]
    wanted_s = schedule.freeze_s[cycle.number - 1]
    if wanted_s is None:
        return []
    if cycle.freeze_s > LONG_SHARE * wanted_s:
        return [Deviation("FREEZE_LONG", cycle.number, wanted_s, cycle.freeze_s, unknown_s)]
    over = freeze_ended(cycle) is not None
    if over and cycle.freeze_s + unknown_s < WHOLE_SHARE * wanted_s:
        return [Deviation("FREEZE_SHORT", cycle.number, wanted_s, cycle.freeze_s, unknown_s)]
    return []


def _of_thaw(cycle: AnyCycle, following: AnyCycle, schedule: Schedule) -> list[Deviation]:
    wanted_s = _at(schedule.thaw_s, cycle.number)
    freeze_end = freeze_ended(cycle)
    if wanted_s is None or freeze_end is None:
        return []
    most_s = (following.started - freeze_end).total_seconds()
    if most_s >= WHOLE_SHARE * wanted_s:
        return []
    unknown_s = _unknown_after(cycle, freeze_end, following.started)
    return [Deviation("THAW_SHORT", cycle.number, wanted_s, most_s - unknown_s, unknown_s)]


def _unknown_after(cycle: _HasPhases, since: datetime, until: datetime) -> float:
    """UNKNOWN time of a cycle after ``since``, s."""
    return sum(
        ((span.ended or until) - span.started).total_seconds()
        for span in cycle.phases
        if span.phase is CyclePhase.UNKNOWN and span.started >= since
    )


def _clock(
    step: StepKind,
    number: int,
    of: int | None,
    elapsed_s: float,
    unknown_s: float,
    wanted_s: float | None,
    after: NextStep | None,
) -> CycleClock:
    remaining_s = None if wanted_s is None else max(0.0, wanted_s - elapsed_s)
    return CycleClock(step, number, of, elapsed_s, unknown_s, wanted_s, remaining_s, after)


def _freeze(schedule: Schedule | None, number: int) -> NextStep | None:
    if schedule is None:
        return None
    if number > len(schedule.freeze_s):
        return NextStep("DONE", number - 1, None)
    return NextStep("FREEZE", number, schedule.freeze_s[number - 1])


def _thaw(schedule: Schedule | None, number: int) -> NextStep | None:
    if schedule is None:
        return None
    if number >= len(schedule.freeze_s):
        return NextStep("DONE", number, None)
    return NextStep("THAW", number, _at(schedule.thaw_s, number))


def _at(wanted: tuple[float | None, ...], number: int) -> float | None:
    return wanted[number - 1] if number <= len(wanted) else None


def _in_seconds(minutes: float | None) -> float | None:
    return None if minutes is None else 60.0 * minutes


def _seconds(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
