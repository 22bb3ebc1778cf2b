"""One computation of a freeze: the likely one, and those around it that make the band."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from dosimetry_core.bioheat import (
    BioheatState,
    Ensemble,
    FreezeCase,
    Knowledge,
    TemperatureBand,
    advance,
    temperature_band,
)
from procedure_node.lethal_zone.courses import Courses

Field = Literal["now", "minimum"]

STEP_S = 15.0
"""Of the model, between two looks at the time that is left."""


@dataclass(frozen=True, slots=True)
class Detail:
    """How finely a freeze is computed: pitch of the likely one, and of the varied ones."""

    best_mm: float
    varied_mm: float | None

    @property
    def words(self) -> str:
        """What is said of it."""
        if self.varied_mm is None:
            return f"a grid of {self.best_mm:g} mm, without bands"
        return f"a grid of {self.best_mm:g} mm"


def details_from(grid_mm: float) -> tuple[Detail, ...]:
    """The finest first; each takes about a tenth of the time of the one before."""
    return (
        Detail(grid_mm, 2.0 * grid_mm),
        Detail(2.0 * grid_mm, 3.0 * grid_mm),
        Detail(3.0 * grid_mm, None),
    )


class Simulation:
    """A freeze from its beginning, advanced as time goes by.

    Args:
        case: what freezes, on the grid of the likely one.
        knowledge: of what is uncertain.
        varied_mm: pitch of the freezes that make the band; None for no band.
    """

    def __init__(self, case: FreezeCase, knowledge: Knowledge, varied_mm: float | None) -> None:
        self.case = case
        self._best = BioheatState.initial(case.model(knowledge.mean))
        self._varied = (
            None if varied_mm is None else Ensemble.initial(case, knowledge, spacing_mm=varied_mm)
        )
        self._bounds: tuple[BioheatState, BioheatState] | None = None
        self.courses: Courses | None = None

    @property
    def elapsed_s(self) -> float:
        """How far it has come."""
        return self._best.elapsed_s

    @property
    def best(self) -> BioheatState:
        """The likely freeze."""
        return self._best

    def may_go_on(self, courses: Courses) -> bool:
        """Whether these courses say the same of the past as those that it was computed with."""
        return self.courses is None or self.courses.agrees(courses, self.elapsed_s)

    def advance(self, until_s: float, courses: Courses, has_time: Callable[[], bool]) -> bool:
        """Go on until a moment, or while there is time.

        Returns:
            Whether the moment was reached.
        """
        self.courses = courses
        while self.elapsed_s < until_s:
            step_s = min(until_s, self.elapsed_s + STEP_S)
            best = advance(self._best, step_s, courses.likely)
            if self._varied is not None:
                middle = self._varied.middle
                self._varied = self._varied.advanced(step_s, courses.likely)
                if not courses.all_is_known:
                    least, most = self._bounds or (middle, middle)
                    self._bounds = (
                        advance(least, step_s, courses.least),
                        advance(most, step_s, courses.most),
                    )
            self._best = best
            if not has_time():
                break
        return self.elapsed_s >= until_s

    def band(self, field: Field) -> TemperatureBand | None:
        """The band of a temperature; None where none is computed."""
        if self._varied is None:
            return None
        return temperature_band(self._best, self._varied, field, between=self._bounds or ())
