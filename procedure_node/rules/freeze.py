"""What the readings of a target's probes amount to."""

from collections.abc import Sequence
from enum import Enum

from dosimetry_core.values import CyclePhase
from procedure_node.cycles import (
    WHOLE_SHARE,
    FreezeThawCycle,
    LesionCycles,
    LesionProbe,
    lesion_cycles,
)
from procedure_node.protocol import Target
from procedure_node.rules.remembered import Remembered
from procedure_node.state import ProbeState, ProcedureState


class FreezeDone(Enum):
    """Whether a freeze was done as the protocol wants it. A gap in the readings makes it MAYBE."""

    YES = 1
    MAYBE = 2
    NO = 3


def cycles_of(state: ProcedureState, target: Target) -> list[tuple[FreezeThawCycle, ...]]:
    """The cycles in a target, for each probe that is in it or has frozen in it.

    A cycle belongs to where its probe was when it began; one that began before the probe was
    assigned, to where it was assigned first.
    """
    found: list[tuple[FreezeThawCycle, ...]] = []
    for probe in state.probes.values():
        here = tuple(c for c in probe.cycles.cycles if _place_of(probe, c) == target)
        if here or (probe.lesion, probe.zone) == (target.lesion, target.zone):
            found.append(here)
    return found


def lesions_of_probes(state: ProcedureState) -> tuple[str, ...]:
    """Every lesion that a probe is or was in, in the order of the probes."""
    return tuple(dict.fromkeys(p.lesion for pr in state.probes.values() for p in pr.placements))


def cycles_of_lesion(state: ProcedureState, lesion: str) -> LesionCycles:
    """The cycles of a lesion over all of its probes, in whichever zone of it they are.

    As for a target, a probe's cycle belongs to where the probe was when it began. While nothing is
    heard of its probes the answer is the very same object.
    """
    probes = [
        (key, probe)
        for key, probe in state.probes.items()
        if any(place.lesion == lesion for place in probe.placements) or probe.lesion == lesion
    ]
    facts = tuple(fact for _, probe in probes for fact in (probe.cycles, probe.placements))
    where = (lesion, tuple((key, probe.lesion) for key, probe in probes))
    return _cycles.of(facts, where, lambda: _cycles_of_lesion(probes, lesion))


_cycles: Remembered[LesionCycles] = Remembered()


def _cycles_of_lesion(probes: Sequence[tuple[str, ProbeState]], lesion: str) -> LesionCycles:
    members: list[LesionProbe] = []
    for key, probe in probes:
        places = [(cycle, _place_of(probe, cycle)) for cycle in probe.cycles.cycles]
        here = tuple(c for c, place in places if place is not None and place.lesion == lesion)
        is_here = probe.lesion == lesion
        if here or is_here:
            members.append(LesionProbe(key, probe.cycles, here, is_here))
    return lesion_cycles(lesion, members)


def _place_of(probe: ProbeState, cycle: FreezeThawCycle) -> Target | None:
    if not probe.placements:
        return None
    before = [place for place in probe.placements if place.at <= cycle.started]
    place = before[-1] if before else probe.placements[0]
    return Target(lesion=place.lesion, zone=place.zone)


def freeze_done(
    cycle: FreezeThawCycle, *, tip_target_c: float, freeze_minutes: float
) -> FreezeDone:
    """Whether a cycle's freeze got cold enough, lasted long enough, and is over."""
    coldest = cycle.minimum_temperature_c
    wanted_s = WHOLE_SHARE * freeze_minutes * 60.0
    known = [span.phase for span in cycle.phases if span.phase is not CyclePhase.UNKNOWN]
    unseen_s = float("inf") if cycle.start_unknown_s is None else cycle.start_unknown_s
    hidden_s = cycle.unknown_s + unseen_s
    answers = (
        _answer(coldest is not None and coldest <= tip_target_c, or_else=hidden_s > 0),
        _answer(cycle.freeze_s >= wanted_s, or_else=cycle.freeze_s + hidden_s >= wanted_s),
        _answer(
            bool(known) and known[-1] is not CyclePhase.FREEZE,
            or_else=cycle.phases[-1].phase is CyclePhase.UNKNOWN,
        ),
    )
    return max(answers, key=lambda answer: answer.value)


def _answer(known: bool, *, or_else: bool) -> FreezeDone:
    if known:
        return FreezeDone.YES
    return FreezeDone.MAYBE if or_else else FreezeDone.NO
