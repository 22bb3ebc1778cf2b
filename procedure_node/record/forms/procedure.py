"""Form PROCEDURE: who was treated by which rules, and how it ended."""

from collections.abc import Iterator, Mapping

from dosimetry_core.values import GenerationMode
from procedure_node.record.fields import (
    Form,
    Group,
    choice,
    integer,
    number,
    text,
    utc,
    yes_no,
)
from procedure_node.record.forms.scans import scan_time
from procedure_node.record.identity import Tokens
from procedure_node.record.provenance import Filled, RecordEvidence, person, system
from procedure_node.record.values import NotApplicable, Unknown, Value, known
from procedure_node.rules import frozen_now
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
FROZEN = Group(
    "pro_frozen",
    "All that was frozen",
    (
        number("pro_frozen_cc", "Volume that was ice in any scan", "cc", 1),
        number("pro_frozen_low_cc", "the same, 5th percentile", "cc", 1),
        number("pro_frozen_high_cc", "the same, 95th percentile", "cc", 1),
        number("pro_frozen_at_least_cc", "Most ice that a single scan shows", "cc", 1),
        integer("pro_frozen_scans", "Scans that show ice"),
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
PROCEDURE = Form(
    "procedure", "PROCEDURE", repeats=False, groups=(OPENED, NODE, RULES, FROZEN, CLOSED)
)


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
        FROZEN.name: _frozen(procedure),
        CLOSED.name: _closed(procedure),
    }


def _frozen(procedure: ProcedureState) -> Filled:
    now = frozen_now(procedure)
    names = [field.name for field in FROZEN.fields]
    if now is None:
        values: dict[str, Value] = dict.fromkeys(names, NotApplicable("nothing was frozen"))
    else:
        no_band = now.reason or "nobody told the error of the ice"
        values = {
            "pro_frozen_cc": known(now.volume_cc, now.reason),
            "pro_frozen_low_cc": known(now.band and now.band.low, no_band),
            "pro_frozen_high_cc": known(now.band and now.band.high, no_band),
            "pro_frozen_at_least_cc": known(now.at_least_cc, now.reason),
            "pro_frozen_scans": now.scan_count,
        }
    shown = [scan for scan in procedure.scans.values() if scan.ice is not None]
    at = scan_time(shown[-1]) if shown else Unknown("no scan shows ice")
    return Filled(system("ice finder", at, RecordEvidence.IMAGED), values)


def _closed(procedure: ProcedureState) -> Filled:
    still_open = Unknown("the procedure is still open")
    values: dict[str, Value] = {
        "pro_outcome": known(procedure.outcome, still_open.reason),
        "pro_closed_utc": known(procedure.closed_at, still_open.reason),
    }
    if procedure.closed_at is None or procedure.closed_by is None:
        return Filled(system("procedure node", still_open, RecordEvidence.LOGGED), values)
    return Filled(person(procedure.closed_by, procedure.closed_at), values)
