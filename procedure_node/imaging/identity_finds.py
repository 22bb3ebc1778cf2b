"""The seeds of one scan with people's edits on them, and how sure their places are."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.values import FoundSeed
from procedure_node.events import SeedEdited
from procedure_node.imaging.identity_request import as_edit
from procedure_node.seed_edits import EditedSeed, Find, SeedOrigin, apply_edits

FloatArray = NDArray[np.float64]

NO_AXIS = (0.0, 0.0, 0.0)
"""Of a seed that a person added without one: it is dosed as a point."""

BY_HAND_MM = 1.0
"""How far off a click in a slice is, one standard deviation: about a pixel of the page. Across the
slices it is at least that of a place known to one slice (its thickness over the root of twelve)."""

BY_A_PERSON = 1.0
"""Confidence of a seed that a person put where it is."""


@dataclass(frozen=True, slots=True, eq=False)
class ScanSeed:
    """One seed of a scan.

    Attributes:
        seed: as it counts, with the edits.
        edited: what was edited of it.
    """

    seed: FoundSeed
    edited: EditedSeed

    def by_hand(self) -> bool:
        """Whether a person says where it is."""
        return self.edited.origin is not SeedOrigin.FOUND


def seeds_with_edits(
    found: Sequence[FoundSeed], edits: Sequence[SeedEdited]
) -> tuple[ScanSeed, ...]:
    """The finds in their order, then what was added; those that were deleted are marked."""
    places = [Find(seed.center_mm, seed.axis) for seed in found]
    edited = apply_edits(places, [as_edit(edit) for edit in edits])
    return tuple(ScanSeed(_as_it_counts(found, one), one) for one in edited)


def _as_it_counts(found: Sequence[FoundSeed], edited: EditedSeed) -> FoundSeed:
    if edited.find is not None and edited.origin is SeedOrigin.FOUND:
        return found[edited.find]
    axis = edited.axis or NO_AXIS
    if edited.find is None:
        return FoundSeed(edited.center_mm, axis, BY_A_PERSON)
    return replace(
        found[edited.find],
        center_mm=edited.center_mm,
        axis=axis,
        confidence=BY_A_PERSON,
        covariance_mm2=None,
        axis_covariance=None,
        alternatives=(),
    )


def place_covariance_mm2(seed: ScanSeed, spacing_mm: tuple[float, float, float]) -> FloatArray:
    """Covariance (3, 3) of a seed's centre, mm2, LPS.

    Of a find it is what the finder states; where that states none, 0.15 mm in the slice and a fifth
    of the slices' thickness across, which it was measured to err by (docs/seed_finding.md).

    Args:
        seed: the seed.
        spacing_mm: of the scan along (k, j, i), slices first.
    """
    slice_mm = spacing_mm[0]
    if seed.by_hand():
        across = max(BY_HAND_MM, slice_mm / math.sqrt(12.0))
        return np.diag([BY_HAND_MM**2, BY_HAND_MM**2, across**2])
    if seed.seed.covariance_mm2 is not None:
        return np.array(seed.seed.covariance_mm2, dtype=np.float64)
    return np.diag([0.15**2, 0.15**2, (0.2 * slice_mm) ** 2])
