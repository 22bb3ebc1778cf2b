"""How cold the planned probes make every place, by the bioheat model."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dosimetry_core.bioheat import (
    BioheatState,
    CryoprobeModel,
    Ensemble,
    FreezeCase,
    Grid,
    Knowledge,
    ProbeSpell,
    TemperatureBand,
    Tissue,
    TissueSpread,
    advance,
    temperature_band,
)
from dosimetry_core.values import ContouredStructure, CyclePhase, Vector

_SPACING_MM = 1.5
_VARIED_MM = 3.0
"""Pitch of the freezes that make the band, as of a freeze that goes on."""

_MARGIN_MM = 25.0
"""How far around lesion and tips heat is followed: ice of one freeze reaches 20 mm."""


@dataclass(frozen=True, slots=True)
class PlannedProbe:
    """A probe's place: its tip, and the unit vector along the shaft towards it."""

    name: str
    tip_mm: Vector
    towards_tip: Vector


@dataclass(frozen=True, slots=True)
class PlannedFreeze:
    """Probes and how long they freeze at full power.

    Attributes:
        probes: all of one kind.
        kind: of the probes.
        tissue: around them.
        spread: how sure its properties are.
        freeze_s: one freeze; a second one only adds to it.
    """

    probes: tuple[PlannedProbe, ...]
    kind: CryoprobeModel
    tissue: Tissue
    spread: TissueSpread
    freeze_s: float

    def coldest_c(self, lesion: ContouredStructure) -> TemperatureBand:
        """The lowest temperature of every place around a lesion at the end of the first freeze.

        With its band, by what is not known well of the tissue and of the probes' calibration: as
        that of a freeze that goes on, before anything of it was seen.

        Raises:
            ValueError: there is no probe.
        """
        if not self.probes:
            raise ValueError("a planned freeze needs at least one probe")
        places = [*lesion.polygons_mm, np.array([probe.tip_mm for probe in self.probes])]
        case = FreezeCase(
            self.tissue,
            self.spread,
            tuple(self.kind.placed(p.name, p.tip_mm, p.towards_tip) for p in self.probes),
            _grid_around(places),
        )
        knowledge = Knowledge.at_first(len(self.probes))
        courses = [(ProbeSpell(0.0, CyclePhase.FREEZE),)] * len(self.probes)
        best = BioheatState.initial(case.model(knowledge.mean))
        varied = Ensemble.initial(case, knowledge, spacing_mm=_VARIED_MM)
        return temperature_band(
            advance(best, self.freeze_s, courses), varied.advanced(self.freeze_s, courses)
        )


def _grid_around(places: Sequence[np.ndarray[tuple[int, ...], np.dtype[np.float64]]]) -> Grid:
    points = np.concatenate(places)
    low, high = points.min(axis=0) - _MARGIN_MM, points.max(axis=0) + _MARGIN_MM
    columns, rows, slices = (int(n) + 1 for n in np.ceil((high - low) / _SPACING_MM))
    return Grid(
        origin_mm=(float(low[0]), float(low[1]), float(low[2])),
        spacing_mm=(_SPACING_MM, _SPACING_MM, _SPACING_MM),
        shape_kji=(slices, rows, columns),
    )
