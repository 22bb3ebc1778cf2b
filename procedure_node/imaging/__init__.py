"""The analysis of scans: what to analyse, and the process that does it."""

from procedure_node.imaging.combined_request import CarriedOver, CombinedRequest, ImagedIce
from procedure_node.imaging.combined_wanted import wanted_combinations
from procedure_node.imaging.ice_request import (
    FrozenProbe,
    FrozenStructure,
    IceBaseline,
    IceRequest,
)
from procedure_node.imaging.identity_numbers import with_kept_numbers
from procedure_node.imaging.identity_request import IdentityRequest, NoSeedPlanError
from procedure_node.imaging.placing import Placing, placing_of
from procedure_node.imaging.registration_request import (
    CarriedStructures,
    ImageSeries,
    LesionContours,
    RegistrationRequest,
)
from procedure_node.imaging.request import (
    AnalysisRequest,
    DoseErrorSizes,
    OrganStructure,
    SeedBatch,
    TargetStructure,
)
from procedure_node.imaging.wanted import overlooked_analyses, wanted_analysis
from procedure_node.imaging.wanted_checks import wanted_checks
from procedure_node.imaging.worker import ImagingWorker, WorkerDiedError

__all__ = [
    "AnalysisRequest",
    "CarriedOver",
    "CarriedStructures",
    "CombinedRequest",
    "DoseErrorSizes",
    "FrozenProbe",
    "FrozenStructure",
    "IceBaseline",
    "IceRequest",
    "IdentityRequest",
    "ImageSeries",
    "ImagedIce",
    "ImagingWorker",
    "LesionContours",
    "NoSeedPlanError",
    "OrganStructure",
    "Placing",
    "RegistrationRequest",
    "SeedBatch",
    "TargetStructure",
    "WorkerDiedError",
    "overlooked_analyses",
    "placing_of",
    "wanted_analysis",
    "wanted_checks",
    "wanted_combinations",
    "with_kept_numbers",
]
