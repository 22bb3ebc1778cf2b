"""Form PROCEDURE: who was treated by which rules, and how it ended."""

from collections.abc import Iterator, Mapping

from dosimetry_core.values import GenerationMode
from procedure_node.record.fields import (
    Form,
    Group,
    choice,
    text,
    utc,
    yes_no,
)
from procedure_node.record.identity import Tokens
from procedure_node.record.provenance import Filled, RecordEvidence, person, system
from procedure_node.record.values import Unknown, Value, known
from procedure_node.state import ProcedureState

OPENED = Group(
    "pro_open",
    "Opening",
    (
        text("pro_subject", "Subject (the trial's pseudonym)", sdtm="DM.USUBJID"),
        text("pro_arm", "Arm", sdtm="DM.ARMCD"),
        utc("pro_opened_utc", "Procedure opened", sdtm="PR.PRSTDTC"),
    ),
)
NODE = Group(
    "pro_node",
    "The node",
    (
        choice("pro_mode", "Generation mode: REAL, or simulated (TEST, DEMO)", GenerationMode),
        text("pro_study", "Study token"),
        text("pro_software", "Software version"),
    ),
)
RULES = Group(
    "pro_rules",
    "Protocol",
    (
        text("pro_trial", "Trial", sdtm="DM.STUDYID"),
        text("pro_protocol", "Protocol"),
        text("pro_protocol_version", "Protocol version"),
        text("pro_protocol_sha256", "SHA-256 of the protocol's content"),
        yes_no("pro_protocol_example", "The protocol's numbers are examples, not a trial's"),
    ),
)
CLOSED = Group(
    "pro_close",
    "Closing",
    (
        choice("pro_outcome", "Outcome", ("COMPLETED", "ABANDONED")),
        utc("pro_closed_utc", "Procedure closed", sdtm="PR.PRENDTC"),
    ),
)
PROCEDURE = Form("procedure", "PROCEDURE", repeats=False, groups=(OPENED, NODE, RULES, CLOSED))


def procedure_rows(
    procedure: ProcedureState, tokens: Tokens, software_version: str | None
) -> Iterator[Mapping[str, Filled]]:
    """The one row of the procedure itself."""
    opened_at = procedure.opened_at
    protocol = procedure.protocol
    yield {
        OPENED.name: Filled(
            person(procedure.opened_by, opened_at),
            {
                "pro_subject": procedure.subject,
                "pro_arm": procedure.arm,
                "pro_opened_utc": opened_at,
            },
        ),
        NODE.name: Filled(
            system("procedure node", opened_at, RecordEvidence.LOGGED),
            {
                "pro_mode": procedure.mode.value,
                "pro_study": tokens.of(procedure.study_uid),
                "pro_software": known(software_version, "it was not given to the record"),
            },
        ),
        RULES.name: Filled(
            system("protocol file", opened_at, RecordEvidence.PROTOCOL),
            {
                "pro_trial": protocol.trial,
                "pro_protocol": protocol.name,
                "pro_protocol_version": protocol.version,
                "pro_protocol_sha256": procedure.protocol_sha256,
                "pro_protocol_example": protocol.example,
            },
        ),
        CLOSED.name: _closed(procedure),
    }


def _closed(procedure: ProcedureState) -> Filled:
    still_open = Unknown("the procedure is still open")
    values: dict[str, Value] = {
        "pro_outcome": known(procedure.outcome, still_open.reason),
        "pro_closed_utc": known(procedure.closed_at, still_open.reason),
    }
    if procedure.closed_at is None or procedure.closed_by is None:
        return Filled(system("procedure node", still_open, RecordEvidence.LOGGED), values)
    return Filled(person(procedure.closed_by, procedure.closed_at), values)
