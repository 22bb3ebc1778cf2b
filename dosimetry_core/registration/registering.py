"""Registration of a planning CT to a scan, round one lesion."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.registration.carrying import Carried, carried_by, correlation
from dosimetry_core.registration.errors import RegistrationError
from dosimetry_core.registration.ice import likely_ice
from dosimetry_core.registration.itk import Fit, fit_rigid
from dosimetry_core.registration.landmarks import held_out_landmarks, match
from dosimetry_core.registration.matrices import corners, inverse, is_rigid, moved, turn_deg
from dosimetry_core.registration.patches import VOXEL_MM, Patch, patch_of
from dosimetry_core.registration.residual import residual_of
from dosimetry_core.registration.result import RegistrationQuality, RegistrationResult
from dosimetry_core.registration.starts import best_shift
from dosimetry_core.registration.verdict import verdict_of
from dosimetry_core.values import Vector, Volume

_SEARCH_MM = 45.0
_COARSE, _FINE = 4, 2  # times as large as a patch's voxels
_SAMPLES = 15_000
_SAME_START_MM = 6.0
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
) -> RegistrationResult:
    """Find how the planning CT lies in a scan, round one lesion, and how well that is known.

    The same input gives the same result, but for rounding.

    Args:
        planning: HU of the CT on which the lesion was drawn.
        scan: HU of the CT to which it is to be carried.
        center_mm: the lesion's middle in the planning CT, LPS mm.
        size_mm: side of the cube round it that is registered.
        start: shape (4, 4), rigid, planning to scan, LPS mm: what the frames of reference or a
            Spatial Registration say; None if both lie in one frame of reference.
        planning_ice: mask of ice in the planning CT, on a grid of its own.
        scan_ice: mask of ice in the scan, likewise. Without it, what may be ice is left out.

    Raises:
        RegistrationError: the start is not rigid, the size is not of use, or a scan does not reach
            the lesion.
    """
    begin = np.eye(4) if start is None else np.asarray(start, dtype=np.float64)
    if not is_rigid(begin):
        raise RegistrationError("the start is not a rigid matrix: it must turn and shift only")
    if not 60.0 <= size_mm <= 300.0:
        raise RegistrationError(f"a region of {size_mm:g} mm: 60 to 300 mm can be registered")
    center = np.array(center_mm, dtype=np.float64)
    fixed = patch_of(planning, center, size_mm / 2.0, planning_ice)
    moving = patch_of(scan, moved(begin, center), size_mm / 2.0 + _SEARCH_MM, scan_ice)
    landmarks = held_out_landmarks(fixed, center)
    seen = replace(fixed, usable=landmarks.left_out_of(fixed))
    coarse, searched = _coarse(seen, moving, begin, center)
    if scan_ice is None:
        frozen = likely_ice(fixed, carried_by(fixed, moving, coarse))
        seen = replace(seen, usable=seen.usable & ~frozen)
        fixed = replace(fixed, usable=fixed.usable & ~frozen)
    fine = _fit(seen, moving, coarse, center, _FINE)
    matrix = coarse if fine is None else fine.matrix
    carried = carried_by(fixed, moving, matrix)
    back = _back(fixed, moving, searched, center)
    mean_mm, max_mm = _there_and_back(matrix, back, center, size_mm)
    quality = RegistrationQuality(
        similarity_before=correlation(fixed, carried_by(fixed, moving, begin)),
        similarity_after=correlation(fixed, carried),
        residual=residual_of(
            match(landmarks, fixed, carried.values, carried.usable & fixed.usable), center
        ),
        inverse_mean_mm=mean_mm,
        inverse_max_mm=max_mm,
        overlap=_share(carried, fixed),
        lesion_seen=_lesion_seen(carried, fixed, center),
        shift_mm=float(np.linalg.norm(moved(matrix, center) - moved(begin, center))),
        turn_deg=turn_deg(inverse(begin) @ matrix),
    )
    verdict, reasons = verdict_of(quality)
    return RegistrationResult(matrix, center_mm, size_mm, quality, verdict, reasons)


def _coarse(
    fixed: Patch,
    moving: Patch,
    begin: NDArray[np.float64],
    center: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The better of what start and search lead to, and which of the two led there."""
    starts = [begin]
    found, _ = best_shift(fixed, moving)
    if np.linalg.norm(moved(found, center) - moved(begin, center)) > _SAME_START_MM:
        starts.append(found)
    fits = [(one, _fit(fixed, moving, one, center, _COARSE)) for one in starts]
    ended = [(one, fit) for one, fit in fits if fit is not None]
    if not ended:
        return begin, begin
    begun, best = min(ended, key=lambda pair: pair[1].cost)
    return best.matrix, begun


def _back(
    fixed: Patch,
    moving: Patch,
    begun: NDArray[np.float64],
    center: NDArray[np.float64],
) -> Fit | None:
    """The registration of the scan to the planning CT, from the start that the other one had."""
    middle = moved(begun, center)
    size = fixed.values.shape[0]
    at = np.round((middle - moving.first_mm)[::-1] / VOXEL_MM).astype(np.int64)
    part = moving.part(np.clip(at - size // 2, 0, np.array(moving.values.shape) - size), size)
    coarse = _fit(part, fixed, inverse(begun), middle, _COARSE)
    return None if coarse is None else _fit(part, fixed, coarse.matrix, middle, _FINE)


def _fit(
    fixed: Patch,
    moving: Patch,
    start: NDArray[np.float64],
    center: NDArray[np.float64],
    times: int,
) -> Fit | None:
    return fit_rigid(fixed.coarser(times), moving.coarser(times), start, center, _SAMPLES)


def _there_and_back(
    matrix: NDArray[np.float64], back: Fit | None, center: NDArray[np.float64], size_mm: float
) -> tuple[float, float]:
    if back is None:
        return float("nan"), float("nan")
    points = corners(center, size_mm / 4.0)
    away = np.linalg.norm(moved(back.matrix @ matrix, points) - points, axis=1)
    return float(away.mean()), float(away.max())


def _share(carried: Carried, fixed: Patch) -> float:
    usable = int(fixed.usable.sum())
    return float((carried.usable & fixed.usable).sum()) / usable if usable else 0.0


def _lesion_seen(carried: Carried, fixed: Patch, center: NDArray[np.float64]) -> float:
    index = np.moveaxis(np.indices(fixed.values.shape), 0, -1)[..., ::-1]
    near = np.linalg.norm(fixed.first_mm + VOXEL_MM * index - center, axis=-1) <= _LESION_MM
    return float(carried.seen[near].mean())
