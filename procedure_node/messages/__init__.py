"""The message contract: what is published over MQTT, where and in which words."""

from procedure_node.messages.base import (
    Message,
    PublicText,
    replace_uids,
    uid_token,
    without_uids,
)
from procedure_node.messages.channels import Channel, topic_level
from procedure_node.messages.contract import CONTRACT
from procedure_node.messages.dose import DoseMessage
from procedure_node.messages.ice import IceMessage
from procedure_node.messages.imaging import ScanMessage, SeedsMessage
from procedure_node.messages.judgement import AlertMessage, CoverageMessage
from procedure_node.messages.node import LinkMessage, NodePresence, StatusMessage
from procedure_node.messages.outgoing import HEARTBEAT_S, STATE_VALID_S, OutgoingMessage
from procedure_node.messages.procedure import ProcedureMessage, RecordMessage
from procedure_node.messages.projection import heartbeat, messages_for
from procedure_node.messages.schemas import documents, write_documents
from procedure_node.messages.telemetry import (
    ProbeCycleMessage,
    ProbeReadingMessage,
    SensorReadingMessage,
)

__all__ = [
    "CONTRACT",
    "HEARTBEAT_S",
    "STATE_VALID_S",
    "AlertMessage",
    "Channel",
    "CoverageMessage",
    "DoseMessage",
    "IceMessage",
    "LinkMessage",
    "Message",
    "NodePresence",
    "OutgoingMessage",
    "ProbeCycleMessage",
    "ProbeReadingMessage",
    "ProcedureMessage",
    "PublicText",
    "RecordMessage",
    "ScanMessage",
    "SeedsMessage",
    "SensorReadingMessage",
    "StatusMessage",
    "documents",
    "heartbeat",
    "messages_for",
    "replace_uids",
    "topic_level",
    "uid_token",
    "without_uids",
    "write_documents",
]
