"""Dose to water of iodine-125 seeds after AAPM TG-43U1 (2-D line source)."""

from dosimetry_core.tg43.decay import U_PER_MCI, decayed_strength_u, mci_to_u
from dosimetry_core.tg43.implant import (
    Engine,
    ImplantedSources,
    dose_grid_gy,
    dose_rate_cgy_per_h,
    total_dose_gy,
)
from dosimetry_core.tg43.mapping import SeedModelError
from dosimetry_core.tg43.seed_model import SeedModel, TabulatedCurve

__all__ = [
    "U_PER_MCI",
    "Engine",
    "ImplantedSources",
    "SeedModel",
    "SeedModelError",
    "TabulatedCurve",
    "decayed_strength_u",
    "dose_grid_gy",
    "dose_rate_cgy_per_h",
    "mci_to_u",
    "total_dose_gy",
]
