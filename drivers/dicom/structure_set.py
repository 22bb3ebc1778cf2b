"""An RT Structure Set as closed polygons in patient space, or every reason why it is none."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.uid import UID, RTStructureSetStorage

from dosimetry_core.values import ContouredStructure, GenerationMode
from drivers.dicom.contour_reading import CLOSED_TYPES, MalformedContourError, read_polygon
from drivers.dicom.generation_mode import mode_of
from drivers.dicom.reading import UnreadableError, items_of, read_dataset, text_of
from drivers.dicom.uids import is_uid

_IS_CHARACTERS = 12


@dataclass(frozen=True, slots=True)
class ReferencedSeries:
    """A series that an object was made from; its study's UID is empty where it is not told."""

    study_uid: str
    series_uid: str


@dataclass(frozen=True, slots=True)
class StructureSet:
    """What people drew on a CT series.

    Attributes:
        referenced_series: the series that it says it was drawn on, and their studies.
        structures: those with at least one closed polygon; polygons of one structure in one plane
            combine by exclusive-or.
        roi_numbers: ROI Number of each of the structures, which a DVH refers to; None where it has
            none.
        warnings: what was left out or is doubtful, by structure name.
        plane_spacing_mm: pitch of the planes that a segmentation lies on, which tells how thick a
            structure of one plane is; None where it is not known.
    """

    sop_instance_uid: str
    frame_of_reference_uid: str
    referenced_series: tuple[ReferencedSeries, ...]
    structures: tuple[ContouredStructure, ...]
    roi_numbers: tuple[int | None, ...]
    mode: GenerationMode
    warnings: tuple[str, ...]
    plane_spacing_mm: float | None = None

    @property
    def referenced_series_uids(self) -> tuple[str, ...]:
        """The series that it says it was drawn on."""
        return tuple(one.series_uid for one in self.referenced_series)


class StructureSetRefused(Exception):  # noqa: N818 - a verdict on the data, not a failure of the reader
    """A structure set cannot be used; ``reasons`` says all that is wrong with it."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


def read_structure_set(path: Path) -> StructureSet:
    """Read an RT Structure Set.

    Contours that enclose nothing, contours that are not closed and structures without contours are
    left out with a warning. A malformed contour refuses the whole set: its structure would have
    another shape than the one that was drawn.

    Raises:
        StructureSetRefused: it is not a structure set, is broken, or lies on no frame of reference
            or on more than one.
    """
    try:
        dataset = read_dataset(path)
        return structure_set_from(dataset)
    except UnreadableError as error:
        raise StructureSetRefused((f"the file cannot be read: {error}",)) from error


def structure_set_from(dataset: Dataset) -> StructureSet:
    """``read_structure_set`` of a data set that was read already.

    Raises:
        StructureSetRefused: as ``read_structure_set``.
        UnreadableError: a sequence is broken.
    """
    sop_class = UID(text_of(dataset, "SOPClassUID"))
    if sop_class != RTStructureSetStorage:
        raise StructureSetRefused(
            (f"it is a {sop_class.name or 'file without SOP Class UID'}, not an RT Structure Set",)
        )
    reasons: list[str] = []
    warnings: list[str] = []
    rois = items_of(dataset, "StructureSetROISequence")
    frames = _frames_of_reference(dataset, rois)
    if len(frames) != 1:
        reasons.append(
            f"its structures lie on {len(frames)} frames of reference, exactly one is needed"
        )
    sop_instance_uid = text_of(dataset, "SOPInstanceUID")
    if not is_uid(sop_instance_uid):
        reasons.append("it has no valid SOPInstanceUID")
    numbered = tuple(_structures(dataset, rois, reasons, warnings))
    structures = tuple(structure for _, structure in numbered)
    if not structures:
        reasons.append("it has no structure with a closed planar contour")
    warnings += repeated_names(structures)
    if reasons:
        raise StructureSetRefused(tuple(reasons))
    return StructureSet(
        sop_instance_uid=sop_instance_uid,
        frame_of_reference_uid=frames[0],
        referenced_series=tuple(dict.fromkeys(_referenced_series(dataset))),
        structures=structures,
        roi_numbers=tuple(number for number, _ in numbered),
        mode=mode_of(dataset),
        warnings=tuple(warnings),
    )


def _structures(
    dataset: Dataset, rois: list[Dataset], reasons: list[str], warnings: list[str]
) -> Iterator[tuple[int | None, ContouredStructure]]:
    contours_of = _contours_by_number(dataset)
    numbers = Counter(_roi_number(roi, "ROINumber") for roi in rois)
    reasons += [
        f"{count} structures share the number {number or 'unset'}: whose contours are whose?"
        for number, count in numbers.items()
        if count > 1
    ]
    for roi in rois:
        number = _roi_number(roi, "ROINumber")
        name = text_of(roi, "ROIName") or f"(unnamed, number {number})"
        contours = contours_of.get(number, [])
        polygons = _polygons(name, contours, reasons, warnings)
        if polygons:
            whole = int(number) if _is_whole(number) else None
            yield whole, ContouredStructure(name, polygons)
        elif not contours:
            warnings.append(f"{name}: has no contours; left out")
    nameless = sorted(number for number in contours_of if number not in numbers)
    if nameless:
        reasons.append(f"contours refer to structures that are not there: {', '.join(nameless)}")


def _contours_by_number(dataset: Dataset) -> dict[str, list[Dataset]]:
    """Contours by the number of the structure that they are of; structures with none are not in."""
    contours_of: dict[str, list[Dataset]] = {}
    for roi_contour in items_of(dataset, "ROIContourSequence"):
        contours = items_of(roi_contour, "ContourSequence")
        if contours:
            number = _roi_number(roi_contour, "ReferencedROINumber")
            contours_of.setdefault(number, []).extend(contours)
    return contours_of


def _roi_number(dataset: Dataset, keyword: str) -> str:
    """A structure's number as all write it, without the zeros that some put before it."""
    text = text_of(dataset, keyword)
    return str(int(text)) if _is_whole(text) else text


def _is_whole(text: str) -> bool:
    return len(text) <= _IS_CHARACTERS and text.isascii() and text.removeprefix("-").isdecimal()


def _polygons(
    name: str, contours: list[Dataset], reasons: list[str], warnings: list[str]
) -> tuple[NDArray[np.float64], ...]:
    polygons: list[NDArray[np.float64]] = []
    left_out: Counter[str] = Counter()
    malformed: Counter[str] = Counter()
    for contour in contours:
        kind = text_of(contour, "ContourGeometricType")
        if kind not in CLOSED_TYPES:
            left_out[f"of type {kind or 'unset'}, not closed planar"] += 1
            continue
        try:
            polygon = read_polygon(contour)
        except MalformedContourError as error:
            malformed[str(error)] += 1
            continue
        if polygon is None:
            left_out["that enclose no area"] += 1
        else:
            polygons.append(polygon)
    warnings += [f"{name}: {count} contours {why}; left out" for why, count in left_out.items()]
    reasons += [f"{name}: {why} ({count} such contours)" for why, count in malformed.items()]
    return tuple(polygons)


def repeated_names(structures: Sequence[ContouredStructure]) -> list[str]:
    """A warning for each name that several structures have."""
    counts = Counter(structure.name for structure in structures)
    return [
        f"{name}: {count} structures have this name; all are kept"
        for name, count in counts.items()
        if count > 1
    ]


def _frames_of_reference(dataset: Dataset, rois: list[Dataset]) -> list[str]:
    """Those of the structures that have contours, or else those of the whole set."""
    contoured = _contours_by_number(dataset)
    of_rois = [
        text_of(roi, "ReferencedFrameOfReferenceUID")
        for roi in rois
        if _roi_number(roi, "ROINumber") in contoured
    ]
    of_set = [
        text_of(item, "FrameOfReferenceUID")
        for item in items_of(dataset, "ReferencedFrameOfReferenceSequence")
    ]
    named = of_rois if any(of_rois) else of_set
    return sorted({frame for frame in named if is_uid(frame)})


def _referenced_series(dataset: Dataset) -> Iterator[ReferencedSeries]:
    for frame in items_of(dataset, "ReferencedFrameOfReferenceSequence"):
        for study in items_of(frame, "RTReferencedStudySequence"):
            study_uid = text_of(study, "ReferencedSOPInstanceUID")
            for series in items_of(study, "RTReferencedSeriesSequence"):
                uid = text_of(series, "SeriesInstanceUID")
                if is_uid(uid):
                    yield ReferencedSeries(study_uid if is_uid(study_uid) else "", uid)
