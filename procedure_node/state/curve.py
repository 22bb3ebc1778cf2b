"""The recent course of a temperature, kept so that one more point costs little."""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain

from pydantic import AwareDatetime

from procedure_node.events import Fact

CURVE_POINTS = 3600
"""How many points of a temperature curve are kept for the display; the journal keeps all."""

_BLOCK = 60


class TemperaturePoint(Fact):
    """One point of a temperature curve."""

    utc: AwareDatetime
    temperature_c: float | None


class TemperatureCurve(Fact):
    """The newest points of a curve, in order of time.

    They lie in full ``blocks`` and in ``newest``, which fills up: a point that is added copies the
    newest block alone.
    """

    blocks: tuple[tuple[TemperaturePoint, ...], ...] = ()
    newest: tuple[TemperaturePoint, ...] = ()

    def points(self) -> Iterator[TemperaturePoint]:
        """Every point that is kept, the oldest first: ``CURVE_POINTS`` or up to a block more."""
        return chain.from_iterable((*self.blocks, self.newest))

    def with_point(self, utc: datetime, temperature_c: float | None) -> "TemperatureCurve":
        """The curve with one more point, None where there is no temperature to be shown."""
        newest = (*self.newest, TemperaturePoint(utc=utc, temperature_c=temperature_c))
        if len(newest) < _BLOCK:
            return self.model_copy(update={"newest": newest})
        blocks = (*self.blocks[-(CURVE_POINTS // _BLOCK - 1) :], newest)
        return TemperatureCurve(blocks=blocks)
