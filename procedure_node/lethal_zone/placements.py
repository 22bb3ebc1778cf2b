"""Which probes lay where in a procedure, and what each did there."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from dosimetry_core.values import CyclePhase
from procedure_node.courses import CourseSpell
from procedure_node.state import Placement, ProbeState, ProcedureState

MAY_FREEZE = (CyclePhase.FREEZE, CyclePhase.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Stay:
    """A probe between two placements, and its course there.

    Attributes:
        name: ``console-1/2``; later stays of the same probe are ``console-1/2 (2)`` and so on.
        placement: as it was told.
        spells: what it did there; it froze at least once.
    """

    name: str
    placement: Placement
    spells: tuple[CourseSpell, ...]

    @property
    def missing(self) -> str:
        """What was not told that the model needs; empty where nothing is missing."""
        told = {
            "tip": self.placement.tip_mm,
            "direction": self.placement.direction,
            "kind": self.placement.cryoprobe,
        }
        return ", ".join(word for word, value in told.items() if value is None)


def stays(state: ProcedureState, now: datetime, silent_after_s: float) -> Iterator[Stay]:
    """Every stay during which a probe froze.

    A probe that is assigned anew while it freezes cannot have been moved: what was told of it is
    mended, from the beginning of that stay. What it did before its first placement counts as done
    there. A probe that was not heard for ``silent_after_s`` is UNKNOWN since then.
    """
    for key, probe in state.probes.items():
        spells = _with_silence(probe, now, silent_after_s)
        placements = _moves(probe, spells)
        for number, placement in enumerate(placements):
            begins = placement.at if number else None
            ends = placements[number + 1].at if number + 1 < len(placements) else None
            here = _between(spells, begins, ends)
            if any(spell.phase is CyclePhase.FREEZE for spell in here):
                yield Stay(key if number == 0 else f"{key} ({number + 1})", placement, here)


def heard_until(state: ProcedureState, now: datetime, silent_after_s: float) -> datetime:
    """How far the courses are known of all probes that are heard; now where none is."""
    heard = [
        probe.cycles.accounted_until
        for probe in state.probes.values()
        if probe.course
        and probe.cycles.accounted_until is not None
        and probe.cycles.phase is not CyclePhase.UNKNOWN
        and not _is_silent(probe, now, silent_after_s)
    ]
    return min((now, *heard))


def _is_silent(probe: ProbeState, now: datetime, silent_after_s: float) -> bool:
    heard = probe.cycles.accounted_until
    return heard is not None and now - heard > timedelta(seconds=silent_after_s)


def _with_silence(
    probe: ProbeState, now: datetime, silent_after_s: float
) -> tuple[CourseSpell, ...]:
    """The course, UNKNOWN from the last reading on where none came for long."""
    course, heard = probe.course, probe.cycles.accounted_until
    if not course or heard is None or not _is_silent(probe, now, silent_after_s):
        return course
    if course[-1].phase is CyclePhase.UNKNOWN:
        return course
    since = max(heard, course[-1].since)
    return (*course, CourseSpell(since=since, phase=CyclePhase.UNKNOWN, power_percent=0.0))


def _moves(probe: ProbeState, spells: tuple[CourseSpell, ...]) -> list[Placement]:
    moves: list[Placement] = []
    for placement in probe.placements:
        before = [spell for spell in spells if spell.since < placement.at]
        if moves and (not before or before[-1].phase is CyclePhase.FREEZE):
            moves[-1] = placement.model_copy(update={"at": moves[-1].at})
        else:
            moves.append(placement)
    return moves


def _between(
    spells: tuple[CourseSpell, ...], begins: datetime | None, ends: datetime | None
) -> tuple[CourseSpell, ...]:
    """What was done from one moment to another; idle after it."""
    found: list[CourseSpell] = []
    for spell in spells:
        if ends is not None and spell.since >= ends:
            break
        if begins is not None and spell.since < begins:
            found = [spell.model_copy(update={"since": begins})]
        else:
            found.append(spell)
    if ends is not None and found:
        found.append(CourseSpell(since=ends, phase=CyclePhase.IDLE, power_percent=0.0))
    return tuple(found)
