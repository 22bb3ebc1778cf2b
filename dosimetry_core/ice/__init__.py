"""Ice seen in CT, as a fall of HU from a scan before freezing, and what it covers."""

from dosimetry_core.ice.coverage import IceCoverage, ice_coverage
from dosimetry_core.ice.errors import IceError
from dosimetry_core.ice.finding import FALL_HU, IceFinding, find_ice

__all__ = ["FALL_HU", "IceCoverage", "IceError", "IceFinding", "find_ice", "ice_coverage"]
