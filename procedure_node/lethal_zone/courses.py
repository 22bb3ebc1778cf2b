"""What probes did as the model takes it: what is likely, and the least and the most possible."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dosimetry_core.bioheat import ProbeSpell
from dosimetry_core.values import CyclePhase
from procedure_node.courses import CourseSpell
from procedure_node.lethal_zone.request import PlacedProbe

Course = tuple[ProbeSpell, ...]

_HEAT = (CyclePhase.ACTIVE_THAW, 0.0)
_NOTHING = (CyclePhase.IDLE, 0.0)
_FULL = (CyclePhase.FREEZE, 1.0)
_Doing = tuple[CyclePhase, float]


@dataclass(frozen=True, slots=True)
class Courses:
    """Courses of all probes of a freeze, in the order of the request.

    Attributes:
        likely: what is known, and where it is not, that a probe went on as before if it is found
            so again, or is not heard yet; else that it did nothing.
        least: where it is not known and the probe froze before or after: it thawed actively.
        most: the same, but it froze at full power.
        gaps: how long each time that is not known lasted so far, and after which start, s.
    """

    likely: tuple[Course, ...]
    least: tuple[Course, ...]
    most: tuple[Course, ...]
    gaps: tuple["Gap", ...]

    @property
    def all_is_known(self) -> bool:
        """Whether nothing that matters was missed."""
        return self.least == self.most

    def unknown_s(self, until_s: float) -> float:
        """The longest time, of one probe, that is not known, up to a moment."""
        by_probe: dict[str, float] = {}
        for gap in self.gaps:
            lasted_s = until_s - gap.start_s if gap.lasted_s is None else gap.lasted_s
            by_probe[gap.probe] = by_probe.get(gap.probe, 0.0) + max(0.0, lasted_s)
        return max(by_probe.values(), default=0.0)

    def agrees(self, other: "Courses", before_s: float) -> bool:
        """Whether both say the same of the time before a moment."""
        pairs = (
            (self.likely, other.likely),
            (self.least, other.least),
            (self.most, other.most),
        )
        return all(_before(a, before_s) == _before(b, before_s) for a, b in pairs)


@dataclass(frozen=True, slots=True)
class Gap:
    """Time of a probe of which it is not known whether it froze; ``lasted_s`` None: it goes on."""

    probe: str
    start_s: float
    lasted_s: float | None


def courses_of(probes: Sequence[PlacedProbe], started: datetime, time_scale: float) -> Courses:
    """Courses on the model's clock, which starts with the first freeze.

    Pure, and of the whole past: once a gap is over its likely course may change.
    """

    def seconds(at: datetime) -> float:
        return (at - started).total_seconds() * time_scale

    kinds: tuple[list[Course], list[Course], list[Course]] = ([], [], [])
    gaps: list[Gap] = []
    for probe in probes:
        drawn: tuple[list[ProbeSpell], list[ProbeSpell], list[ProbeSpell]] = ([], [], [])
        for number, spell in enumerate(probe.spells):
            after = probe.spells[number + 1] if number + 1 < len(probe.spells) else None
            done = _doings(probe.spells[:number], spell, after)
            start_s = seconds(spell.since)
            for course, doing in zip(drawn, done, strict=True):
                course.append(ProbeSpell(start_s, *doing))
            if spell.phase is CyclePhase.UNKNOWN and done[1] != done[2]:
                ends_s = None if after is None else seconds(after.since)
                lasted_s = None if ends_s is None else ends_s - start_s
                gaps.append(Gap(probe.name, start_s, lasted_s))
        for kind, course in zip(kinds, drawn, strict=True):
            kind.append(tuple(course))
    return Courses(tuple(kinds[0]), tuple(kinds[1]), tuple(kinds[2]), tuple(gaps))


def _doings(
    before: Sequence[CourseSpell], spell: CourseSpell, after: CourseSpell | None
) -> tuple[_Doing, _Doing, _Doing]:
    """What a probe did in a spell: likely, at least and at most."""
    if spell.phase is not CyclePhase.UNKNOWN:
        done = _doing(spell)
        return done, done, done
    known = next((s for s in reversed(before) if s.phase is not CyclePhase.UNKNOWN), None)
    was = CyclePhase.IDLE if known is None else known.phase
    found_freezing = after is not None and after.phase is CyclePhase.FREEZE
    if was is not CyclePhase.FREEZE and not found_freezing:
        thawed = was in (CyclePhase.ACTIVE_THAW, CyclePhase.PASSIVE_THAW)
        return _NOTHING, _HEAT if thawed else _NOTHING, _NOTHING
    went_on = was is CyclePhase.FREEZE and (after is None or found_freezing)
    return _doing(known) if went_on and known is not None else _NOTHING, _HEAT, _FULL


def _doing(spell: CourseSpell) -> _Doing:
    if spell.phase is CyclePhase.FREEZE:
        return CyclePhase.FREEZE, min(1.0, max(0.0, spell.power_percent / 100.0))
    return _HEAT if spell.phase is CyclePhase.ACTIVE_THAW else _NOTHING


def _before(courses: tuple[Course, ...], before_s: float) -> list[list[ProbeSpell]]:
    return [[spell for spell in course if spell.start_s < before_s] for course in courses]
