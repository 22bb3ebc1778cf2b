"""Dose-volume figures of contoured structures."""

from dosimetry_core.dvh.evaluate import DoseFunction, evaluate_structure, structure_dose
from dosimetry_core.dvh.result import StructureDoseResult

__all__ = ["DoseFunction", "StructureDoseResult", "evaluate_structure", "structure_dose"]
