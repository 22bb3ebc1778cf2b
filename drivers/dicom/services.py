"""The DICOM services that this package uses, by their SOP Class UIDs (PS3.4 annexes A and C)."""

from pydicom.uid import UID

VERIFICATION = UID("1.2.840.10008.1.1")
STUDY_ROOT_FIND = UID("1.2.840.10008.5.1.4.1.2.2.1")
STUDY_ROOT_MOVE = UID("1.2.840.10008.5.1.4.1.2.2.2")
