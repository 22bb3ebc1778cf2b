"""What every DICOM object that the node writes has in common."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydicom import DataElement, Dataset
from pydicom.config import IGNORE
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian
from pydicom.valuerep import format_number_as_ds

from dosimetry_core.values import GenerationMode
from drivers.dicom.generation_mode import mark
from drivers.dicom.study_context import StudyContext
from drivers.dicom.uids import is_uid

MANUFACTURER = "Procedure node project"
MODEL = "Procedure node"
ADVISORY = "advisory, research use"


@dataclass(frozen=True, slots=True)
class ResultIdentity:
    """What tells one result from another.

    Attributes:
        sop_instance_uid: of the object; made from what it is of (``uid_from``), so that writing it
            again makes no second object.
        series_uid: of the series that it is put into, which has only objects of its modality.
        series_number: of that series.
        made_at: when the result was computed; aware.
        software_versions: of the program that computed it.
        mode: of the result.

    Raises:
        ValueError: a UID is none, the time has no zone, or the versions are empty.
    """

    sop_instance_uid: str
    series_uid: str
    series_number: int
    made_at: datetime
    software_versions: str
    mode: GenerationMode

    def __post_init__(self) -> None:
        for uid in (self.sop_instance_uid, self.series_uid):
            if not is_uid(uid):
                raise ValueError(f"{uid!r} is not a UID")
        if self.made_at.utcoffset() is None:
            raise ValueError(f"a result's time must be aware, got {self.made_at!r}")
        if not self.software_versions:
            raise ValueError("a result names the software that made it")


def new_result(
    sop_class: UID, modality: str, what: str, context: StudyContext, identity: ResultIdentity
) -> Dataset:
    """A data set with the patient, study, RT series, equipment and SOP common modules.

    Args:
        sop_class: what kind of object it is.
        modality: of its series.
        what: begins its Series Description, which goes on with "advisory, research use".
        context: the study.
        identity: the result.

    Raises:
        ValueError: the images are simulated and the result claims to be REAL.
    """
    if identity.mode is GenerationMode.REAL and context.mode is not GenerationMode.REAL:
        raise ValueError(f"a result of {context.mode} images cannot be REAL")
    result = Dataset()
    result.file_meta = FileMetaDataset()
    result.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    result.SpecificCharacterSet = "ISO_IR 192"
    result.SOPClassUID = sop_class
    result.SOPInstanceUID = identity.sop_instance_uid
    result.InstanceCreationDate = date_of(identity.made_at, context)
    result.InstanceCreationTime = time_of(identity.made_at, context)
    result.TimezoneOffsetFromUTC = identity.made_at.astimezone(context.zone).strftime("%z")
    for keyword, text in context.attributes:
        # As the images have them, even where they break a rule: else it would be another patient.
        tag = tag_for_keyword(keyword) or 0
        result.add(DataElement(tag, dictionary_VR(tag), text, validation_mode=IGNORE))
    result.StudyInstanceUID = context.study_uid
    result.FrameOfReferenceUID = context.frame_of_reference_uid
    result.PositionReferenceIndicator = ""
    result.Modality = modality
    result.SeriesInstanceUID = identity.series_uid
    result.SeriesNumber = identity.series_number
    result.SeriesDate = date_of(identity.made_at, context)
    result.SeriesTime = time_of(identity.made_at, context)
    result.SeriesDescription = f"{what}: {ADVISORY}"
    result.OperatorsName = ""
    result.InstanceNumber = 1
    result.Manufacturer = MANUFACTURER
    result.ManufacturerModelName = MODEL
    result.SoftwareVersions = identity.software_versions
    mark(result, identity.mode)
    return result


def marked(text: str, mode: GenerationMode) -> str:
    """A text that people see, beginning with TEST or DEMO where it is of simulated data."""
    return text if mode is GenerationMode.REAL else f"{mode.value} {text}"


def save(result: Dataset, path: Path) -> None:
    """Write a result as a DICOM file; its folder is made if it is not there.

    Raises:
        OSError: the folder or file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    result.save_as(path, enforce_file_format=True)


def reference_to(sop_class: UID, sop_instance_uid: str) -> Dataset:
    """A SOP Instance Reference (PS3.3 table 10-11).

    Raises:
        ValueError: the UID is none.
    """
    if not is_uid(sop_instance_uid):
        raise ValueError(f"{sop_instance_uid!r} is not a UID")
    item = Dataset()
    item.ReferencedSOPClassUID = sop_class
    item.ReferencedSOPInstanceUID = sop_instance_uid
    return item


def date_of(moment: datetime, context: StudyContext) -> str:
    """DA of an aware moment in the zone of the study."""
    return moment.astimezone(context.zone).strftime("%Y%m%d")


def time_of(moment: datetime, context: StudyContext) -> str:
    """TM of an aware moment in the zone of the study, to the microsecond."""
    return moment.astimezone(context.zone).strftime("%H%M%S.%f")


def decimal(value: float) -> str:
    """A finite number as a DS, with all digits that its 16 characters hold (PS3.5 section 6.2)."""
    return format_number_as_ds(float(value))
