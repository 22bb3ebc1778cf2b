"""Form CT_DOSE: every CT series of the procedure and its radiation output."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from procedure_node.record.acts import by_act
from procedure_node.record.fields import Form, Group, choice, integer, notes, number, text, utc
from procedure_node.record.identity import Tokens
from procedure_node.record.provenance import Filled, Provenance, RecordEvidence, system
from procedure_node.record.values import NotApplicable, Unknown, Value, known
from procedure_node.state import ProcedureState, ScanState

SERIES = Group(
    "ct_series",
    "Series",
    (
        text("ct_scan", "Scan token"),
        choice("ct_status", "Status", ("ARRIVING", "RECEIVED", "REFUSED")),
        notes("ct_refused", "Why it was refused"),
        utc("ct_acquired_utc", "Acquired"),
        integer("ct_images", "Images"),
    ),
)
OUTPUT = Group(
    "ct_output",
    "Radiation output",
    (
        number("ct_ctdivol_mgy", "CTDIvol", "mGy", 2),
        number("ct_dlp_mgycm", "Dose-length product", "mGy cm", 1),
    ),
)
CT_DOSE = Form("ct_dose", "CT_DOSE", repeats=True, groups=(SERIES, OUTPUT))


def scan_time(scan: ScanState) -> datetime:
    """When a scan was acquired; when it was received or seen, where it does not say."""
    acquired_at = scan.received.acquired_at if scan.received else None
    return acquired_at or scan.received_at or scan.discovered_at


def ct_dose_rows(procedure: ProcedureState, tokens: Tokens) -> Iterator[Mapping[str, Filled]]:
    """One row for each series, in the order of discovery."""
    for uid in dict.fromkeys((*procedure.scans, *procedure.scan_doses)):
        yield {
            SERIES.name: _series(procedure.scans.get(uid), tokens.of(uid)),
            OUTPUT.name: _output(procedure, uid),
        }


def _series(scan: ScanState | None, token: str) -> Filled:
    if scan is None:
        absent = Unknown("the series was never seen by the node")
        values: dict[str, Value] = {field.name: absent for field in SERIES.fields}
        return Filled(
            system("scan receiver", absent, RecordEvidence.LOGGED), {**values, "ct_scan": token}
        )
    values = {
        "ct_scan": token,
        "ct_status": scan.status,
        "ct_refused": "\n".join(scan.refused) or NotApplicable("the series was not refused"),
        "ct_acquired_utc": known(
            scan.received.acquired_at if scan.received else None,
            "the series does not say" if scan.received else "the series was not received whole",
        ),
        "ct_images": known(
            scan.received.image_count if scan.received else None,
            "the series was not received whole",
        ),
    }
    at = scan.received_at or scan.discovered_at
    return Filled(system("scan receiver", at, RecordEvidence.LOGGED), values)


def _output(procedure: ProcedureState, uid: str) -> Filled:
    dose = procedure.scan_doses.get(uid)
    if dose is None:
        absent = Unknown("nobody reported the radiation output of this series")
        return Filled(
            Provenance(absent, absent, RecordEvidence.STATED),
            {"ct_ctdivol_mgy": absent, "ct_dlp_mgycm": absent},
        )
    ctdi_vol_mgy, dlp_mgy_cm = dose
    source = by_act(procedure, "scan-dose-reported", uid)
    return Filled(source, {"ct_ctdivol_mgy": ctdi_vol_mgy, "ct_dlp_mgycm": dlp_mgy_cm})
