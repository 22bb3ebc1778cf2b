"""The cycle clock on the page: of each probe, and of each lesion over all of its probes."""

from typing import Literal

from dosimetry_core.values import CyclePhase
from procedure_node.display.page.part import Part


class ClockFace(Part):
    """Where a schedule of freezes and thaws stands.

    Attributes:
        step: what runs; PAUSE is a freeze that was broken off without a thaw.
        number: of the latest freeze, 0 before the first.
        of: how many freezes are wanted, None where the protocol does not say.
        elapsed_s: known time of the step.
        unknown_s: time that may belong to the step and is not known.
        remaining_s: what is left of the step at most, None where nothing is wanted or known.
        over_s: how much longer than wanted the step has lasted.
        then: the step that follows, None where the protocol does not say.
        then_s: how long that is to be.
        coldest_c: the coldest reading of the latest freeze.
    """

    step: Literal["BEFORE", "FREEZE", "PAUSE", "THAW", "DONE", "UNKNOWN"]
    number: int
    of: int | None
    elapsed_s: int
    unknown_s: int
    remaining_s: int | None
    over_s: int
    then: Literal["FREEZE", "THAW", "DONE"] | None
    then_s: int | None
    coldest_c: float | None


class ScheduleStep(Part):
    """One wanted freeze or thaw, how much of it is done, and how much of it is not known, s."""

    kind: Literal["FREEZE", "THAW"]
    wanted_s: int
    done_s: int
    unknown_s: int


class LesionClock(Part):
    """The clock of one lesion. ``probes`` are the keys of those that are in it now."""

    lesion: str
    phase: CyclePhase
    face: ClockFace
    schedule: tuple[ScheduleStep, ...]
    probes: tuple[str, ...]
    deviations: tuple[str, ...]
