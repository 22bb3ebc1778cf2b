"""Which message is told on which channel."""

from collections.abc import Mapping
from types import MappingProxyType

from procedure_node.messages import channels
from procedure_node.messages.base import Message
from procedure_node.messages.channels import Channel
from procedure_node.messages.cycles import LesionCycleMessage
from procedure_node.messages.dose import DoseMessage
from procedure_node.messages.ice import FrozenMessage, IceMessage
from procedure_node.messages.imaging import ScanMessage, SeedsMessage
from procedure_node.messages.judgement import AlertMessage, CoverageMessage
from procedure_node.messages.lethal_zone import LethalZoneMessage
from procedure_node.messages.node import LinkMessage, StatusMessage
from procedure_node.messages.procedure import ProcedureMessage, RecordMessage
from procedure_node.messages.registration import RegistrationMessage
from procedure_node.messages.strategy import (
    AllocationMessage,
    CombinedMessage,
    DeviationsMessage,
)
from procedure_node.messages.telemetry import (
    ProbeCycleMessage,
    ProbeReadingMessage,
    SensorReadingMessage,
)

CONTRACT: Mapping[Channel, type[Message]] = MappingProxyType(
    {
        channels.STATUS: StatusMessage,
        channels.LINK: LinkMessage,
        channels.PROCEDURE: ProcedureMessage,
        channels.COVERAGE: CoverageMessage,
        channels.ALERT: AlertMessage,
        channels.PROBE_READING: ProbeReadingMessage,
        channels.PROBE_CYCLE: ProbeCycleMessage,
        channels.LESION_CYCLE: LesionCycleMessage,
        channels.SENSOR_READING: SensorReadingMessage,
        channels.SCAN: ScanMessage,
        channels.SEEDS: SeedsMessage,
        channels.DOSE: DoseMessage,
        channels.ICE: IceMessage,
        channels.FROZEN: FrozenMessage,
        channels.LETHAL_ZONE: LethalZoneMessage,
        channels.REGISTRATION: RegistrationMessage,
        channels.ALLOCATION: AllocationMessage,
        channels.COMBINED: CombinedMessage,
        channels.DEVIATIONS: DeviationsMessage,
        channels.RECORD: RecordMessage,
    }
)
