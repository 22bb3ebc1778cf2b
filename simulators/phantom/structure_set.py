"""Contours as an RT Structure Set."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
from pydicom.uid import RTStructureSetStorage

from dosimetry_core.values import ContouredStructure, GenerationMode
from drivers.dicom import ContouredImages, WrittenStructure, mark, put_structures
from simulators.phantom.common_modules import new_object
from simulators.phantom.identity import StudyIdentity, dicom_date, dicom_time
from simulators.phantom.series import WrittenSeries

_DECIMALS = 2


def write_structure_set(
    structures: Sequence[WrittenStructure],
    series: WrittenSeries,
    identity: StudyIdentity,
    *,
    number: int,
    drawn_at: datetime,
    path: Path,
) -> str:
    """Write an RTSTRUCT marked DEMO that refers to a written series and its frame of reference.

    Args:
        structures: each polygon lies in the plane of one of the series' images; to 0.01 mm.
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
    images = ContouredImages(
        identity.study_uid,
        series.series_uid,
        identity.frame_of_reference_uid,
        series.sop_instance_uids,
        series.positions_mm,
    )
    put_structures(dataset, [_rounded(one) for one in structures], images)
    mark(dataset, GenerationMode.DEMO)
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)
    return uid


def _rounded(drawn: WrittenStructure) -> WrittenStructure:
    one = drawn.structure
    polygons = tuple(np.round(polygon, _DECIMALS) for polygon in one.polygons_mm)
    return replace(drawn, structure=ContouredStructure(one.name, polygons))
