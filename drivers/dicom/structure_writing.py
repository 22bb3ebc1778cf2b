"""Structures as an RT Structure Set."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.uid import UID, CTImageStorage, RTStructureSetStorage

from dosimetry_core.values import ContouredStructure
from drivers.dicom.ct_series import CtSeries
from drivers.dicom.result_object import (
    ADVISORY,
    ResultIdentity,
    date_of,
    decimal,
    marked,
    new_result,
    reference_to,
    save,
    time_of,
)
from drivers.dicom.study_context import StudyContext

_DETACHED_STUDY_MANAGEMENT = UID("1.2.840.10008.3.1.2.3.1")  # PS3.3 C.8.8.5.4 asks for it by name
_NEAREST_MM = 0.05
_LABEL_LENGTH = 16

InterpretedType = Literal["GTV", "CTV", "ORGAN", "CONTROL"]


@dataclass(frozen=True, slots=True, eq=False)
class WrittenStructure:
    """A structure with what a planning system wants to know of it.

    Attributes:
        structure: its name and polygons, each in the plane of an image.
        interpreted_type: RT ROI Interpreted Type (PS3.3 C.8.8.8.1).
        colour_rgb: display colour, 0 to 255 each.
        made_by: how it came about.
    """

    structure: ContouredStructure
    interpreted_type: InterpretedType
    colour_rgb: tuple[int, int, int]
    made_by: Literal["MANUAL", "SEMIAUTOMATIC", "AUTOMATIC"]


def write_structures(
    structures: Sequence[WrittenStructure],
    label: str,
    series: CtSeries,
    context: StudyContext,
    identity: ResultIdentity,
    path: Path,
) -> None:
    """Write an RTSTRUCT on a CT series (PS3.3 sections A.19 and C.8.8.5 to C.8.8.8).

    Args:
        structures: in the order of their ROI numbers, which count up from 1.
        label: Structure Set Label, 16 characters with its mark.
        series: the images that the structures lie in.
        context: of that series.
        identity: of the structure set.
        path: the file.

    Raises:
        ValueError: there is no structure, a polygon lies in no image's plane, the label is too
            long, or the images are simulated and the result claims to be REAL.
        OSError: the file cannot be written.
    """
    title = marked(label, identity.mode)
    if not structures or len(title) > _LABEL_LENGTH:
        raise ValueError(f"a structure set needs structures and a label of 16 characters: {title}")
    result = new_result(RTStructureSetStorage, "RTSTRUCT", label, context, identity)
    result.StructureSetLabel = title
    result.StructureSetDescription = marked(f"{label}: {ADVISORY}", identity.mode)
    result.StructureSetDate = date_of(identity.made_at, context)
    result.StructureSetTime = time_of(identity.made_at, context)
    result.ApprovalStatus = "UNAPPROVED"
    result.ReferencedFrameOfReferenceSequence = [_frame_of_reference(series)]
    numbered = list(enumerate(structures, start=1))
    result.StructureSetROISequence = [_roi(n, one, series) for n, one in numbered]
    result.ROIContourSequence = [_contours(n, one, series) for n, one in numbered]
    result.RTROIObservationsSequence = [_observation(n, one) for n, one in numbered]
    save(result, path)


def _frame_of_reference(series: CtSeries) -> Dataset:
    images = Dataset()
    images.SeriesInstanceUID = series.series_uid
    images.ContourImageSequence = [
        reference_to(CTImageStorage, uid) for uid in series.sop_instance_uids
    ]
    study = reference_to(_DETACHED_STUDY_MANAGEMENT, series.study_uid)
    study.RTReferencedSeriesSequence = [images]
    frame = Dataset()
    frame.FrameOfReferenceUID = series.frame_of_reference_uid
    frame.RTReferencedStudySequence = [study]
    return frame


def _roi(number: int, one: WrittenStructure, series: CtSeries) -> Dataset:
    roi = Dataset()
    roi.ROINumber = number
    roi.ReferencedFrameOfReferenceUID = series.frame_of_reference_uid
    roi.ROIName = one.structure.name
    roi.ROIGenerationAlgorithm = one.made_by
    return roi


def _contours(number: int, one: WrittenStructure, series: CtSeries) -> Dataset:
    item = Dataset()
    item.ROIDisplayColor = list(one.colour_rgb)
    item.ReferencedROINumber = number
    item.ContourSequence = [
        _contour(n, polygon, one.structure.name, series)
        for n, polygon in enumerate(one.structure.polygons_mm, start=1)
    ]
    return item


def _contour(number: int, polygon_mm: NDArray[np.float64], name: str, series: CtSeries) -> Dataset:
    slices = series.volume.to_index(polygon_mm)[:, 0]
    nearest = round(float(slices.mean()))
    off_mm = float(np.abs(slices - nearest).max()) * series.volume.spacing_mm[0]
    if not 0 <= nearest < series.image_count or off_mm > _NEAREST_MM:
        raise ValueError(f"a polygon of {name} at z = {polygon_mm[0, 2]:g} mm lies in no image")
    contour = Dataset()
    contour.ContourNumber = number
    contour.ContourGeometricType = "CLOSED_PLANAR"
    contour.NumberOfContourPoints = len(polygon_mm)
    contour.ContourData = [decimal(round(value, 3)) for value in polygon_mm.ravel().tolist()]
    contour.ContourImageSequence = [reference_to(CTImageStorage, series.sop_instance_uids[nearest])]
    return contour


def _observation(number: int, one: WrittenStructure) -> Dataset:
    observation = Dataset()
    observation.ObservationNumber = number
    observation.ReferencedROINumber = number
    observation.RTROIInterpretedType = one.interpreted_type
    observation.ROIInterpreter = ""
    return observation
