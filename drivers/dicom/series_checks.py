"""What can be wrong with CT images as one volume, and the grid that they make where nothing is."""

from collections.abc import Callable, Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from drivers.dicom.ct_slice import CtSlice

_MINIMUM_SLICES = 3
# Positions are often written with one decimal, and 0.1 mm is far below what dose can tell apart.
_POSITION_TOLERANCE_MM = 0.1
_SAME_POSITION_MM = 0.01
# 1e-4 rad moves the far corner of a 500 mm field by 0.05 mm.
_DIRECTION_TOLERANCE = 1e-4
_SPACING_TOLERANCE_MM = 1e-4
# More than this and the list of gaps says no more than its beginning.
_GAPS_TOLD = 5


def sort_slices(slices: Sequence[CtSlice]) -> tuple[CtSlice, ...]:
    """Slices by their position along the normal of the first."""
    if not slices:
        return ()
    normal = slices[0].normal
    return tuple(sorted(slices, key=lambda one: float(one.position_mm @ normal)))


def series_faults(slices: Sequence[CtSlice]) -> tuple[str, ...]:
    """All reasons why sorted slices do not make one even, rectangular grid; empty where they do."""
    reasons: list[str] = []
    if len(slices) < _MINIMUM_SLICES:
        reasons.append(
            f"{len(slices)} slices are too few for a volume, {_MINIMUM_SLICES} are needed"
        )
    if not slices:
        return tuple(reasons)
    reasons += _mixtures(slices)
    if _has_mixed_orientation(slices):
        reasons.append("the slices have different orientations (ImageOrientationPatient)")
    else:
        reasons += _position_faults(slices)
    return tuple(reasons)


def grid_affine(slices: Sequence[CtSlice]) -> NDArray[np.float64]:
    """Matrix (4, 4) from (i, j, k, 1) to LPS mm of sorted slices without faults."""
    first, last = slices[0], slices[-1]
    between_rows_mm, between_columns_mm = first.pixel_spacing_mm
    affine = np.eye(4)
    affine[:3, 0] = first.row_direction * between_columns_mm
    affine[:3, 1] = first.column_direction * between_rows_mm
    affine[:3, 2] = (last.position_mm - first.position_mm) / (len(slices) - 1)
    affine[:3, 3] = first.position_mm
    return affine


def _mixtures(slices: Sequence[CtSlice]) -> list[str]:
    aspects: dict[str, Callable[[CtSlice], Hashable]] = {
        "are of {n} studies": lambda one: one.study_uid,
        "are of {n} series": lambda one: one.series_uid,
        "are of {n} frames of reference": lambda one: one.frame_of_reference_uid,
        "have {n} different matrix sizes": lambda one: (one.rows, one.columns),
        "have {n} different pixel spacings": lambda one: tuple(
            round(spacing / _SPACING_TOLERANCE_MM) for spacing in one.pixel_spacing_mm
        ),
        "have {n} different rescales to HU": lambda one: one.rescale,
        "mix real and simulated images ({n} generation modes)": lambda one: one.mode,
    }
    reasons: list[str] = []
    for words, aspect in aspects.items():
        count = len({aspect(one) for one in slices})
        if count > 1:
            reasons.append(f"the slices {words.format(n=count)}")
    duplicates = len(slices) - len({one.sop_instance_uid for one in slices})
    if duplicates:
        reasons.append(f"{duplicates} slices repeat the SOP Instance UID of another")
    return reasons


def _has_mixed_orientation(slices: Sequence[CtSlice]) -> bool:
    directions = np.array([[one.row_direction, one.column_direction] for one in slices])
    return bool(np.abs(directions - directions[0]).max() > _DIRECTION_TOLERANCE)


def _position_faults(slices: Sequence[CtSlice]) -> list[str]:
    positions = np.array([one.position_mm for one in slices])
    normal = slices[0].normal
    along_mm = positions @ normal
    reasons = _duplicate_positions(along_mm)
    reasons += _shear(positions, along_mm, normal)
    distinct_mm = along_mm[np.insert(np.diff(along_mm) > _SAME_POSITION_MM, 0, True)]
    if len(distinct_mm) >= _MINIMUM_SLICES:
        reasons += _unevenness(distinct_mm)
    return reasons


def _duplicate_positions(along_mm: NDArray[np.float64]) -> list[str]:
    repeated = along_mm[1:][np.diff(along_mm) <= _SAME_POSITION_MM]
    if not repeated.size:
        return []
    return [f"several slices lie at the same position: {_places(np.unique(repeated.round(2)))}"]


def _shear(
    positions: NDArray[np.float64], along_mm: NDArray[np.float64], normal: NDArray[np.float64]
) -> list[str]:
    aside = positions - positions[0] - np.outer(along_mm - along_mm[0], normal)
    aside_mm = np.linalg.norm(aside, axis=1)
    worst = int(aside_mm.argmax())
    if aside_mm[worst] <= _POSITION_TOLERANCE_MM:
        return []
    run_mm = abs(along_mm[worst] - along_mm[0])
    angle_degrees = float(np.degrees(np.arctan2(aside_mm[worst], run_mm)))
    where = (
        f"the slice at {along_mm[worst]:.2f} mm lies {aside_mm[worst]:.2f} mm aside of the first"
    )
    angle = f"{angle_degrees:.1f} degrees"
    return [f"the slices are not stacked straight, as with a tilted gantry: {where} ({angle})"]


def _unevenness(along_mm: NDArray[np.float64]) -> list[str]:
    pitch_mm = (along_mm[-1] - along_mm[0]) / (len(along_mm) - 1)
    even_mm = along_mm[0] + pitch_mm * np.arange(len(along_mm))
    departure_mm = np.abs(along_mm - even_mm)
    if departure_mm.max() <= _POSITION_TOLERANCE_MM:
        return []
    gaps_mm = np.diff(along_mm)
    usual_mm = float(np.median(gaps_mm))
    odd = np.flatnonzero(np.abs(gaps_mm - usual_mm) > _POSITION_TOLERANCE_MM)
    if not odd.size:
        worst = int(departure_mm.argmax())
        where = f"the slice at {along_mm[worst]:.2f} mm"
        return [f"the slice spacing drifts: {where} is {departure_mm[worst]:.2f} mm off its place"]
    reasons = [
        _gap_in_words(float(gaps_mm[n]), usual_mm, float(along_mm[n]), float(along_mm[n + 1]))
        for n in odd[:_GAPS_TOLD]
    ]
    if odd.size > _GAPS_TOLD:
        reasons.append(f"{odd.size - _GAPS_TOLD} more gaps differ from {usual_mm:.2f} mm")
    return reasons


def _gap_in_words(gap_mm: float, usual_mm: float, from_mm: float, to_mm: float) -> str:
    missing = round(gap_mm / usual_mm) - 1
    where = f"between the slices at {from_mm:.2f} and {to_mm:.2f} mm"
    if missing >= 1 and abs(gap_mm - (missing + 1) * usual_mm) <= _POSITION_TOLERANCE_MM:
        return f"{missing} slice{'s' * (missing > 1)} missing {where} (usual gap {usual_mm:.2f} mm)"
    return f"uneven slices: {gap_mm:.2f} mm instead of {usual_mm:.2f} mm {where}"


def _places(positions_mm: NDArray[np.float64]) -> str:
    told = ", ".join(f"{place:.2f} mm" for place in positions_mm[:_GAPS_TOLD])
    more = len(positions_mm) - _GAPS_TOLD
    return f"{told} and {more} more" if more > 0 else told
