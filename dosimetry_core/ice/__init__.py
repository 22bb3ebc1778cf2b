"""Ice seen in CT, as a fall of HU from a scan before freezing, and what it covers."""

from dosimetry_core.ice.coverage import (
    MARGIN_CLASSES_MM,
    IceCoverage,
    IceNear,
    ice_coverage,
    ice_near,
)
from dosimetry_core.ice.errors import IceError
from dosimetry_core.ice.finding import FALL_HU, IceFinding, find_ice
from dosimetry_core.ice.solid import (
    PLACE_FACTOR,
    PLACE_FACTOR_ALONE,
    Estimate,
    IceSolid,
    ice_solid,
)
from dosimetry_core.ice.union import CarriedIce, Carrying, union_cc

__all__ = [
    "FALL_HU",
    "MARGIN_CLASSES_MM",
    "PLACE_FACTOR",
    "PLACE_FACTOR_ALONE",
    "CarriedIce",
    "Carrying",
    "Estimate",
    "IceCoverage",
    "IceError",
    "IceFinding",
    "IceNear",
    "IceSolid",
    "find_ice",
    "ice_coverage",
    "ice_near",
    "ice_solid",
    "union_cc",
]
