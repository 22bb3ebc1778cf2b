"""Structures as an RT Structure Set."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.uid import UID, CTImageStorage, RTStructureSetStorage

from dosimetry_core.values import ContouredStructure, Vector
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


@dataclass(frozen=True, slots=True, eq=False)
class ContouredImages:
    """The images that structures are drawn on.

    Attributes:
        study_uid: Study Instance UID.
        series_uid: Series Instance UID.
        frame_of_reference_uid: in which the contours lie.
        sop_instance_uids: of the images.
        positions_mm: of their planes along the normal, in the same order.
        normal: of the planes, a unit vector in LPS.
    """

    study_uid: str
    series_uid: str
    frame_of_reference_uid: str
    sop_instance_uids: tuple[str, ...]
    positions_mm: tuple[float, ...]
    normal: Vector = (0.0, 0.0, 1.0)


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
    put_structures(result, structures, _images_of(series))
    save(result, path)


def put_structures(
    dataset: Dataset, structures: Sequence[WrittenStructure], images: ContouredImages
) -> None:
    """Put structures and what they refer to into a structure set's data set, unapproved.

    Args:
        dataset: with all that an RTSTRUCT has besides.
        structures: in the order of their ROI numbers, which count up from 1.
        images: each polygon lies in the plane of one of them.

    Raises:
        ValueError: a polygon lies in no image's plane.
    """
    numbered = list(enumerate(structures, start=1))
    dataset.ApprovalStatus = "UNAPPROVED"
    dataset.ReferencedFrameOfReferenceSequence = [_frame_of_reference(images)]
    dataset.StructureSetROISequence = [_roi(n, one, images) for n, one in numbered]
    dataset.ROIContourSequence = [_contours(n, one, images) for n, one in numbered]
    dataset.RTROIObservationsSequence = [_observation(n, one) for n, one in numbered]


def _images_of(series: CtSeries) -> ContouredImages:
    across = np.cross(series.volume.affine[:3, 0], series.volume.affine[:3, 1])
    normal = across / np.linalg.norm(across)
    index = np.zeros((series.image_count, 3))
    index[:, 0] = np.arange(series.image_count)
    x, y, z = normal.tolist()
    return ContouredImages(
        series.study_uid,
        series.series_uid,
        series.frame_of_reference_uid,
        series.sop_instance_uids,
        tuple((series.volume.to_patient_mm(index) @ normal).tolist()),
        (x, y, z),
    )


def _frame_of_reference(images: ContouredImages) -> Dataset:
    drawn_on = Dataset()
    drawn_on.SeriesInstanceUID = images.series_uid
    drawn_on.ContourImageSequence = [
        reference_to(CTImageStorage, uid) for uid in images.sop_instance_uids
    ]
    study = reference_to(_DETACHED_STUDY_MANAGEMENT, images.study_uid)
    study.RTReferencedSeriesSequence = [drawn_on]
    frame = Dataset()
    frame.FrameOfReferenceUID = images.frame_of_reference_uid
    frame.RTReferencedStudySequence = [study]
    return frame


def _roi(number: int, one: WrittenStructure, images: ContouredImages) -> Dataset:
    roi = Dataset()
    roi.ROINumber = number
    roi.ReferencedFrameOfReferenceUID = images.frame_of_reference_uid
    roi.ROIName = one.structure.name
    roi.ROIGenerationAlgorithm = one.made_by
    return roi


def _contours(number: int, one: WrittenStructure, images: ContouredImages) -> Dataset:
    item = Dataset()
    item.ROIDisplayColor = list(one.colour_rgb)
    item.ReferencedROINumber = number
    item.ContourSequence = [
        _contour(n, polygon, one.structure.name, images)
        for n, polygon in enumerate(one.structure.polygons_mm, start=1)
    ]
    return item


def _contour(
    number: int, polygon_mm: NDArray[np.float64], name: str, images: ContouredImages
) -> Dataset:
    along_mm = polygon_mm @ np.array(images.normal)
    positions_mm = np.array(images.positions_mm)
    nearest = int(np.abs(positions_mm - along_mm.mean()).argmin())
    if np.abs(along_mm - positions_mm[nearest]).max() > _NEAREST_MM:
        raise ValueError(f"a polygon of {name} at z = {polygon_mm[0, 2]:g} mm lies in no image")
    contour = Dataset()
    contour.ContourNumber = number
    contour.ContourGeometricType = "CLOSED_PLANAR"
    contour.NumberOfContourPoints = len(polygon_mm)
    contour.ContourData = [decimal(round(value, 3)) for value in polygon_mm.ravel().tolist()]
    contour.ContourImageSequence = [reference_to(CTImageStorage, images.sop_instance_uids[nearest])]
    return contour


def _observation(number: int, one: WrittenStructure) -> Dataset:
    observation = Dataset()
    observation.ObservationNumber = number
    observation.ReferencedROINumber = number
    observation.RTROIInterpretedType = one.interpreted_type
    observation.ROIInterpreter = ""
    return observation
