"""Dose to water of iodine-125 seeds after AAPM TG-43U1 (line source 2-D, point source 1-D)."""

from dosimetry_core.tg43.decay import U_PER_MCI, decayed_strength_u, mci_to_u
from dosimetry_core.tg43.dose import (
    Engine,
    dose_grid_gy,
    dose_rate_cgy_per_h,
    total_dose_gy,
)
from dosimetry_core.tg43.mapping import SeedModelError
from dosimetry_core.tg43.point_source import anisotropy_factor
from dosimetry_core.tg43.seed_model import SeedModel, TabulatedCurve
from dosimetry_core.tg43.sources import ImplantedSources
from dosimetry_core.tg43.strength import SourceStrength, StrengthUnit, hours_since

__all__ = [
    "U_PER_MCI",
    "Engine",
    "ImplantedSources",
    "SeedModel",
    "SeedModelError",
    "SourceStrength",
    "StrengthUnit",
    "TabulatedCurve",
    "anisotropy_factor",
    "decayed_strength_u",
    "dose_grid_gy",
    "dose_rate_cgy_per_h",
    "hours_since",
    "mci_to_u",
    "total_dose_gy",
]
