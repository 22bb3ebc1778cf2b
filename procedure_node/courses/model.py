"""A probe's course as facts."""

from pydantic import AwareDatetime

from dosimetry_core.values import CyclePhase
from procedure_node.events import Fact


class CourseSpell(Fact):
    """What a probe did from a moment on.

    ``power_percent`` is of the console's full power while freezing; 0 in every other phase.
    """

    since: AwareDatetime
    phase: CyclePhase
    power_percent: float
