"""The envelope that every event travels and is journalled in."""

from typing import Annotated

from pydantic import Field

from dosimetry_core.values import GenerationMode
from procedure_node.events.alarms import (
    AlarmsPaused,
    AlarmsResumed,
    AlertDelayEnded,
    AlertDelayStarted,
    AlertEscalated,
    SoundChecked,
)
from procedure_node.events.allocation import LesionsMeasured, NeedlePathReported
from procedure_node.events.base import EventTime, Fact, Originator
from procedure_node.events.combined import CombinedCoverage
from procedure_node.events.conduct import (
    DeviationExplained,
    DeviationNoted,
    ProtocolChanged,
)
from procedure_node.events.dose import DoseBandsComputed, DoseComputed, SubVolumesFound
from procedure_node.events.frozen_total import FrozenTotal
from procedure_node.events.ice import IceFound
from procedure_node.events.imaging import (
    AnalysisFailed,
    ScanDiscovered,
    ScanReceived,
    ScanRefused,
    SeedsFound,
    StructuresReceived,
    StructuresRefused,
    ViewStored,
)
from procedure_node.events.judgement import (
    AlertAcknowledged,
    AlertCleared,
    AlertRaised,
    CoverageAssessed,
)
from procedure_node.events.lethal_zone import LethalZoneModelled
from procedure_node.events.needles import NeedlesFound
from procedure_node.events.node import LinkChanged, NodeStarted, NodeStopped
from procedure_node.events.people import LoggedIn, LoggedOut, LoginFailed
from procedure_node.events.procedure import (
    AdverseEventPrompted,
    ProbeAssigned,
    ProcedureClosed,
    ProcedureOpened,
    ScanDoseReported,
    SeedsReported,
    SensorAssigned,
    TargetAllocated,
    TreatmentFinished,
)
from procedure_node.events.record import RecordConfirmed, RecordQueued, RecordRejected
from procedure_node.events.registration import (
    PlanningCtReceived,
    PlanningCtRefused,
    RegistrationComputed,
    RegistrationConfirmed,
    RegistrationObjectReceived,
    RegistrationObjectRefused,
    RegistrationRefused,
    RegistrationRequested,
)
from procedure_node.events.seeds import (
    SeedEdited,
    SeedEditWithdrawn,
    SeedPlanMatched,
    SeedPlanReceived,
    SeedsIdentified,
    StrandTold,
)
from procedure_node.events.telemetry import (
    BytesRejected,
    ProbeReading,
    TelemetryGap,
    ThermometerReading,
)

AnyPayload = Annotated[
    NodeStarted
    | NodeStopped
    | LinkChanged
    | ProcedureOpened
    | ProcedureClosed
    | TargetAllocated
    | LesionsMeasured
    | NeedlePathReported
    | CombinedCoverage
    | DeviationNoted
    | DeviationExplained
    | ProtocolChanged
    | SeedsReported
    | ProbeAssigned
    | SensorAssigned
    | TreatmentFinished
    | ScanDoseReported
    | AdverseEventPrompted
    | ScanDiscovered
    | ScanReceived
    | ScanRefused
    | StructuresReceived
    | StructuresRefused
    | SeedsFound
    | SeedsIdentified
    | NeedlesFound
    | SeedEdited
    | SeedEditWithdrawn
    | StrandTold
    | SeedPlanReceived
    | SeedPlanMatched
    | DoseComputed
    | DoseBandsComputed
    | SubVolumesFound
    | IceFound
    | FrozenTotal
    | LethalZoneModelled
    | ViewStored
    | AnalysisFailed
    | PlanningCtReceived
    | PlanningCtRefused
    | RegistrationObjectReceived
    | RegistrationObjectRefused
    | RegistrationComputed
    | RegistrationRequested
    | RegistrationConfirmed
    | RegistrationRefused
    | ProbeReading
    | ThermometerReading
    | TelemetryGap
    | BytesRejected
    | CoverageAssessed
    | AlertRaised
    | AlertCleared
    | AlertAcknowledged
    | AlertDelayStarted
    | AlertDelayEnded
    | AlertEscalated
    | AlarmsPaused
    | AlarmsResumed
    | SoundChecked
    | LoggedIn
    | LoggedOut
    | LoginFailed
    | RecordQueued
    | RecordConfirmed
    | RecordRejected,
    Field(discriminator="kind"),
]


class Event(Fact):
    """One thing that happened: when, by whose word, in which mode, and what.

    ``procedure_id`` is opaque and None outside a procedure.
    """

    time: EventTime
    originator: Originator
    mode: GenerationMode
    procedure_id: str | None
    payload: AnyPayload
