"""DICOM: images and structure sets in from a scanner or archive, results out to it."""

from drivers.dicom.archive import Archive
from drivers.dicom.connection import ASSOCIATION_CARE
from drivers.dicom.ct_series import CtSeries, SeriesRefused, read_ct_series
from drivers.dicom.dose_grid import DoseGrid, DoseRefused
from drivers.dicom.dose_reading import read_dose
from drivers.dicom.dose_volume_histogram import StructureDvh
from drivers.dicom.dose_writing import DoseContent, WrittenDose, write_dose
from drivers.dicom.folder import ct_series_in_folder
from drivers.dicom.generation_mode import mark, mode_of
from drivers.dicom.images_ahead import ImagesAhead
from drivers.dicom.implant_plan import ImplantPlan, PlannedSeed, PlanRefused
from drivers.dicom.peer import ArchiveError, Peer
from drivers.dicom.plan_reading import read_implant_plan
from drivers.dicom.plan_writing import PlanContent, write_implant_plan
from drivers.dicom.query import MoveOutcome, SeriesInfo
from drivers.dicom.quiet import quieten_libraries
from drivers.dicom.reading import UnreadableError
from drivers.dicom.receiver import RejectedImage, StorageReceiver
from drivers.dicom.registration import (
    RegistrationRefused,
    SpatialRegistration,
    read_registration,
    registered,
)
from drivers.dicom.registration_writing import RegistrationContent, write_registration
from drivers.dicom.result_object import ResultIdentity
from drivers.dicom.segmentation import read_segmentation
from drivers.dicom.segmentation_writing import write_segmentation
from drivers.dicom.sending import send_images
from drivers.dicom.series_progress import WatchSettings
from drivers.dicom.serving import start_server, stop_server
from drivers.dicom.spool import StoredImage
from drivers.dicom.structure_set import (
    ReferencedSeries,
    StructureSet,
    StructureSetRefused,
    read_structure_set,
)
from drivers.dicom.structure_writing import (
    ContouredImages,
    InterpretedType,
    WrittenStructure,
    put_structures,
    write_structures,
)
from drivers.dicom.structures import read_structures
from drivers.dicom.study_context import ContextRefused, StudyContext, read_study_context
from drivers.dicom.uids import uid_from
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
    "ContextRefused",
    "ContouredImages",
    "CtSeries",
    "DoseContent",
    "DoseGrid",
    "DoseRefused",
    "ImagesAhead",
    "ImplantPlan",
    "InterpretedType",
    "MoveOutcome",
    "Peer",
    "PlanContent",
    "PlanRefused",
    "PlannedSeed",
    "ReferencedSeries",
    "RegistrationContent",
    "RegistrationRefused",
    "RejectedImage",
    "ResultIdentity",
    "SeriesComplete",
    "SeriesDiscovered",
    "SeriesIncomplete",
    "SeriesInfo",
    "SeriesRefused",
    "SpatialRegistration",
    "StorageReceiver",
    "StoredImage",
    "StructureDvh",
    "StructureSet",
    "StructureSetRefused",
    "StudyContext",
    "StudyWatcher",
    "UnreadableError",
    "WatchEvent",
    "WatchSettings",
    "WrittenDose",
    "WrittenStructure",
    "ct_series_in_folder",
    "mark",
    "mode_of",
    "put_structures",
    "read_ct_series",
    "read_dose",
    "read_implant_plan",
    "read_registration",
    "read_segmentation",
    "read_structure_set",
    "read_structures",
    "read_study_context",
    "registered",
    "send_images",
    "start_server",
    "stop_server",
    "uid_from",
    "write_dose",
    "write_implant_plan",
    "write_registration",
    "write_segmentation",
    "write_structures",
]

quieten_libraries()
