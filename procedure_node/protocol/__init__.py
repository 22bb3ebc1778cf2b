"""Trial protocols as data."""

from procedure_node.protocol.model import (
    UNSET,
    ArmRule,
    FreezeSchedule,
    Freshness,
    OrganConstraint,
    ProtocolSource,
    SeedPrescription,
    StructureNaming,
    Target,
    TrialProtocol,
)

__all__ = [
    "UNSET",
    "ArmRule",
    "FreezeSchedule",
    "Freshness",
    "OrganConstraint",
    "ProtocolSource",
    "SeedPrescription",
    "StructureNaming",
    "Target",
    "TrialProtocol",
]
