"""What a registration hands back."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.registration.deformation import Deformation
from dosimetry_core.registration.matrices import moved
from dosimetry_core.values import Vector


class Verdict(StrEnum):
    """What may be done with a registration."""

    ACCEPTED = "ACCEPTED"
    DOUBTFUL = "DOUBTFUL"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class LandmarkResidual:
    """How far held-out landmarks are found from where a registration puts them.

    Attributes:
        tried: landmarks that could be looked for.
        found: those that were found.
        median_mm: median distance of those near the lesion; NaN if none was found.
        p90_mm: 90th percentile of the same; NaN if none was found.
        at_lesion_mm: displacement that the landmarks leave at the lesion's middle: a robust linear
            fit, in which near ones count most; NaN with too few.
        at_lesion_error_mm: standard error of that; NaN with too few.
    """

    tried: int
    found: int
    median_mm: float
    p90_mm: float
    at_lesion_mm: float
    at_lesion_error_mm: float


@dataclass(frozen=True, slots=True)
class RegistrationQuality:
    """How good a registration is, by measures that the optimiser does not see.

    Attributes:
        similarity_before: correlation of HU in tissue near the lesion at the start, -1 to 1; NaN
            with too little of it.
        similarity_after: the same with the result.
        residual: at held-out landmarks.
        inverse_mean_mm: mean distance, near the lesion, of points carried to the scan and back by
            a registration the other way round.
        inverse_max_mm: greatest such distance.
        local_mm: how far the fit of what is near the lesion puts its middle from where the fit of
            all the region does.
        overlap: share of the planning CT's tissue near the lesion that the scan shows as tissue.
        lesion_seen: share of the 15 mm round the lesion's middle that the scan's field covers.
        shift_mm: how far the lesion's middle moved from where the start had put it.
        turn_deg: angle by which the region turned from the start.
    """

    similarity_before: float
    similarity_after: float
    residual: LandmarkResidual
    inverse_mean_mm: float
    inverse_max_mm: float
    local_mm: float
    overlap: float
    lesion_seen: float
    shift_mm: float
    turn_deg: float


@dataclass(frozen=True, slots=True, eq=False)
class RegistrationResult:
    """How the planning CT lies in the scan, round one lesion.

    Attributes:
        matrix: shape (4, 4), rigid; takes (x, y, z, 1) of the planning CT to the scan, LPS mm.
        center_mm: middle of the region in the planning CT.
        size_mm: side of the region; beyond it the result says nothing.
        quality: of the rigid result.
        verdict: of what ``to_scan`` does.
        reasons: why it is not accepted, in words; none where it is.
        deformation: what is added to the rigid motion; None where none was asked for or earned.
        deformation_note: why it was taken or not; empty where none was asked for.
        deformed_residual: at held-out landmarks, with the deformation that was tried.
    """

    matrix: NDArray[np.float64]
    center_mm: Vector
    size_mm: float
    quality: RegistrationQuality
    verdict: Verdict
    reasons: tuple[str, ...]
    deformation: Deformation | None = None
    deformation_note: str = ""
    deformed_residual: LandmarkResidual | None = None

    def to_scan(self, points_mm: NDArray[np.floating]) -> NDArray[np.float64]:
        """Points (..., 3) of the planning CT in the scan, LPS mm."""
        if self.deformation is None:
            return moved(self.matrix, points_mm)
        return moved(self.matrix, self.deformation.displaced(points_mm))
