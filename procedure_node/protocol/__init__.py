"""Trial protocols as data."""

from procedure_node.protocol.load import load_protocol, load_protocol_named, protocol_sha256
from procedure_node.protocol.model import (
    ArmRule,
    DoseUncertainty,
    FreezeSchedule,
    Freshness,
    OrganConstraint,
    ProtocolSource,
    SeedPrescription,
    StructureNaming,
    Target,
    TrialProtocol,
)
from procedure_node.protocol.parts import UNSET

__all__ = [
    "UNSET",
    "ArmRule",
    "DoseUncertainty",
    "FreezeSchedule",
    "Freshness",
    "OrganConstraint",
    "ProtocolSource",
    "SeedPrescription",
    "StructureNaming",
    "Target",
    "TrialProtocol",
    "load_protocol",
    "load_protocol_named",
    "protocol_sha256",
]
