"""Forms ICE_BALL and DOSIMETRY: what each scan shows of ice and what its seeds give of dose."""

from collections.abc import Iterator, Mapping, Sequence

from dosimetry_core.values import Modality
from procedure_node.events import DoseComputed, IceFound, StructureDose, StructureIce
from procedure_node.record.fields import Form, Group, integer, notes, number, text
from procedure_node.record.forms.scans import scan_time
from procedure_node.record.identity import Tokens
from procedure_node.record.provenance import Filled, RecordEvidence, system
from procedure_node.record.values import NotApplicable, Unknown, Value, known
from procedure_node.rules import newest_received
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

DOSE = Group(
    "dos_dose",
    "Dose of the seeds in the scan, to infinity",
    (
        text("dos_scan", "Scan token"),
        integer("dos_seeds", "Seeds"),
        text("dos_models", "Seed models"),
        text("dos_structure", "Structure"),
        number("dos_volume_cc", "Volume of the structure", "cc", 2),
        number("dos_d90_gy", "D90", "Gy", 2),
        number("dos_d100_gy", "D100", "Gy", 2),
        number("dos_v100_percent", "V100", "%", 2),
        number("dos_v150_percent", "V150", "%", 2),
        number("dos_v200_percent", "V200", "%", 2),
        number("dos_d2cc_gy", "D2cc", "Gy", 2),
        number("dos_d0_1cc_gy", "D0.1cc", "Gy", 2),
        notes("dos_warnings", "Warnings"),
    ),
)
PRESCRIBED = Group(
    "dos_rx",
    "Prescription",
    (number("dos_rx_gy", "Prescribed dose", "Gy", 1),),
)
DOSIMETRY = Form("dosimetry", "DOSIMETRY", repeats=True, groups=(DOSE, PRESCRIBED))

_NO_WARNINGS = NotApplicable("there are none")


def ice_ball_rows(procedure: ProcedureState, tokens: Tokens) -> Iterator[Mapping[str, Filled]]:
    """One row for each scan and structure that ice was looked for in.

    One row says why where ice is not known: in a scan that it could not be found in, and in the
    newest scan if any lesion is to be frozen.
    """
    to_freeze = Modality.CRYO in procedure.allocations.values()
    for scan in _received(procedure, to_freeze):
        if scan is not None and scan.ice is not None:
            for structure in scan.ice.structures or (None,):
                yield {ICE.name: _ice(scan, scan.ice, structure, tokens)}
        elif _is_missed(procedure, scan, "ICE", to_freeze):
            yield {ICE.name: _unknown(ICE, scan, "ICE", tokens)}


def dosimetry_rows(procedure: ProcedureState, tokens: Tokens) -> Iterator[Mapping[str, Filled]]:
    """One row for each scan and structure that dose was computed in.

    One row says why where dose is not known: in a scan that it could not be computed for, and in
    the newest scan if any lesion is to get seeds.
    """
    to_seed = Modality.SEEDS in procedure.allocations.values() or bool(procedure.seed_reports)
    for scan in _received(procedure, to_seed):
        if scan is not None and scan.dose is not None:
            for structure in scan.dose.structures or (None,):
                yield _dose_row(procedure, scan, scan.dose, structure, tokens)
        elif _is_missed(procedure, scan, "DOSE", to_seed):
            yield {
                DOSE.name: _unknown(DOSE, scan, "DOSE", tokens),
                PRESCRIBED.name: _prescribed(procedure, NotApplicable("no structure is named")),
            }


def _received(procedure: ProcedureState, wanted: bool) -> Sequence[ScanState | None]:
    """The scans received; a single None if there is none although one was wanted."""
    scans = [scan for scan in procedure.scans.values() if scan.received_at is not None]
    return scans or ([None] if wanted else [])


def _is_missed(procedure: ProcedureState, scan: ScanState | None, step: str, wanted: bool) -> bool:
    if scan is None or step in scan.failures:
        return True
    return wanted and scan is newest_received(procedure)


_PARTS = {
    "ICE": ("ice finder", RecordEvidence.IMAGED),
    "DOSE": ("TG-43 dose", RecordEvidence.MODELLED),
}


def _unknown(group: Group, scan: ScanState | None, step: str, tokens: Tokens) -> Filled:
    part, evidence = _PARTS[step]
    if scan is None:
        absent = Unknown("no scan was received")
        at, token = absent, absent
    else:
        absent = Unknown(scan.failures.get(step) or "it is not known for this scan")
        at, token = scan_time(scan), tokens.of(scan.series_uid)
    values: dict[str, Value] = {field.name: absent for field in group.fields}
    values[group.fields[0].name] = token
    return Filled(system(part, at, evidence), values)


def _ice(scan: ScanState, ice: IceFound, structure: StructureIce | None, tokens: Tokens) -> Filled:
    values: dict[str, Value] = {
        "ice_scan": tokens.of(scan.series_uid),
        "ice_baseline": tokens.of(ice.baseline_series_uid),
        "ice_volume_cc": ice.volume_cc,
        "ice_warnings": "\n".join(ice.warnings) or _NO_WARNINGS,
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
    return Filled(system("ice finder", scan_time(scan), RecordEvidence.IMAGED), values)


def _dose_row(
    procedure: ProcedureState,
    scan: ScanState,
    dose: DoseComputed,
    structure: StructureDose | None,
    tokens: Tokens,
) -> Mapping[str, Filled]:
    values: dict[str, Value] = {
        "dos_scan": tokens.of(scan.series_uid),
        "dos_seeds": dose.seed_count,
        "dos_models": ", ".join(dose.seed_models) or NotApplicable("there are no seeds"),
        "dos_warnings": "\n".join(dose.warnings) or _NO_WARNINGS,
    }
    no_structure = NotApplicable("the dose was computed for no structure")
    prescription: Value = no_structure
    if structure is None:
        values |= {f.name: no_structure for f in DOSE.fields if f.name not in values}
    else:
        values |= _structure_dose(structure)
        prescription = (
            NotApplicable("the structure has no prescription")
            if structure.prescription_gy is None
            else structure.prescription_gy
        )
    return {
        DOSE.name: Filled(system("TG-43 dose", scan_time(scan), RecordEvidence.MODELLED), values),
        PRESCRIBED.name: _prescribed(procedure, prescription),
    }


def _structure_dose(structure: StructureDose) -> dict[str, Value]:
    unprescribed = NotApplicable("the structure has no prescription")
    too_small = NotApplicable("the structure is smaller than that volume")
    v100, v150, v200 = (
        unprescribed if value is None else value
        for value in (structure.v100_percent, structure.v150_percent, structure.v200_percent)
    )
    return {
        "dos_structure": structure.name,
        "dos_volume_cc": structure.volume_cc,
        "dos_d90_gy": structure.d90_gy,
        "dos_d100_gy": structure.d100_gy,
        "dos_v100_percent": v100,
        "dos_v150_percent": v150,
        "dos_v200_percent": v200,
        "dos_d2cc_gy": too_small if structure.d2cc_gy is None else structure.d2cc_gy,
        "dos_d0_1cc_gy": too_small if structure.d0_1cc_gy is None else structure.d0_1cc_gy,
    }


def _prescribed(procedure: ProcedureState, prescription_gy: Value) -> Filled:
    return Filled(
        system("protocol file", procedure.opened_at, RecordEvidence.PROTOCOL),
        {"dos_rx_gy": prescription_gy},
    )
