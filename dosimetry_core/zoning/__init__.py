"""Zones of a lesion, and what two treatments together cover of it."""

from dosimetry_core.zoning.coverage import (
    CombinedCover,
    Cover,
    Share,
    combined_cover,
    dose_cover,
)
from dosimetry_core.zoning.partition import Part, Partition
from dosimetry_core.zoning.rules import (
    CoreRule,
    Drawn,
    HighRiskRule,
    InwardMargin,
    IsothermReach,
    TowardsOrgans,
)
from dosimetry_core.zoning.zones import LesionZones, Zone

__all__ = [
    "CombinedCover",
    "CoreRule",
    "Cover",
    "Drawn",
    "HighRiskRule",
    "InwardMargin",
    "IsothermReach",
    "LesionZones",
    "Part",
    "Partition",
    "Share",
    "TowardsOrgans",
    "Zone",
    "combined_cover",
    "dose_cover",
]
