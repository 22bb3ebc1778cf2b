"""Whether the frames of a DICOM Segmentation lie in planes of one even grid."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from drivers.dicom.reading import items_of
from drivers.dicom.segmentation_frames import SegmentFrame
from drivers.dicom.slice_checks import numbers_of

# As for CT images: positions are often written with one decimal, directions with six.
_POSITION_TOLERANCE_MM = 0.1
_SAME_POSITION_MM = 0.01
_DIRECTION_TOLERANCE = 1e-4


@dataclass(frozen=True, slots=True)
class PlaneGrid:
    """Planes at even distances, of which any may be without a frame.

    Attributes:
        plane_of: for each frame the number of its plane, from 0 at the lowest.
        spacing_mm: pitch of the planes; None where neither positions nor attributes tell.
        faults: why the frames lie on no such grid; empty where they do.
    """

    plane_of: tuple[int, ...]
    spacing_mm: float | None
    faults: tuple[str, ...]


def plane_grid(dataset: Dataset, frames: Sequence[SegmentFrame]) -> PlaneGrid:
    """The grid that frames lie on.

    Its pitch is the Spacing Between Slices where positions fit that, or else the smallest distance
    of two planes.

    Raises:
        UnreadableError: a sequence is broken.
    """
    if not frames:
        return PlaneGrid((), None, ())
    normals = np.array([frame.normal for frame in frames])
    rows = np.array([frame.affine[:3, 0] / np.linalg.norm(frame.affine[:3, 0]) for frame in frames])
    turned = max(np.abs(normals - normals[0]).max(), np.abs(rows - rows[0]).max())
    if turned > _DIRECTION_TOLERANCE:
        return _off_grid("its frames have different orientations (ImageOrientationPatient)")
    along_mm = np.array([frame.position_mm for frame in frames]) @ normals[0]
    order = np.argsort(along_mm)
    is_next = np.diff(along_mm[order], prepend=-np.inf) > _SAME_POSITION_MM
    heights_mm = along_mm[order][is_next]
    place = np.empty(len(frames), dtype=np.int64)
    place[order] = np.cumsum(is_next) - 1
    stated = _stated_spacing_mm(dataset)
    if len(heights_mm) == 1:
        return PlaneGrid(tuple(place.tolist()), stated, ())
    smallest_mm = float(np.diff(heights_mm).min())
    for spacing_mm in (stated, smallest_mm):
        if spacing_mm is not None and (fitted := _fit(heights_mm, spacing_mm)) is not None:
            numbers, pitch_mm = fitted
            return PlaneGrid(tuple(numbers[place].tolist()), pitch_mm, ())
    gaps = ", ".join(f"{gap:.2f}" for gap in np.unique(np.diff(heights_mm).round(2))[:5])
    return _off_grid(
        f"its {len(heights_mm)} planes lie on no even grid: distances of {gaps} mm are not whole "
        "multiples of one"
    )


def _off_grid(fault: str) -> PlaneGrid:
    return PlaneGrid((), None, (fault,))


def _fit(
    heights_mm: NDArray[np.float64], spacing_mm: float
) -> tuple[NDArray[np.int64], float] | None:
    """Number of each plane, and the pitch that fits all best; None where they fit none."""
    steps = np.rint(np.diff(heights_mm) / spacing_mm)
    if steps.min() < 1:
        return None
    numbers = np.concatenate([[0], np.cumsum(steps)]).astype(np.int64)
    centred = numbers - numbers.mean()
    pitch_mm = float(centred @ heights_mm / (centred @ centred))
    off_mm = heights_mm - heights_mm.mean() - pitch_mm * centred
    return (numbers, pitch_mm) if np.abs(off_mm).max() <= _POSITION_TOLERANCE_MM else None


def _stated_spacing_mm(dataset: Dataset) -> float | None:
    for group in items_of(dataset, "SharedFunctionalGroupsSequence") + items_of(
        dataset, "PerFrameFunctionalGroupsSequence"
    ):
        for measures in items_of(group, "PixelMeasuresSequence"):
            value = numbers_of(measures, "SpacingBetweenSlices")
            if len(value) == 1 and value[0] > _POSITION_TOLERANCE_MM:
                return value[0]
    return None
