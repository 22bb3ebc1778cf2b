"""Contours as an RT Structure Set."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.uid import UID, CTImageStorage, RTStructureSetStorage

from dosimetry_core.values import ContouredStructure, GenerationMode
from drivers.dicom import mark
from simulators.phantom.common_modules import new_object
from simulators.phantom.identity import StudyIdentity, dicom_date, dicom_time
from simulators.phantom.series import WrittenSeries

_DETACHED_STUDY_MANAGEMENT = UID("1.2.840.10008.3.1.2.3.1")  # PS3.3 C.8.8.5.4 asks for it by name


@dataclass(frozen=True, slots=True, eq=False)
class DrawnStructure:
    """A contoured structure with what a planning system says of it.

    Attributes:
        structure: its name and polygons.
        interpreted_type: RT ROI Interpreted Type.
        colour_rgb: display colour, 0 to 255 each.
    """

    structure: ContouredStructure
    interpreted_type: Literal["GTV", "CTV", "ORGAN"]
    colour_rgb: tuple[int, int, int]


def write_structure_set(
    structures: Sequence[DrawnStructure],
    series: WrittenSeries,
    identity: StudyIdentity,
    *,
    number: int,
    drawn_at: datetime,
    path: Path,
) -> str:
    """Write an RTSTRUCT marked DEMO that refers to a written series and its frame of reference.

    Args:
        structures: each polygon lies in the plane of one of the series' images.
        series: what the structures were drawn on.
        identity: the study and the pseudonym.
        number: Series Number of the structure set.
        drawn_at: when it was drawn; aware.
        path: the file; its folder is made if it is not there.

    Returns:
        The SOP Instance UID.

    Raises:
        ValueError: a polygon lies in no image's plane.
    """
    uid = identity.uid("structures", str(number))
    dataset = new_object(identity, RTStructureSetStorage, uid, drawn_at)
    dataset.Modality = "RTSTRUCT"
    dataset.SeriesInstanceUID = identity.uid("structures-series", str(number))
    dataset.SeriesNumber = number
    dataset.SeriesDate, dataset.SeriesTime = dicom_date(drawn_at), dicom_time(drawn_at)
    dataset.SeriesDescription = "Contours"
    dataset.OperatorsName = ""
    dataset.InstanceNumber = 1
    dataset.FrameOfReferenceUID = identity.frame_of_reference_uid
    dataset.PositionReferenceIndicator = ""
    dataset.StructureSetLabel = "DEMO"
    dataset.StructureSetName = "DEMO contours"
    dataset.StructureSetDate = dicom_date(drawn_at)
    dataset.StructureSetTime = dicom_time(drawn_at)
    dataset.ApprovalStatus = "UNAPPROVED"
    dataset.ReferencedFrameOfReferenceSequence = [_frame_of_reference(series, identity)]
    numbered = list(enumerate(structures, start=1))
    dataset.StructureSetROISequence = [_roi(n, one, identity) for n, one in numbered]
    dataset.ROIContourSequence = [_contours(n, one, series) for n, one in numbered]
    dataset.RTROIObservationsSequence = [_observation(n, one) for n, one in numbered]
    mark(dataset, GenerationMode.DEMO)
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)
    return uid


def _reference(sop_class_uid: str, sop_instance_uid: str) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = sop_class_uid
    item.ReferencedSOPInstanceUID = sop_instance_uid
    return item


def _frame_of_reference(series: WrittenSeries, identity: StudyIdentity) -> Dataset:
    images = Dataset()
    images.SeriesInstanceUID = series.series_uid
    images.ContourImageSequence = [
        _reference(CTImageStorage, uid) for uid in series.sop_instance_uids
    ]
    study = _reference(_DETACHED_STUDY_MANAGEMENT, identity.study_uid)
    study.RTReferencedSeriesSequence = [images]
    frame = Dataset()
    frame.FrameOfReferenceUID = identity.frame_of_reference_uid
    frame.RTReferencedStudySequence = [study]
    return frame


def _roi(number: int, drawn: DrawnStructure, identity: StudyIdentity) -> Dataset:
    roi = Dataset()
    roi.ROINumber = number
    roi.ReferencedFrameOfReferenceUID = identity.frame_of_reference_uid
    roi.ROIName = drawn.structure.name
    roi.ROIGenerationAlgorithm = "SEMIAUTOMATIC"
    return roi


def _contours(number: int, drawn: DrawnStructure, series: WrittenSeries) -> Dataset:
    item = Dataset()
    item.ROIDisplayColor = list(drawn.colour_rgb)
    item.ReferencedROINumber = number
    item.ContourSequence = [
        _contour(n, polygon, drawn.structure.name, series)
        for n, polygon in enumerate(drawn.structure.polygons_mm, start=1)
    ]
    return item


def _contour(
    number: int, polygon_mm: NDArray[np.float64], name: str, series: WrittenSeries
) -> Dataset:
    distances = np.abs(np.array(series.positions_mm) - polygon_mm[0, 2])
    nearest = int(distances.argmin())
    if np.abs(polygon_mm[:, 2] - series.positions_mm[nearest]).max() > 0.01:
        raise ValueError(f"a polygon of {name} at z = {polygon_mm[0, 2]:g} mm lies in no image")
    contour = Dataset()
    contour.ContourNumber = number
    contour.ContourGeometricType = "CLOSED_PLANAR"
    contour.NumberOfContourPoints = len(polygon_mm)
    contour.ContourData = [f"{value:.2f}" for value in polygon_mm.ravel()]
    contour.ContourImageSequence = [_reference(CTImageStorage, series.sop_instance_uids[nearest])]
    return contour


def _observation(number: int, drawn: DrawnStructure) -> Dataset:
    observation = Dataset()
    observation.ObservationNumber = number
    observation.ReferencedROINumber = number
    observation.RTROIInterpretedType = drawn.interpreted_type
    observation.ROIInterpreter = ""
    return observation
