"""Form ICE_BALL: what each scan shows of ice."""

from collections.abc import Iterator, Mapping
from typing import get_args

from dosimetry_core.values import Modality
from procedure_node.events import Band, BaselineUse, IceFound, OrganIce, StructureIce
from procedure_node.record.fields import Form, Group, choice, notes, number, text
from procedure_node.record.forms.findings import (
    NO_WARNINGS,
    is_missed,
    received_scans,
    unknown_finding,
)
from procedure_node.record.forms.scans import scan_time
from procedure_node.record.identity import Tokens
from procedure_node.record.provenance import Filled, RecordEvidence, system
from procedure_node.record.values import NotApplicable, Unknown, Value, known
from procedure_node.state import ProcedureState, ScanState

ICE = Group(
    "ice_found",
    "Ice in the scan",
    (
        text("ice_scan", "Scan token"),
        text("ice_baseline", "Token of the baseline scan"),
        choice("ice_baseline_use", "How the baseline was laid over", get_args(BaselineUse)),
        number("ice_surface_error_mm", "Error of the ice surface, mean, 9 of 10", "mm", 1),
        number("ice_volume_cc", "Volume of the ice", "cc", 2),
        text("ice_structure", "Structure"),
        number("ice_covered_percent", "Structure within the ice", "%", 1),
        number("ice_covered_low_percent", "the same, 5th percentile", "%", 1),
        number("ice_margin_mm", "Least margin of the ice beyond the structure", "mm", 1),
        number("ice_margin_low_mm", "the same, 5th percentile", "mm", 1),
        number("ice_margin_high_mm", "the same, 95th percentile", "mm", 1),
        number("ice_margin_under_percent", "Surface with a margin below 0 mm", "%", 1),
        number("ice_margin_short_percent", "Surface with a margin of 0 to 5 mm", "%", 1),
        number("ice_margin_enough_percent", "Surface with a margin of 5 mm or more", "%", 1),
        number("ice_unfrozen_cc", "Volume of the structure outside the ice", "cc", 2),
        number("ice_spill_cc", "Volume of the organ in the ice", "cc", 2),
        number("ice_approach_mm", "Nearest approach of the ice to the organ", "mm", 1),
        number("ice_approach_low_mm", "the same, 5th percentile", "mm", 1),
        notes("ice_warnings", "Warnings"),
    ),
)
ICE_BALL = Form("ice_ball", "ICE_BALL", repeats=True, groups=(ICE,))

_PART, _EVIDENCE = "ice finder", RecordEvidence.IMAGED
_CLASSES = ("ice_margin_under_percent", "ice_margin_short_percent", "ice_margin_enough_percent")
_OF_ORGAN = ("ice_spill_cc", "ice_approach_mm", "ice_approach_low_mm")
_COMMON = (
    "ice_scan",
    "ice_baseline",
    "ice_baseline_use",
    "ice_surface_error_mm",
    "ice_volume_cc",
    "ice_warnings",
)
_OF_STRUCTURE = tuple(field.name for field in ICE.fields if field.name not in _COMMON)
_NO_STRUCTURE = NotApplicable("the ice was measured against no structure")
_NO_BASELINE = "the ice was found without a baseline"
_NO_MARGIN = "no margin could be measured"
_EARLIER = "the release that found the ice did not compute it"


def ice_ball_rows(procedure: ProcedureState, tokens: Tokens) -> Iterator[Mapping[str, Filled]]:
    """One row for each scan and structure that ice was looked for in, or organ that it may reach.

    One row says why where ice is not known: in a scan that it could not be found in, and in the
    newest scan if any lesion is to be frozen.
    """
    to_freeze = Modality.CRYO in procedure.allocations.values()
    for scan in received_scans(procedure, to_freeze):
        if scan is not None and scan.ice is not None:
            rows = (
                *(_over_structure(structure) for structure in scan.ice.structures),
                *(_near_organ(organ) for organ in scan.ice.organs),
            )
            for row in rows or (dict.fromkeys(_OF_STRUCTURE, _NO_STRUCTURE),):
                yield {ICE.name: _ice(scan, scan.ice, row, tokens)}
        elif is_missed(procedure, scan, "ICE", to_freeze):
            yield {
                ICE.name: unknown_finding(ICE, scan, "ICE", tokens, part=_PART, evidence=_EVIDENCE)
            }


def _ice(
    scan: ScanState, ice: IceFound, of_structure: Mapping[str, Value], tokens: Tokens
) -> Filled:
    baseline = ice.baseline_series_uid
    values: dict[str, Value] = {
        "ice_scan": tokens.of(scan.series_uid),
        "ice_baseline": NotApplicable(_NO_BASELINE) if baseline is None else tokens.of(baseline),
        "ice_baseline_use": known(ice.baseline_use, _EARLIER),
        "ice_surface_error_mm": known(ice.surface_error_mm, _EARLIER),
        "ice_volume_cc": ice.volume_cc,
        "ice_warnings": "\n".join(ice.warnings) or NO_WARNINGS,
    }
    return Filled(system(_PART, scan_time(scan), _EVIDENCE), {**values, **of_structure})


def _over_structure(ice: StructureIce) -> dict[str, Value]:
    absent = Unknown(_NO_MARGIN)
    margins: dict[str, Value] = {
        "ice_margin_mm": known(ice.minimum_margin_mm, _NO_MARGIN),
        "ice_margin_low_mm": absent,
        "ice_margin_high_mm": absent,
    }
    if ice.margin_band is not None:
        margins["ice_margin_low_mm"] = ice.margin_band.low
        margins["ice_margin_high_mm"] = ice.margin_band.high
    classes = ice.margin_percent or (None, None, None)
    shares = {name: known(share, _EARLIER) for name, share in zip(_CLASSES, classes, strict=True)}
    return {
        "ice_structure": ice.name,
        "ice_covered_percent": ice.covered_percent,
        "ice_covered_low_percent": _low(ice.covered_band, _EARLIER),
        **margins,
        **shares,
        "ice_unfrozen_cc": known(ice.unfrozen_cc, _EARLIER),
        **dict.fromkeys(_OF_ORGAN, NotApplicable("the structure is to be frozen")),
    }


def _near_organ(ice: OrganIce) -> dict[str, Value]:
    return {
        **dict.fromkeys(_OF_STRUCTURE, NotApplicable("the structure is an organ at risk")),
        "ice_structure": ice.name,
        "ice_spill_cc": ice.spill_cc,
        "ice_approach_mm": known(ice.approach_mm, _NO_MARGIN),
        "ice_approach_low_mm": _low(ice.approach_band, _NO_MARGIN),
    }


def _low(band: Band | None, reason: str) -> Value:
    return Unknown(reason) if band is None else band.low
