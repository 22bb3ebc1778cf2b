"""The DICOM modules that every simulated object has."""

from datetime import datetime

from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from simulators.phantom.identity import StudyIdentity, dicom_date, dicom_time

_SOFTWARE = "suite-sim phantom"


def new_object(
    identity: StudyIdentity, sop_class_uid: UID, sop_instance_uid: UID, made_at: datetime
) -> Dataset:
    """A data set with the patient, study, equipment and SOP common modules, ready to be saved.

    Args:
        identity: the study.
        sop_class_uid: what kind of object it is.
        sop_instance_uid: its own UID.
        made_at: when it was made; aware.
    """
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = sop_class_uid
    meta.MediaStorageSOPInstanceUID = sop_instance_uid
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = Dataset()
    dataset.file_meta = meta
    dataset.SpecificCharacterSet = "ISO_IR 100"
    dataset.SOPClassUID = sop_class_uid
    dataset.SOPInstanceUID = sop_instance_uid
    dataset.InstanceCreationDate = dicom_date(made_at)
    dataset.InstanceCreationTime = dicom_time(made_at)
    dataset.TimezoneOffsetFromUTC = "+0000"
    dataset.PatientName = identity.patient_name
    dataset.PatientID = identity.patient_id
    dataset.PatientBirthDate = ""
    dataset.PatientSex = "O"
    dataset.PatientIdentityRemoved = "YES"
    dataset.DeidentificationMethod = "Pseudonym in place of a de-identified public data set's"
    dataset.StudyInstanceUID = identity.study_uid
    dataset.StudyDate = dicom_date(identity.started)
    dataset.StudyTime = dicom_time(identity.started)
    dataset.StudyID = "DEMO"
    dataset.StudyDescription = "DEMO CT-guided seeds and cryoablation"
    dataset.AccessionNumber = ""
    dataset.ReferringPhysicianName = ""
    dataset.Manufacturer = "Procedure node project"
    dataset.ManufacturerModelName = _SOFTWARE
    dataset.SoftwareVersions = _SOFTWARE
    return dataset
