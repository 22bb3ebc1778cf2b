"""DICOM: images and structure sets in from a scanner or archive, results out to it."""

from drivers.dicom.archive import Archive
from drivers.dicom.connection import ASSOCIATION_CARE
from drivers.dicom.ct_series import CtSeries, SeriesRefused, read_ct_series
from drivers.dicom.folder import ct_series_in_folder
from drivers.dicom.generation_mode import mark, mode_of
from drivers.dicom.images_ahead import ImagesAhead
from drivers.dicom.peer import ArchiveError, Peer
from drivers.dicom.query import MoveOutcome, SeriesInfo
from drivers.dicom.quiet import quieten_libraries
from drivers.dicom.reading import UnreadableError
from drivers.dicom.receiver import RejectedImage, StorageReceiver
from drivers.dicom.sending import send_images
from drivers.dicom.series_progress import WatchSettings
from drivers.dicom.serving import start_server, stop_server
from drivers.dicom.spool import StoredImage
from drivers.dicom.structure_set import StructureSet, StructureSetRefused, read_structure_set
from drivers.dicom.watch_events import (
    ArchiveBack,
    ArchiveLost,
    SeriesComplete,
    SeriesDiscovered,
    SeriesIncomplete,
    WatchEvent,
)
from drivers.dicom.watcher import StudyWatcher

__all__ = [
    "ASSOCIATION_CARE",
    "Archive",
    "ArchiveBack",
    "ArchiveError",
    "ArchiveLost",
    "CtSeries",
    "ImagesAhead",
    "MoveOutcome",
    "Peer",
    "RejectedImage",
    "SeriesComplete",
    "SeriesDiscovered",
    "SeriesIncomplete",
    "SeriesInfo",
    "SeriesRefused",
    "StorageReceiver",
    "StoredImage",
    "StructureSet",
    "StructureSetRefused",
    "StudyWatcher",
    "UnreadableError",
    "WatchEvent",
    "WatchSettings",
    "ct_series_in_folder",
    "mark",
    "mode_of",
    "read_ct_series",
    "read_structure_set",
    "send_images",
    "start_server",
    "stop_server",
]

quieten_libraries()
