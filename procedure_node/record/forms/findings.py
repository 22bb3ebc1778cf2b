"""What the forms of ICE_BALL and DOSIMETRY share: which scans have a row, and what is not known."""

from collections.abc import Sequence

from procedure_node.record.fields import Group
from procedure_node.record.forms.scans import scan_time
from procedure_node.record.identity import Tokens
from procedure_node.record.provenance import Filled, RecordEvidence, system
from procedure_node.record.values import NotApplicable, Unknown, Value
from procedure_node.rules import newest_received
from procedure_node.state import ProcedureState, ScanState

NO_WARNINGS = NotApplicable("there are none")


def received_scans(procedure: ProcedureState, wanted: bool) -> Sequence[ScanState | None]:
    """The scans received; a single None if there is none although one was wanted."""
    scans = [scan for scan in procedure.scans.values() if scan.received_at is not None]
    return scans or ([None] if wanted else [])


def is_missed(procedure: ProcedureState, scan: ScanState | None, step: str, wanted: bool) -> bool:
    """Whether a row has to say that what ``step`` finds is not known."""
    if scan is None or step in scan.failures:
        return True
    return wanted and scan is newest_received(procedure)


def unknown_finding(
    group: Group,
    scan: ScanState | None,
    step: str,
    tokens: Tokens,
    *,
    part: str,
    evidence: RecordEvidence,
) -> Filled:
    """A group whose values are UNKNOWN because ``step`` failed, or was not done."""
    if scan is None:
        absent = Unknown("no scan was received")
        at, token = absent, absent
    else:
        absent = Unknown(scan.failures.get(step) or "it is not known for this scan")
        at, token = scan_time(scan), tokens.of(scan.series_uid)
    values: dict[str, Value] = {field.name: absent for field in group.fields}
    values[group.fields[0].name] = token
    return Filled(system(part, at, evidence), values)
