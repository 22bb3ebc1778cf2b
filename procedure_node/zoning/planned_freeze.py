"""How cold the planned probes make every place, by the bioheat model."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dosimetry_core.bioheat import (
    BioheatModel,
    BioheatState,
    CryoprobeModel,
    Grid,
    ProbeSpell,
    Tissue,
    advance,
)
from dosimetry_core.values import ContouredStructure, CyclePhase, Vector, Volume

_SPACING_MM = 1.5
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
        freeze_s: one freeze; a second one only adds to it.
    """

    probes: tuple[PlannedProbe, ...]
    kind: CryoprobeModel
    tissue: Tissue
    freeze_s: float

    def coldest_c(self, lesion: ContouredStructure) -> Volume:
        """The lowest temperature of every place around a lesion at the end of the first freeze.

        Raises:
            ValueError: there is no probe.
        """
        if not self.probes:
            raise ValueError("a planned freeze needs at least one probe")
        places = [*lesion.polygons_mm, np.array([probe.tip_mm for probe in self.probes])]
        grid = _grid_around(places)
        model = BioheatModel.of(
            self.tissue,
            grid,
            [self.kind.placed(p.name, p.tip_mm, p.towards_tip) for p in self.probes],
        )
        course = (ProbeSpell(0.0, CyclePhase.FREEZE),)
        state = advance(BioheatState.initial(model), self.freeze_s, [course] * len(self.probes))
        return state.minimum_temperature_c()


def _grid_around(places: Sequence[np.ndarray[tuple[int, ...], np.dtype[np.float64]]]) -> Grid:
    points = np.concatenate(places)
    low, high = points.min(axis=0) - _MARGIN_MM, points.max(axis=0) + _MARGIN_MM
    columns, rows, slices = (int(n) + 1 for n in np.ceil((high - low) / _SPACING_MM))
    return Grid(
        origin_mm=(float(low[0]), float(low[1]), float(low[2])),
        spacing_mm=(_SPACING_MM, _SPACING_MM, _SPACING_MM),
        shape_kji=(slices, rows, columns),
    )
