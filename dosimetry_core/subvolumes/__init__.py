"""Where a structure gets too little or too much dose: connected regions and what is near them."""

from dosimetry_core.subvolumes.finding import (
    TARGET_HOT_PERCENT,
    cold_subvolumes,
    hot_subvolumes,
)
from dosimetry_core.subvolumes.result import Extreme, NearSeed, SubVolume, SubVolumes

__all__ = [
    "TARGET_HOT_PERCENT",
    "Extreme",
    "NearSeed",
    "SubVolume",
    "SubVolumes",
    "cold_subvolumes",
    "hot_subvolumes",
]
