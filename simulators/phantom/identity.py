"""Who and what a simulated study says it is."""

from dataclasses import dataclass
from datetime import UTC, datetime

from pydicom.uid import UID, generate_uid


@dataclass(frozen=True, slots=True)
class StudyIdentity:
    """What all objects of one simulated study share.

    Attributes:
        study_uid: Study Instance UID.
        frame_of_reference_uid: of the baseline; all scans are taken on the same couch position.
        started: when the study began; aware.
        seed: text that new UIDs are made from: the same seed gives the same UIDs.
        patient_name: a pseudonym.
        patient_id: a pseudonym.

    Raises:
        ValueError: ``started`` has no time zone, or the patient's name does not begin with DEMO^.
    """

    study_uid: str
    frame_of_reference_uid: str
    started: datetime
    seed: str
    patient_name: str = "DEMO^PATIENT"
    patient_id: str = "DEMO-0001"

    def __post_init__(self) -> None:
        require_aware(self.started)
        if not self.patient_name.startswith("DEMO^"):
            raise ValueError("a simulated patient's name begins with DEMO^")

    def uid(self, *parts: str) -> UID:
        """A UID of this study that depends on its seed and ``parts`` alone."""
        return generate_uid(entropy_srcs=[self.seed, self.study_uid, *parts])


def require_aware(moment: datetime) -> datetime:
    """The moment in UTC.

    Raises:
        ValueError: it has no time zone.
    """
    if moment.utcoffset() is None:
        raise ValueError(f"a DICOM time must be an aware datetime, got {moment!r}")
    return moment.astimezone(UTC)


def dicom_date(moment: datetime) -> str:
    """DA of an aware moment, in UTC."""
    return require_aware(moment).strftime("%Y%m%d")


def dicom_time(moment: datetime) -> str:
    """TM of an aware moment, in UTC, to the second."""
    return require_aware(moment).strftime("%H%M%S")
