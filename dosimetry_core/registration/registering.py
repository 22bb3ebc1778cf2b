"""Registration of a planning CT to a scan, round one lesion."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.registration.bending import bend, has_room_for_gain, why_not_taken
from dosimetry_core.registration.carrying import carried_by, correlation
from dosimetry_core.registration.deformation import Deformation
from dosimetry_core.registration.errors import RegistrationError, RegistrationGivenUp
from dosimetry_core.registration.fitting import (
    MIDDLE,
    NEAR_MM,
    coarse_fit,
    distance_mm,
    fit_back,
    local_fit,
)
from dosimetry_core.registration.ice import likely_ice
from dosimetry_core.registration.landmarks import Landmarks, held_out_landmarks, match
from dosimetry_core.registration.matrices import corners, inverse, is_rigid, moved, turn_deg
from dosimetry_core.registration.patches import Patch, patch_of
from dosimetry_core.registration.residual import residual_of
from dosimetry_core.registration.result import (
    LandmarkResidual,
    RegistrationQuality,
    RegistrationResult,
)
from dosimetry_core.registration.verdict import verdict_of
from dosimetry_core.values import Vector, Volume

_SMALLEST_MM, _LARGEST_MM = 100.0, 300.0
_SEARCH_MM = 45.0  # beyond the region, on each side
_LESION_MM = 15.0


def register(
    planning: Volume,
    scan: Volume,
    center_mm: Vector,
    *,
    size_mm: float = 150.0,
    start: NDArray[np.float64] | None = None,
    planning_ice: Volume | None = None,
    scan_ice: Volume | None = None,
    deformable: bool = False,
    goes_on: Callable[[], bool] = lambda: True,
) -> RegistrationResult:
    """Find how the planning CT lies in a scan, round one lesion, and how well that is known.

    The same input gives the same result, but for rounding.

    Args:
        planning: HU of the CT on which the lesion was drawn.
        scan: HU of the CT to which it is to be carried.
        center_mm: the lesion's middle in the planning CT, LPS mm.
        size_mm: side of the cube round it that is registered, 100 to 300 mm.
        start: shape (4, 4), rigid, planning to scan, LPS mm: what the frames of reference or a
            Spatial Registration say; None if both lie in one frame of reference.
        planning_ice: mask of ice in the planning CT, on a grid of its own.
        scan_ice: mask of ice in the scan, likewise. Without it, what may be ice is left out.
        deformable: also try a B-spline deformation; it is taken only where it earns it.
        goes_on: asked between the steps; where it says no, the registration is given up.

    Raises:
        RegistrationGivenUp: ``goes_on`` said no.
        RegistrationError: the start is not rigid, the size is out of range, or one of the scans
            does not reach the lesion's surroundings.
    """
    begin = np.eye(4) if start is None else np.asarray(start, dtype=np.float64)
    if not is_rigid(begin):
        raise RegistrationError("the start is not a rigid matrix (4, 4): it must turn and shift")
    if not _SMALLEST_MM <= size_mm <= _LARGEST_MM:
        raise RegistrationError(
            f"a region of {size_mm:g} mm cannot be registered: choose {_SMALLEST_MM:g} to "
            f"{_LARGEST_MM:g} mm"
        )
    center = np.array(center_mm, dtype=np.float64)
    fixed = patch_of(planning, center, size_mm / 2.0, planning_ice)
    _ask(goes_on)
    moving = patch_of(scan, moved(begin, center), size_mm / 2.0 + _SEARCH_MM, scan_ice)
    landmarks = held_out_landmarks(fixed, center)
    task = _Task(fixed, moving, landmarks, center)
    _ask(goes_on)
    coarse, begun = coarse_fit(task.learnt_from, moving, begin, center)
    _ask(goes_on)
    if scan_ice is None:
        frozen = likely_ice(fixed, carried_by(fixed, moving, coarse))
        task = replace(task, fixed=replace(fixed, usable=fixed.usable & ~frozen))
    matrix, local_mm = local_fit(task.learnt_from, moving, coarse, center)
    _ask(goes_on)
    back = fit_back(task.fixed, moving, begun, center)
    _ask(goes_on)
    quality = task.quality(begin, matrix, back, local_mm)
    deformation, bent, note = task.bent(matrix, quality.residual) if deformable else _NOT_ASKED
    verdict, reasons = verdict_of(quality, None if deformation is None else bent)
    return RegistrationResult(
        matrix, center_mm, size_mm, quality, verdict, reasons, deformation, note, bent
    )


def _ask(goes_on: Callable[[], bool]) -> None:
    if not goes_on():
        raise RegistrationGivenUp("the registration was given up between two steps")


_Bent = tuple[Deformation | None, LandmarkResidual | None, str]
_NOT_ASKED: _Bent = (None, None, "")


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    """The two patches of one registration and what is kept from the optimiser."""

    fixed: Patch
    moving: Patch
    landmarks: Landmarks
    center: NDArray[np.float64]

    @property
    def learnt_from(self) -> Patch:
        """The planning CT without the landmarks that are held out."""
        return replace(self.fixed, usable=self.landmarks.left_out_of(self.fixed))

    def quality(
        self,
        begin: NDArray[np.float64],
        matrix: NDArray[np.float64],
        back: NDArray[np.float64],
        local_mm: float,
    ) -> RegistrationQuality:
        """How good a rigid result is."""
        fixed, center = self.fixed, self.center
        carried = carried_by(fixed, self.moving, matrix)
        away_mm = distance_mm(fixed, center)
        near = fixed.usable & (away_mm <= NEAR_MM)
        coarse = replace(fixed, usable=near).coarser(MIDDLE)
        coarse_scan = self.moving.coarser(MIDDLE)
        back_mm = _back_mm(matrix, back, center)
        return RegistrationQuality(
            similarity_before=correlation(coarse, carried_by(coarse, coarse_scan, begin)),
            similarity_after=correlation(coarse, carried_by(coarse, coarse_scan, matrix)),
            residual=residual_of(match(self.landmarks, fixed, carried), center),
            inverse_mean_mm=float(back_mm.mean()),
            inverse_max_mm=float(back_mm.max()),
            local_mm=local_mm,
            overlap=float(carried.usable[near].mean()) if near.any() else 0.0,
            lesion_seen=float(carried.seen[away_mm <= _LESION_MM].mean()),
            shift_mm=float(np.linalg.norm(moved(matrix, center) - moved(begin, center))),
            turn_deg=turn_deg(inverse(begin) @ matrix),
        )

    def bent(self, matrix: NDArray[np.float64], rigid: LandmarkResidual) -> _Bent:
        """The deformation if it earns its acceptance, the residual with it, and a note."""
        if not has_room_for_gain(rigid):
            return None, None, "no deformation was tried: landmarks leave it nothing to better"
        found = bend(self.learnt_from, self.moving, matrix, self.center)
        if found is None:
            return None, None, "no deformation was found: too little of the scan overlaps"
        carried = carried_by(self.fixed, self.moving, matrix, found)
        bent = residual_of(match(self.landmarks, self.fixed, carried), self.center)
        reason = why_not_taken(rigid, bent, found)
        if reason:
            return None, bent, f"the deformation is not taken: {reason}"
        note = (
            f"a deformation is taken: landmarks are {bent.median_mm:.1f} mm off with it and "
            f"{rigid.median_mm:.1f} mm without"
        )
        return found, bent, note


def _back_mm(
    matrix: NDArray[np.float64], back: NDArray[np.float64], center: NDArray[np.float64]
) -> NDArray[np.float64]:
    points = np.vstack([center[None], corners(center, NEAR_MM / 2.0)])
    return np.linalg.norm(moved(back @ matrix, points) - points, axis=1)
