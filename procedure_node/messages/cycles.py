"""Messages of freeze-thaw cycles over all probes of a lesion."""

from typing import Literal

from pydantic import AwareDatetime

from dosimetry_core.values import CyclePhase
from procedure_node.events import Fact
from procedure_node.messages.base import Message


class NextStepBody(Fact):
    """What the schedule wants after the step that runs."""

    kind: Literal["FREEZE", "THAW", "DONE"]
    number: int
    wanted_s: float | None


class ClockBody(Fact):
    """Where the schedule stands: PAUSE is a freeze that was broken off without a thaw.

    ``number`` of ``of`` freezes; ``remaining_s`` is what is left at most, null where nothing is
    wanted or the protocol does not say.
    """

    step: Literal["BEFORE", "FREEZE", "PAUSE", "THAW", "DONE", "UNKNOWN"]
    number: int
    of: int | None
    elapsed_s: float
    unknown_s: float
    wanted_s: float | None
    remaining_s: float | None
    next: NextStepBody | None


class DeviationBody(Fact):
    """A freeze or a thaw that surely was not as the protocol wants it.

    ``unknown_s`` is what may come to ``actual_s``, null where nobody can say.
    """

    deviation: Literal["FREEZE_SHORT", "FREEZE_LONG", "THAW_SHORT", "EXTRA_FREEZE"]
    number: int
    wanted_s: float | None
    actual_s: float
    unknown_s: float | None


class LesionCycleBody(Fact):
    """One freeze of a lesion with the thaw that follows it.

    Sums of seconds count known time only; ``unknown_s`` says how much is not known, and
    ``known_share`` (0 to 1) what part of the cycle is. ``thawed_to_c`` is of the probe that came
    back least. ``probes`` are ``device/number``.
    """

    number: int
    started: AwareDatetime
    ended: AwareDatetime | None
    probes: tuple[str, ...]
    start_unknown_s: float | None
    minimum_temperature_c: float | None
    thawed_to_c: float | None
    freeze_s: float
    passive_thaw_s: float
    active_thaw_s: float
    idle_s: float
    unknown_s: float
    known_share: float


class LesionCycleMessage(Message):
    """The phase that a lesion is in over all of its probes, its cycles, and its schedule.

    Sent when the phase, the number of cycles or the place of one of its probes changes; the running
    times in it are those of the last reading before that, or before the last renewal.
    """

    kind: Literal["lesion-cycle"] = "lesion-cycle"
    version: Literal[1] = 1
    lesion: str
    phase: CyclePhase
    phase_since: AwareDatetime | None
    clock: ClockBody
    cycles: tuple[LesionCycleBody, ...]
    deviations: tuple[DeviationBody, ...]
