"""A DICOM Segmentation as closed polygons in patient space, or every reason why it is none."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.uid import UID, SegmentationStorage

from dosimetry_core.structures import polygons_from_mask
from dosimetry_core.values import ContouredStructure
from drivers.dicom.generation_mode import mode_of
from drivers.dicom.reading import UnreadableError, items_of, read_dataset, text_of
from drivers.dicom.segmentation_frames import SegmentFrame, frames_of
from drivers.dicom.segmentation_pixels import (
    FRACTIONAL,
    SegmentPixelsError,
    frame_masks,
    pixel_faults,
)
from drivers.dicom.segmentation_planes import PlaneGrid, plane_grid
from drivers.dicom.structure_set import (
    ReferencedSeries,
    StructureSet,
    StructureSetRefused,
    repeated_names,
)
from drivers.dicom.uids import is_uid


def read_segmentation(path: Path) -> StructureSet:
    """Read a DICOM Segmentation (PS3.3 section A.51), each segment as one structure.

    Every frame becomes polygons along the edges of its pixels, in its own plane. Frames may be in
    any order, and a plane without a frame is empty there; segments may overlap. Values of a
    FRACTIONAL segmentation count from half of the highest value on, with a warning. Segments
    without a set pixel are left out with a warning.

    Raises:
        StructureSetRefused: it is not a segmentation, is broken, or its frames do not lie in
            parallel planes of one even grid in one frame of reference.
    """
    try:
        dataset = read_dataset(path)
        return segmentation_from(dataset)
    except UnreadableError as error:
        raise StructureSetRefused((f"the file cannot be read: {error}",)) from error


def segmentation_from(dataset: Dataset) -> StructureSet:
    """``read_segmentation`` of a data set that was read already.

    Raises:
        StructureSetRefused: as ``read_segmentation``.
        UnreadableError: a sequence is broken.
    """
    sop_class = UID(text_of(dataset, "SOPClassUID"))
    if sop_class != SegmentationStorage:
        raise StructureSetRefused(
            (f"it is a {sop_class.name or 'file without SOP Class UID'}, not a Segmentation",)
        )
    names, reasons = _segments(dataset)
    reasons += [
        f"it has no valid {keyword}"
        for keyword in ("SOPInstanceUID", "FrameOfReferenceUID")
        if not is_uid(text_of(dataset, keyword))
    ]
    reasons += pixel_faults(dataset)
    frames, faults = frames_of(dataset)
    reasons += faults
    unknown = sorted({frame.segment for frame in frames} - set(names))
    if unknown:
        listed = ", ".join(map(str, unknown))
        reasons.append(f"frames refer to segments that are not there: {listed}")
    grid = plane_grid(dataset, frames)
    reasons += [] if faults else _plane_faults(grid, frames, names)
    if reasons:
        raise StructureSetRefused(tuple(reasons))
    try:
        structures = tuple(_structures(dataset, frames, grid, names))
    except SegmentPixelsError as error:
        raise StructureSetRefused((str(error),)) from error
    if not structures:
        raise StructureSetRefused(("it has no segment with a set pixel",))
    return StructureSet(
        sop_instance_uid=text_of(dataset, "SOPInstanceUID"),
        frame_of_reference_uid=text_of(dataset, "FrameOfReferenceUID"),
        referenced_series=tuple(dict.fromkeys(_referenced_series(dataset))),
        structures=structures,
        roi_numbers=(None,) * len(structures),
        mode=mode_of(dataset),
        warnings=_warnings(dataset, names, structures),
        plane_spacing_mm=grid.spacing_mm,
    )


def _segments(dataset: Dataset) -> tuple[dict[int, str], list[str]]:
    """Names of the segments by number, and what is wrong with the list."""
    names: dict[int, str] = {}
    reasons: list[str] = []
    for item in items_of(dataset, "SegmentSequence"):
        number = text_of(item, "SegmentNumber")
        if not number.isdecimal():
            reasons.append(f"a segment has the number {number or 'unset'}")
        elif int(number) in names:
            reasons.append(f"several segments share the number {number}: whose frames are whose?")
        else:
            label = text_of(item, "SegmentLabel")
            names[int(number)] = label or f"(unnamed, segment {number})"
    if not names and not reasons:
        reasons.append("it has no segments")
    return names, reasons


def _plane_faults(
    grid: PlaneGrid, frames: Sequence[SegmentFrame], names: dict[int, str]
) -> list[str]:
    if grid.faults:
        return list(grid.faults)
    counts = Counter(
        (frame.segment, plane) for frame, plane in zip(frames, grid.plane_of, strict=True)
    )
    twice = Counter(segment for (segment, _), count in counts.items() if count > 1)
    return [
        f"{names.get(segment, f'segment {segment}')}: has several frames in {planes} of its planes"
        for segment, planes in twice.items()
    ]


def _structures(
    dataset: Dataset, frames: Sequence[SegmentFrame], grid: PlaneGrid, names: dict[int, str]
) -> Iterator[ContouredStructure]:
    """Those with a set pixel, their polygons from the lowest plane to the highest."""
    polygons: dict[tuple[int, int], tuple[NDArray[np.float64], ...]] = {}
    for plane, (frame, mask) in zip(grid.plane_of, frame_masks(dataset, frames), strict=True):
        polygons[frame.segment, plane] = polygons_from_mask(mask, frame.affine)
    for number, name in names.items():
        planes = sorted(plane for segment, plane in polygons if segment == number)
        own = tuple(polygon for plane in planes for polygon in polygons[number, plane])
        if own:
            yield ContouredStructure(name, own)


def _warnings(
    dataset: Dataset, names: dict[int, str], structures: Sequence[ContouredStructure]
) -> tuple[str, ...]:
    shaped = Counter(structure.name for structure in structures)
    warnings = [
        f"{name}: has no set pixel; left out"
        for name in (Counter(names.values()) - shaped).elements()
    ]
    if text_of(dataset, "SegmentationType") == FRACTIONAL:
        kind = text_of(dataset, "SegmentationFractionalType").lower() or "fraction"
        warnings.append(f"its pixels hold a {kind}: those of at least one half were taken")
    return (*warnings, *repeated_names(structures))


def _referenced_series(dataset: Dataset) -> Iterator[ReferencedSeries]:
    others = items_of(dataset, "StudiesContainingOtherReferencedInstancesSequence")
    for holder in (dataset, *others):
        study_uid = text_of(holder, "StudyInstanceUID")
        for series in items_of(holder, "ReferencedSeriesSequence"):
            uid = text_of(series, "SeriesInstanceUID")
            if is_uid(uid):
                yield ReferencedSeries(study_uid if is_uid(study_uid) else "", uid)
