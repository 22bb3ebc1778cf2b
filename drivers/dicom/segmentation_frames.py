"""Of which segment and where each frame of a DICOM Segmentation is."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from drivers.dicom.reading import items_of, text_of
from drivers.dicom.slice_checks import numbers_of

# Direction cosines are written with six decimals.
_UNIT_VECTOR_TOLERANCE = 1e-3
_FARTHEST_MM = 1e5
_SPACINGS_MM = (1e-3, 1e3)
_SEGMENT_NUMBER = "ReferencedSegmentNumber"
# Keyword of the functional group macro (PS3.3 section C.7.6.16.2) and of the attribute in it: how
# many values it has.
_NUMBERS = {
    ("PlanePositionSequence", "ImagePositionPatient"): 3,
    ("PlaneOrientationSequence", "ImageOrientationPatient"): 6,
    ("PixelMeasuresSequence", "PixelSpacing"): 2,
}


@dataclass(frozen=True, slots=True, eq=False)
class SegmentFrame:
    """One frame: the pixels of one segment in one plane.

    Attributes:
        index: its place among the frames, from 0.
        segment: number of its segment.
        affine: shape (4, 4), from (i, j, 0, 1) to LPS mm of pixel centres; its third column is the
            unit vector across the plane.
    """

    index: int
    segment: int
    affine: NDArray[np.float64]

    @property
    def position_mm(self) -> NDArray[np.float64]:
        """Centre of the first pixel, LPS, shape (3,)."""
        return self.affine[:3, 3]

    @property
    def normal(self) -> NDArray[np.float64]:
        """Unit vector across the plane, LPS, shape (3,)."""
        return self.affine[:3, 2]


def frames_of(dataset: Dataset) -> tuple[tuple[SegmentFrame, ...], list[str]]:
    """All frames, and what is wrong with those that are missing from them.

    Each functional group is taken from the frame's own item, or else from the shared one.

    Raises:
        UnreadableError: a sequence is broken.
    """
    shared = items_of(dataset, "SharedFunctionalGroupsSequence")[:1]
    own = items_of(dataset, "PerFrameFunctionalGroupsSequence")
    if not own or numbers_of(dataset, "NumberOfFrames") != (len(own),):
        stated = text_of(dataset, "NumberOfFrames") or "no"
        return (), [f"it says {stated} frames but describes {len(own)}"]
    frames: list[SegmentFrame] = []
    faults: Counter[str] = Counter()
    for index, item in enumerate(own):
        found = _frame(index, [item, *shared])
        if isinstance(found, SegmentFrame):
            frames.append(found)
        else:
            faults.update(found)
    return tuple(frames), [
        f"{count} of {len(own)} frames {fault}" for fault, count in faults.items()
    ]


def _frame(index: int, groups: list[Dataset]) -> SegmentFrame | list[str]:
    """A frame, or all that is wrong with it; ``groups`` are its own and the shared ones."""
    number = text_of(_macro(groups, "SegmentIdentificationSequence"), _SEGMENT_NUMBER)
    values = {
        attribute: numbers_of(_macro(groups, macro), attribute) for macro, attribute in _NUMBERS
    }
    faults = [] if number.isdecimal() else [f"have no valid {_SEGMENT_NUMBER}"]
    faults += [
        f"have no valid {attribute}"
        for (_, attribute), count in _NUMBERS.items()
        if len(values[attribute]) != count
    ]
    if faults:
        return faults
    directions = np.array(values["ImageOrientationPatient"]).reshape(2, 3)
    if not np.abs(directions @ directions.T - np.eye(2)).max() <= _UNIT_VECTOR_TOLERANCE:
        faults.append("have an ImageOrientationPatient that is not two perpendicular unit vectors")
    between_rows_mm, between_columns_mm = values["PixelSpacing"]
    least_mm, most_mm = _SPACINGS_MM
    if not least_mm <= min(values["PixelSpacing"]) <= max(values["PixelSpacing"]) <= most_mm:
        faults.append(f"have a PixelSpacing that is not within {least_mm:g} to {most_mm:g} mm")
    if not max(map(abs, values["ImagePositionPatient"])) <= _FARTHEST_MM:
        faults.append("have an ImagePositionPatient more than 100 m away")
    if faults:
        return faults
    normal = np.cross(directions[0], directions[1])
    affine = np.eye(4)
    affine[:3, 0] = directions[0] * between_columns_mm
    affine[:3, 1] = directions[1] * between_rows_mm
    affine[:3, 2] = normal / np.linalg.norm(normal)
    affine[:3, 3] = values["ImagePositionPatient"]
    return SegmentFrame(index, int(number), affine)


def _macro(groups: list[Dataset], macro: str) -> Dataset:
    """The first item of a functional group macro; an empty data set where there is none."""
    found = (item for group in groups for item in items_of(group, macro)[:1])
    return next(found, Dataset())
