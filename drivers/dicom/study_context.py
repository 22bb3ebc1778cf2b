"""Whose and which study's objects results belong to, as an object of that study says it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path

from pydicom import Dataset

from dosimetry_core.values import GenerationMode
from drivers.dicom.acquisition_time import acquired_at, zone_of_offset
from drivers.dicom.generation_mode import mode_of
from drivers.dicom.reading import UnreadableError, items_of, read_header, text_of
from drivers.dicom.uids import is_uid

# Patient and General Study modules (PS3.3 C.7.1.1, C.7.2.1): what must be the same in all objects
# of a study. Type 2 attributes are written even where they are blank.
_TYPE_2 = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "AccessionNumber",
    "ReferringPhysicianName",
)
_TYPE_3 = ("IssuerOfPatientID", "StudyDescription")
# The first may only be there with the second (PS3.3 C.7.1.1).
_DEIDENTIFIED = ("PatientIdentityRemoved", "DeidentificationMethod")


class ContextRefused(Exception):  # noqa: N818 - a verdict on the data, not a failure of the reader
    """An object does not say which study results belong to; ``reasons`` says what it lacks."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class StudyContext:
    """The patient, study and frame of reference that a result shares with its images.

    Attributes:
        frame_of_reference_uid: of the images or structures.
        mode: of the object that this was read from; no result of it is more real.
        zone: that all its dates and times are in, which its results follow: one offset from UTC
            holds for a whole object (SOP Common module, PS3.3 C.12.1).
        attributes: keyword and text of the patient and study modules; kept out of logs.
    """

    study_uid: str
    frame_of_reference_uid: str
    mode: GenerationMode
    zone: timezone
    attributes: tuple[tuple[str, str], ...] = field(repr=False)


def read_study_context(path: Path, local_zone: tzinfo = UTC) -> StudyContext:
    """Read what results share with a CT image or a structure set.

    Args:
        path: an image of the series, or the structure set, that the results were made from.
        local_zone: zone of the object's clock, if it does not state its own.

    Raises:
        ContextRefused: it cannot be read, or names no study or not exactly one frame of reference.
    """
    try:
        dataset = read_header(path)
        frame_uids = _frames_of_reference(dataset)
    except UnreadableError as error:
        raise ContextRefused((f"the file cannot be read: {error}",)) from error
    study_uid = text_of(dataset, "StudyInstanceUID")
    reasons: list[str] = []
    if not is_uid(study_uid):
        reasons.append("it has no valid StudyInstanceUID")
    if len(frame_uids) != 1:
        reasons.append(f"it is on {len(frame_uids)} frames of reference, exactly one is needed")
    if reasons:
        raise ContextRefused(tuple(reasons))
    return StudyContext(
        study_uid=study_uid,
        frame_of_reference_uid=frame_uids[0],
        mode=mode_of(dataset),
        zone=_zone(dataset, local_zone),
        attributes=tuple(_attributes(dataset)),
    )


def _attributes(dataset: Dataset) -> Iterator[tuple[str, str]]:
    for keyword in _TYPE_2:
        yield keyword, text_of(dataset, keyword)
    optional = [keyword for keyword in _TYPE_3 if text_of(dataset, keyword)]
    if all(text_of(dataset, keyword) for keyword in _DEIDENTIFIED):
        optional += _DEIDENTIFIED
    for keyword in optional:
        yield keyword, text_of(dataset, keyword)


def _frames_of_reference(dataset: Dataset) -> list[str]:
    of_object = text_of(dataset, "FrameOfReferenceUID")
    of_items = (
        text_of(item, "FrameOfReferenceUID")
        for item in items_of(dataset, "ReferencedFrameOfReferenceSequence")
    )
    drawn = {
        text_of(item, "ReferencedROINumber")
        for item in items_of(dataset, "ROIContourSequence")
        if items_of(item, "ContourSequence")
    }
    of_rois = (
        text_of(item, "ReferencedFrameOfReferenceUID")
        for item in items_of(dataset, "StructureSetROISequence")
        if text_of(item, "ROINumber") in drawn
    )
    # What is drawn lies where its ROIs say, whatever else the set refers to.
    for named in ({*of_rois}, {of_object}, {*of_items}):
        uids = sorted(uid for uid in named if is_uid(uid))
        if uids:
            return uids
    return []


def _zone(dataset: Dataset, local_zone: tzinfo) -> timezone:
    stated = zone_of_offset(text_of(dataset, "TimezoneOffsetFromUTC"))
    if isinstance(stated, timezone):
        return stated
    moment = acquired_at(dataset, local_zone) or datetime(2000, 1, 1, tzinfo=UTC)
    return timezone(moment.astimezone(local_zone).utcoffset() or timedelta(0))
