"""The temperature of tissue around cryoprobes: bioheat equation with freezing, step by step."""

from dosimetry_core.bioheat.advancing import advance
from dosimetry_core.bioheat.band import (
    IsothermShare,
    IsothermVolume,
    TemperatureBand,
    isotherm_share,
    isotherm_volume,
    temperature_band,
)
from dosimetry_core.bioheat.correction import (
    Comparison,
    Correction,
    correct,
)
from dosimetry_core.bioheat.ensemble import Ensemble, FreezeCase
from dosimetry_core.bioheat.grid import Grid
from dosimetry_core.bioheat.isotherm import (
    equivalent_radius_mm,
    isotherm_surface_mm,
    isotherm_volume_cc,
    values_at,
)
from dosimetry_core.bioheat.knowledge import (
    QUANTITIES,
    Knowledge,
    TissueSpread,
    sd_of_range,
    varied,
)
from dosimetry_core.bioheat.model import BioheatModel, BioheatState, Heat, HeldRegion
from dosimetry_core.bioheat.observation import IceSeen, TemperatureSeen
from dosimetry_core.bioheat.probe import (
    Course,
    Cryoprobe,
    CryoprobeModel,
    EffectiveBoundary,
    HeatSink,
    ProbeSpell,
)
from dosimetry_core.bioheat.tissue import Tissue

__all__ = [
    "QUANTITIES",
    "BioheatModel",
    "BioheatState",
    "Comparison",
    "Correction",
    "Course",
    "Cryoprobe",
    "CryoprobeModel",
    "EffectiveBoundary",
    "Ensemble",
    "FreezeCase",
    "Grid",
    "Heat",
    "HeatSink",
    "HeldRegion",
    "IceSeen",
    "IsothermShare",
    "IsothermVolume",
    "Knowledge",
    "ProbeSpell",
    "TemperatureBand",
    "TemperatureSeen",
    "Tissue",
    "TissueSpread",
    "advance",
    "correct",
    "equivalent_radius_mm",
    "isotherm_share",
    "isotherm_surface_mm",
    "isotherm_volume",
    "isotherm_volume_cc",
    "sd_of_range",
    "temperature_band",
    "values_at",
    "varied",
]
