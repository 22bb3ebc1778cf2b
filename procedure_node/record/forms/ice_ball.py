"""Form ICE_BALL: what each scan shows of ice."""

from collections.abc import Iterator, Mapping

from dosimetry_core.values import Modality
from procedure_node.events import IceFound, StructureIce
from procedure_node.record.fields import Form, Group, notes, number, text
from procedure_node.record.forms.findings import (
    NO_WARNINGS,
    is_missed,
    received_scans,
    unknown_finding,
)
from procedure_node.record.forms.scans import scan_time
from procedure_node.record.identity import Tokens
from procedure_node.record.provenance import Filled, RecordEvidence, system
from procedure_node.record.values import NotApplicable, Value, known
from procedure_node.state import ProcedureState, ScanState

ICE = Group(
    "ice_found",
    "Ice in the scan",
    (
        text("ice_scan", "Scan token"),
        text("ice_baseline", "Token of the baseline scan"),
        number("ice_volume_cc", "Volume of the ice", "cc", 2),
        text("ice_structure", "Structure"),
        number("ice_covered_percent", "Structure within the ice", "%", 1),
        number("ice_margin_mm", "Least margin of the ice beyond the structure", "mm", 1),
        notes("ice_warnings", "Warnings"),
    ),
)
ICE_BALL = Form("ice_ball", "ICE_BALL", repeats=True, groups=(ICE,))

_PART, _EVIDENCE = "ice finder", RecordEvidence.IMAGED


def ice_ball_rows(procedure: ProcedureState, tokens: Tokens) -> Iterator[Mapping[str, Filled]]:
    """One row for each scan and structure that ice was looked for in.

    One row says why where ice is not known: in a scan that it could not be found in, and in the
    newest scan if any lesion is to be frozen.
    """
    to_freeze = Modality.CRYO in procedure.allocations.values()
    for scan in received_scans(procedure, to_freeze):
        if scan is not None and scan.ice is not None:
            for structure in scan.ice.structures or (None,):
                yield {ICE.name: _ice(scan, scan.ice, structure, tokens)}
        elif is_missed(procedure, scan, "ICE", to_freeze):
            yield {
                ICE.name: unknown_finding(ICE, scan, "ICE", tokens, part=_PART, evidence=_EVIDENCE)
            }


def _ice(scan: ScanState, ice: IceFound, structure: StructureIce | None, tokens: Tokens) -> Filled:
    values: dict[str, Value] = {
        "ice_scan": tokens.of(scan.series_uid),
        "ice_baseline": tokens.of(ice.baseline_series_uid),
        "ice_volume_cc": ice.volume_cc,
        "ice_warnings": "\n".join(ice.warnings) or NO_WARNINGS,
    }
    if structure is None:
        absent = NotApplicable("the ice was measured against no structure")
        values |= {
            "ice_structure": absent,
            "ice_covered_percent": absent,
            "ice_margin_mm": absent,
        }
    else:
        values |= {
            "ice_structure": structure.name,
            "ice_covered_percent": structure.covered_percent,
            "ice_margin_mm": known(structure.minimum_margin_mm, "no margin could be measured"),
        }
    return Filled(system(_PART, scan_time(scan), _EVIDENCE), values)
