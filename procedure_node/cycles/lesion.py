"""Freeze-thaw cycles of a lesion, over all of its probes.

The ice of neighbouring probes is one. So a lesion freezes while any of its probes freezes, and it
thaws while none does and at least one thaws. A probe of which nothing is known may be freezing:
unless another one freezes, the lesion is then UNKNOWN.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import AwareDatetime

from dosimetry_core.values import CyclePhase
from procedure_node.cycles.model import THAWS, FreezeThawCycle, PhaseSpan, ProbeCycles
from procedure_node.events import Fact

_MOST_ACTIVE_FIRST = (
    CyclePhase.FREEZE,
    CyclePhase.UNKNOWN,
    CyclePhase.ACTIVE_THAW,
    CyclePhase.PASSIVE_THAW,
    CyclePhase.STICK,
    CyclePhase.TEST,
)


@dataclass(frozen=True, slots=True)
class LesionProbe:
    """A probe that is in a lesion, or was.

    Attributes:
        key: ``device/number``.
        cycles: all that is known of it.
        here: its cycles in this lesion.
        is_here: whether it is in the lesion now.
    """

    key: str
    cycles: ProbeCycles
    here: tuple[FreezeThawCycle, ...]
    is_here: bool


class LesionCycle(Fact):
    """One freeze of a lesion with the thaw that follows it, over all of its probes.

    It begins when the first probe begins to freeze, and ends when no probe is in a cycle any more,
    or when one freezes again after the lesion has thawed. The spans of ``phases`` follow each other
    without a hole; sums count known time only, ``unknown_s`` is the rest.

    Attributes:
        probes: those that froze in it, ``device/number``.
        start_unknown_s: as of the probe that began first.
        minimum_temperature_c: the coldest tip.
        thawed_to_c: the warmest reading, while thawing, of the probe that came back least; None
            until every probe was read while it thawed.
    """

    number: int
    started: AwareDatetime
    ended: AwareDatetime | None = None
    phases: tuple[PhaseSpan, ...]
    probes: tuple[str, ...]
    start_unknown_s: float | None = 0.0
    minimum_temperature_c: float | None = None
    thawed_to_c: float | None = None
    freeze_s: float = 0.0
    passive_thaw_s: float = 0.0
    active_thaw_s: float = 0.0
    idle_s: float = 0.0
    unknown_s: float = 0.0

    @property
    def known_share(self) -> float:
        """How much of the cycle's time is known, 0 to 1; 1 before any has passed."""
        known_s = self.freeze_s + self.passive_thaw_s + self.active_thaw_s + self.idle_s
        lasted_s = known_s + self.unknown_s
        return known_s / lasted_s if lasted_s > 0 else 1.0


class LesionCycles(Fact):
    """The cycles of a lesion so far, and the phase that it is in now."""

    lesion: str
    phase: CyclePhase
    phase_since: AwareDatetime | None
    cycles: tuple[LesionCycle, ...] = ()
    accounted_until: AwareDatetime | None = None

    @property
    def open_cycle(self) -> LesionCycle | None:
        """The cycle that has not ended yet, if there is one."""
        return self.cycles[-1] if self.cycles and self.cycles[-1].ended is None else None


def lesion_cycles(lesion: str, probes: Sequence[LesionProbe]) -> LesionCycles:
    """Put the cycles of a lesion's probes together.

    Args:
        lesion: its name.
        probes: every probe that is in it or has frozen in it.
    """
    heard = [p.cycles.accounted_until for p in probes if p.cycles.accounted_until is not None]
    now = max(heard, default=None)
    cycles = tuple(_cycles(probes, now)) if now is not None else ()
    present = [probe for probe in probes if probe.is_here]
    phase = _together({probe.cycles.phase for probe in present}) or CyclePhase.UNKNOWN
    last = cycles[-1] if cycles and cycles[-1].ended is None else None
    if last is not None and last.phases[-1].phase is phase:
        since: datetime | None = last.phases[-1].started
    else:
        told = [p.cycles.phase_since for p in present if p.cycles.phase is phase]
        since = max((at for at in told if at is not None), default=None)
    return LesionCycles(
        lesion=lesion, phase=phase, phase_since=since, cycles=cycles, accounted_until=now
    )


def _together(phases: Iterable[CyclePhase]) -> CyclePhase | None:
    """What a lesion does whose probes do these; None of none."""
    found = set(phases)
    if not found:
        return None
    return next((phase for phase in _MOST_ACTIVE_FIRST if phase in found), CyclePhase.IDLE)


def _cycles(probes: Sequence[LesionProbe], now: datetime) -> Iterator[LesionCycle]:
    spans: list[PhaseSpan] = []
    number = 0
    for span in _joined(probes, now):
        outside = span.phase is CyclePhase.IDLE and _is_outside(probes, span.started)
        thawed = any(s.phase in THAWS for s in spans)
        if spans and (outside or (span.phase is CyclePhase.FREEZE and thawed)):
            number += 1
            yield _cycle(number, spans, span.started, probes, now)
            spans = []
        if not outside:
            spans.append(span)
    if spans:
        yield _cycle(number + 1, spans, None, probes, now)


def _joined(probes: Sequence[LesionProbe], now: datetime) -> Iterator[PhaseSpan]:
    """The lesion's phases one after the other; IDLE where no probe is in a cycle."""
    changes: list[tuple[datetime, int, CyclePhase | None]] = []
    for n, probe in enumerate(probes):
        for cycle in probe.here:
            changes += [(span.started, n, span.phase) for span in cycle.phases]
            if cycle.ended is not None:
                changes.append((cycle.ended, n, None))
    # A cycle that ends when the next one begins must not end that one.
    changes.sort(key=lambda change: (change[0], change[1], change[2] is not None))
    doing: dict[int, CyclePhase | None] = {}
    last: PhaseSpan | None = None
    for at, group in _by_time(changes):
        doing |= dict(group)
        phase = _together(p for p in doing.values() if p is not None) or CyclePhase.IDLE
        turn = _any_turn(last, phase, probes, at)
        if last is not None and not turn:
            continue
        if last is not None:
            yield last.model_copy(update={"ended": at})
        last = PhaseSpan(phase=phase, started=at)
    if last is not None:
        yield last


def _any_turn(
    last: PhaseSpan | None, phase: CyclePhase, probes: Sequence[LesionProbe], at: datetime
) -> bool:
    """Whether the lesion's phase changes; idle inside a cycle and outside of one are two."""
    if last is None or last.phase is not phase:
        return True
    return (
        phase is CyclePhase.IDLE
        and _is_outside(probes, at)
        and not _is_outside(probes, last.started)
    )


def _by_time(
    changes: Sequence[tuple[datetime, int, CyclePhase | None]],
) -> Iterator[tuple[datetime, list[tuple[int, CyclePhase | None]]]]:
    group: list[tuple[int, CyclePhase | None]] = []
    for n, (at, probe, phase) in enumerate(changes):
        group.append((probe, phase))
        if n + 1 == len(changes) or changes[n + 1][0] != at:
            yield at, group
            group = []


def _is_outside(probes: Sequence[LesionProbe], at: datetime) -> bool:
    """Whether no probe is in a cycle from ``at`` on."""
    return not any(
        cycle.started <= at and (cycle.ended is None or at < cycle.ended)
        for probe in probes
        for cycle in probe.here
    )


def _cycle(
    number: int,
    spans: Sequence[PhaseSpan],
    ended: datetime | None,
    probes: Sequence[LesionProbe],
    now: datetime,
) -> LesionCycle:
    started = spans[0].started
    members = [
        (probe.key, cycle)
        for probe in probes
        for cycle in probe.here
        if (cycle.ended is None or started < cycle.ended)
        and (ended is None or cycle.started < ended)
    ]
    sums = dict.fromkeys(CyclePhase, 0.0)
    for span in spans:
        sums[span.phase] += ((span.ended or now) - span.started).total_seconds()
    coldest = [c.minimum_temperature_c for _, c in members if c.minimum_temperature_c is not None]
    # Of a probe's several cycles in one of the lesion's, the last says how far it came back.
    warmest = {key: cycle.warmest_thaw_c for key, cycle in members}
    thawed = [celsius for celsius in warmest.values() if celsius is not None]
    first = min((cycle for _, cycle in members), key=lambda cycle: cycle.started)
    return LesionCycle(
        number=number,
        started=started,
        ended=ended,
        phases=tuple(spans),
        probes=tuple(dict.fromkeys(key for key, _ in members)),
        start_unknown_s=first.start_unknown_s if first.started >= started else 0.0,
        minimum_temperature_c=min(coldest, default=None),
        thawed_to_c=min(thawed) if thawed and len(thawed) == len(warmest) else None,
        freeze_s=sums[CyclePhase.FREEZE],
        passive_thaw_s=sums[CyclePhase.PASSIVE_THAW],
        active_thaw_s=sums[CyclePhase.ACTIVE_THAW],
        idle_s=sums[CyclePhase.IDLE] + sums[CyclePhase.STICK] + sums[CyclePhase.TEST],
        unknown_s=sums[CyclePhase.UNKNOWN],
    )
