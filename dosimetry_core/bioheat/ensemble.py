"""The same freeze several times on a coarse grid, with what is not known well varied."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.bioheat.advancing import advance
from dosimetry_core.bioheat.grid import Grid
from dosimetry_core.bioheat.knowledge import FloatArray, Knowledge, TissueSpread, varied
from dosimetry_core.bioheat.model import BioheatModel, BioheatState, HeldRegion
from dosimetry_core.bioheat.probe import Course, Cryoprobe
from dosimetry_core.bioheat.tissue import Tissue

COARSE_MM = 2.0
"""Pitch of the grid that varied freezes are computed on: 32 times less work than 1 mm."""
AWAY = 1.5
"""Members lie so many standard deviations away from the middle."""


@dataclass(frozen=True, slots=True, eq=False)
class FreezeCase:
    """A freeze of which not all is known.

    Attributes:
        tissue: as it is stated.
        spread: how sure that is.
        probes: with their boundaries as calibrated.
        grid: that results are wanted on.
        held: regions of constant temperature, on that grid.
    """

    tissue: Tissue
    spread: TissueSpread
    probes: tuple[Cryoprobe, ...]
    grid: Grid
    held: tuple[HeldRegion, ...] = ()

    def model(self, at: FloatArray, spacing_mm: float | None = None) -> BioheatModel:
        """The model with the quantities moved; on a grid of another pitch if one is given.

        Raises:
            ValueError: as ``BioheatModel.of`` raises it.
        """
        tissue, probes = varied(self.tissue, self.spread, self.probes, at)
        if spacing_mm is None:
            return BioheatModel.of(tissue, self.grid, probes, self.held)
        grid = self.grid.refined(spacing_mm)
        held = [
            HeldRegion(_nearest(region.mask, self.grid, grid), region.temperature_c)
            for region in self.held
        ]
        return BioheatModel.of(tissue, grid, probes, held)


@dataclass(frozen=True, slots=True, eq=False)
class Ensemble:
    """Freezes that differ in one direction of what is not known, to each side.

    Attributes:
        middle: with all quantities at their means.
        members: pairs, one for each direction (column of the knowledge's factor) that matters.
    """

    middle: BioheatState
    members: tuple[tuple[BioheatState, BioheatState], ...]

    @classmethod
    def initial(
        cls,
        case: FreezeCase,
        knowledge: Knowledge,
        at_s: float = 0.0,
        spacing_mm: float = COARSE_MM,
    ) -> "Ensemble":
        """All at body temperature.

        Raises:
            ValueError: as ``BioheatModel.of`` raises it.
        """

        def state(at: FloatArray) -> BioheatState:
            return BioheatState.initial(case.model(at, spacing_mm), at_s)

        away = AWAY * knowledge.factor.T
        return cls(
            state(knowledge.mean),
            tuple(
                (state(knowledge.mean + one), state(knowledge.mean - one))
                for one in away
                if np.any(np.abs(one) > 1e-9)
            ),
        )

    def advanced(self, until_s: float, courses: Sequence[Course]) -> "Ensemble":
        """All of them later; as ``advance``."""
        return Ensemble(
            advance(self.middle, until_s, courses),
            tuple(
                (advance(one, until_s, courses), advance(other, until_s, courses))
                for one, other in self.members
            ),
        )


def _nearest(mask: NDArray[np.bool_], fine: Grid, coarse: Grid) -> NDArray[np.bool_]:
    """A mask on another grid, by its nearest voxels."""
    indices = [
        np.clip(
            np.rint((coarse.centers_mm(a) - fine.centers_mm(a)[0]) / fine.spacing_mm[a]),
            0,
            fine.shape_kji[a] - 1,
        ).astype(np.int64)
        for a in range(3)
    ]
    return mask[np.ix_(*indices)]
