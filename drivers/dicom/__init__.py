"""DICOM: images and structure sets in from a scanner or archive, results out to it."""

from drivers.dicom.generation_mode import mark, mode_of
from drivers.dicom.peer import ArchiveError, Peer
from drivers.dicom.quiet import quieten_libraries
from drivers.dicom.receiver import RejectedImage, StorageReceiver
from drivers.dicom.spool import StoredImage

__all__ = [
    "ArchiveError",
    "Peer",
    "RejectedImage",
    "StorageReceiver",
    "StoredImage",
    "mark",
    "mode_of",
]

quieten_libraries()
