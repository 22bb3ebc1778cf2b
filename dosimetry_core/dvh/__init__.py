"""Dose-volume figures of contoured structures."""

from dosimetry_core.dvh.dose import DoseFunction, OutsideDoseError, dose_in_volume
from dosimetry_core.dvh.evaluate import evaluate_structure, structure_dose
from dosimetry_core.dvh.live import GridGeometry, LiveImplant, LiveStructure
from dosimetry_core.dvh.result import FigureErrors, StructureDoseResult

__all__ = [
    "DoseFunction",
    "FigureErrors",
    "GridGeometry",
    "LiveImplant",
    "LiveStructure",
    "OutsideDoseError",
    "StructureDoseResult",
    "dose_in_volume",
    "evaluate_structure",
    "structure_dose",
]
