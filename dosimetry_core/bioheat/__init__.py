"""The temperature of tissue around cryoprobes: bioheat equation with freezing, step by step."""

from dosimetry_core.bioheat.advancing import advance
from dosimetry_core.bioheat.grid import Grid
from dosimetry_core.bioheat.isotherm import (
    equivalent_radius_mm,
    isotherm_surface_mm,
    isotherm_volume_cc,
    values_at,
)
from dosimetry_core.bioheat.model import BioheatModel, BioheatState, Heat, HeldRegion
from dosimetry_core.bioheat.probe import (
    Course,
    Cryoprobe,
    EffectiveBoundary,
    HeatSink,
    ProbeSpell,
)
from dosimetry_core.bioheat.tissue import Tissue

__all__ = [
    "BioheatModel",
    "BioheatState",
    "Course",
    "Cryoprobe",
    "EffectiveBoundary",
    "Grid",
    "Heat",
    "HeatSink",
    "HeldRegion",
    "ProbeSpell",
    "Tissue",
    "advance",
    "equivalent_radius_mm",
    "isotherm_surface_mm",
    "isotherm_volume_cc",
    "values_at",
]
