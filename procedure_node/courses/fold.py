"""Courses folded out of what the cycles know and of the power, one reading or gap at a time.

Pure, so that a replay gives the same courses. A course begins with the first freeze.
"""

from datetime import datetime, timedelta

from dosimetry_core.values import CyclePhase
from procedure_node.courses.model import CourseSpell
from procedure_node.cycles.model import ProbeCycles

POWER_STEP_PERCENT = 3.0
"""A change of power by less is the console's jitter and begins no spell: of a wall at -110 C it
makes 4 K."""

Spells = tuple[CourseSpell, ...]


def after_reading_of(
    course: Spells,
    before: ProbeCycles,
    after: ProbeCycles,
    power_percent: float | None,
    *,
    maximum_gap_s: float,
) -> Spells:
    """The course after one more reading of the probe.

    Args:
        course: so far, in order of time.
        before: the cycles that the reading met.
        after: the cycles that it made.
        power_percent: of the reading; None where the console does not tell: full power is taken.
        maximum_gap_s: the longest time between two readings that counts as watched, s.
    """
    heard, since = before.accounted_until, after.phase_since
    if since is None:
        return course
    if heard is not None and since - heard > timedelta(seconds=maximum_gap_s):
        course = _with(course, heard, CyclePhase.UNKNOWN, 0.0)
    told = 100.0 if power_percent is None else power_percent
    power = told if after.phase is CyclePhase.FREEZE else 0.0
    last = course[-1] if course else None
    if last is None or last.phase is not after.phase:
        return _with(course, since, after.phase, power)
    if abs(power - last.power_percent) < POWER_STEP_PERCENT:
        return course
    return _with(course, after.accounted_until or since, after.phase, power)


def after_gap_in(course: Spells, after: ProbeCycles) -> Spells:
    """The course after readings went missing; ``after`` are the cycles that this made."""
    if after.phase is not CyclePhase.UNKNOWN or after.phase_since is None:
        return course
    return _with(course, after.phase_since, CyclePhase.UNKNOWN, 0.0)


def _with(course: Spells, since: datetime, phase: CyclePhase, power_percent: float) -> Spells:
    if not course and phase is not CyclePhase.FREEZE:
        return course
    if course and course[-1].phase is phase and phase is not CyclePhase.FREEZE:
        return course
    start = max(since, course[-1].since) if course else since
    return (*course, CourseSpell(since=start, phase=phase, power_percent=power_percent))
