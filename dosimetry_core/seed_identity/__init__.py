"""Which seed is which: from scan to scan, from plan to scan, and against what was counted in."""

from dosimetry_core.seed_identity.counts import Reconciliation, reconcile
from dosimetry_core.seed_identity.identify import identify_seeds
from dosimetry_core.seed_identity.migration import MigrationLimits
from dosimetry_core.seed_identity.model import PLAN_TO_SCAN, SCAN_TO_SCAN, MatchingModel
from dosimetry_core.seed_identity.needle_identity import (
    NEEDLES_AGAIN,
    Carrying,
    IdentifiedNeedle,
    KnownNeedle,
    NeedleIdentities,
    NeedleStatus,
    UnseenNeedle,
    identify_needles,
)
from dosimetry_core.seed_identity.needles import (
    NEEDLES,
    STRAY_MM,
    TRACK_MM,
    NeedleLine,
    NeedleMatch,
    match_needles,
    needle_chances,
)
from dosimetry_core.seed_identity.plan import (
    PlanMatch,
    PlannedPlace,
    PlannedSeedMatch,
    match_plan,
)
from dosimetry_core.seed_identity.result import (
    Alternative,
    CommonMotion,
    IdentifiedFind,
    KnownSeed,
    ScanIdentities,
    SeedRegister,
    SeedStatus,
    Sighting,
    Strand,
    UnfoundSeed,
)
from dosimetry_core.seed_identity.scan import ScanFinds, same_covariance

__all__ = [
    "NEEDLES",
    "NEEDLES_AGAIN",
    "PLAN_TO_SCAN",
    "SCAN_TO_SCAN",
    "STRAY_MM",
    "TRACK_MM",
    "Alternative",
    "Carrying",
    "CommonMotion",
    "IdentifiedFind",
    "IdentifiedNeedle",
    "KnownNeedle",
    "KnownSeed",
    "MatchingModel",
    "MigrationLimits",
    "NeedleIdentities",
    "NeedleLine",
    "NeedleMatch",
    "NeedleStatus",
    "PlanMatch",
    "PlannedPlace",
    "PlannedSeedMatch",
    "Reconciliation",
    "ScanFinds",
    "ScanIdentities",
    "SeedRegister",
    "SeedStatus",
    "Sighting",
    "Strand",
    "UnfoundSeed",
    "UnseenNeedle",
    "identify_needles",
    "identify_seeds",
    "match_needles",
    "match_plan",
    "needle_chances",
    "reconcile",
    "same_covariance",
]
