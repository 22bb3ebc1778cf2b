"""Trial protocols as data."""

from procedure_node.protocol.allocation import (
    GROUPS,
    AllocationRule,
    AllocationRules,
    Condition,
    FactKey,
    Facts,
    Proposal,
    propose,
)
from procedure_node.protocol.conduct import (
    AdverseEventPrompt,
    Quantity,
    Step,
    TechnicalSuccess,
    TimeWindow,
)
from procedure_node.protocol.explain import explain
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
from procedure_node.protocol.whole import unset_keys
from procedure_node.protocol.zoning import BulkyRule, HighRiskMargin, ZoningRule

__all__ = [
    "GROUPS",
    "UNSET",
    "AdverseEventPrompt",
    "AllocationRule",
    "AllocationRules",
    "ArmRule",
    "BulkyRule",
    "Condition",
    "DoseUncertainty",
    "FactKey",
    "Facts",
    "FreezeSchedule",
    "Freshness",
    "HighRiskMargin",
    "OrganConstraint",
    "Proposal",
    "ProtocolSource",
    "Quantity",
    "SeedPrescription",
    "Step",
    "StructureNaming",
    "Target",
    "TechnicalSuccess",
    "TimeWindow",
    "TrialProtocol",
    "ZoningRule",
    "explain",
    "load_protocol",
    "load_protocol_named",
    "propose",
    "protocol_sha256",
    "unset_keys",
]
