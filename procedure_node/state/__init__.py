"""What is known at one instant, and the pure functions that make the next one of it."""

from procedure_node.state.curve import TemperatureCurve, TemperaturePoint
from procedure_node.state.model import (
    AdverseEventAnswer,
    AlarmPause,
    AlertState,
    AuditEntry,
    DeviationState,
    LinkStatus,
    NodeState,
    Placement,
    ProbeState,
    ProcedureState,
    RecordStatus,
    RegistrationWord,
    ScanState,
    SeedBatchReport,
    SeedEditState,
    SensorState,
)
from procedure_node.state.reduce import reduce, replay

__all__ = [
    "AdverseEventAnswer",
    "AlarmPause",
    "AlertState",
    "AuditEntry",
    "DeviationState",
    "LinkStatus",
    "NodeState",
    "Placement",
    "ProbeState",
    "ProcedureState",
    "RecordStatus",
    "RegistrationWord",
    "ScanState",
    "SeedBatchReport",
    "SeedEditState",
    "SensorState",
    "TemperatureCurve",
    "TemperaturePoint",
    "reduce",
    "replay",
]
