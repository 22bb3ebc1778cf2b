"""The analysis of scans: what to analyse, and the process that does it."""

from procedure_node.imaging.request import (
    AnalysisRequest,
    DoseErrorSizes,
    FrozenStructure,
    IceRequest,
    OrganStructure,
    SeedBatch,
    TargetStructure,
)
from procedure_node.imaging.wanted import overlooked_analyses, wanted_analysis
from procedure_node.imaging.worker import ImagingWorker, WorkerDiedError

__all__ = [
    "AnalysisRequest",
    "DoseErrorSizes",
    "FrozenStructure",
    "IceRequest",
    "ImagingWorker",
    "OrganStructure",
    "SeedBatch",
    "TargetStructure",
    "WorkerDiedError",
    "overlooked_analyses",
    "wanted_analysis",
]
