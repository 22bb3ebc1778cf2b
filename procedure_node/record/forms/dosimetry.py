"""Form DOSIMETRY: what the seeds of each scan give of dose, how sure it is, and what is cold."""

from collections.abc import Iterator, Mapping

from dosimetry_core.values import Modality
from procedure_node.events import DoseComputed, StructureDose
from procedure_node.record.fields import Form, Group, integer, notes, number, text
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
from procedure_node.rules import band_of
from procedure_node.state import ProcedureState, ScanState

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
        number("dos_d90_low_gy", "D90, 5th percentile by its errors", "Gy", 2),
        number("dos_d90_high_gy", "D90, 95th percentile by its errors", "Gy", 2),
        number("dos_d95_gy", "D95", "Gy", 2),
        number("dos_d100_gy", "D100", "Gy", 2),
        number("dos_mean_gy", "Mean dose", "Gy", 2),
        number("dos_v90_percent", "V90", "%", 2),
        number("dos_v100_percent", "V100", "%", 2),
        number("dos_v100_low_percent", "V100, 5th percentile by its errors", "%", 2),
        number("dos_v100_high_percent", "V100, 95th percentile by its errors", "%", 2),
        number("dos_v150_percent", "V150", "%", 2),
        number("dos_v200_percent", "V200", "%", 2),
        number("dos_d2cc_gy", "D2cc", "Gy", 2),
        number("dos_d1cc_gy", "D1cc", "Gy", 2),
        number("dos_d0_1cc_gy", "D0.1cc", "Gy", 2),
        number("dos_conformity", "Conformity index", "", 3),
        number("dos_external", "External index", "", 3),
        number("dos_homogeneity", "Homogeneity index", "", 3),
        number("dos_cold_cc", "Volume below the prescription", "cc", 2),
        text("dos_research", "Seed models with research data only"),
        notes("dos_warnings", "Warnings"),
    ),
)
PRESCRIBED = Group(
    "dos_rx",
    "Prescription",
    (number("dos_rx_gy", "Prescribed dose", "Gy", 1),),
)
DOSIMETRY = Form("dosimetry", "DOSIMETRY", repeats=True, groups=(DOSE, PRESCRIBED))

_PART, _EVIDENCE = "TG-43 dose", RecordEvidence.MODELLED


def dosimetry_rows(procedure: ProcedureState, tokens: Tokens) -> Iterator[Mapping[str, Filled]]:
    """One row for each scan and structure that dose was computed in.

    One row says why where dose is not known: in a scan that it could not be computed for, and in
    the newest scan if any lesion is to get seeds.
    """
    to_seed = Modality.SEEDS in procedure.allocations.values() or bool(procedure.seed_reports)
    for scan in received_scans(procedure, to_seed):
        if scan is not None and scan.dose is not None:
            for structure in scan.dose.structures or (None,):
                yield _dose_row(procedure, scan, scan.dose, structure, tokens)
        elif is_missed(procedure, scan, "DOSE", to_seed):
            yield {
                DOSE.name: unknown_finding(
                    DOSE, scan, "DOSE", tokens, part=_PART, evidence=_EVIDENCE
                ),
                PRESCRIBED.name: _prescribed(procedure, NotApplicable("no structure is named")),
            }


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
        "dos_research": ", ".join(dose.research_models) or NotApplicable("there are none"),
        "dos_warnings": "\n".join(dose.warnings) or NO_WARNINGS,
    }
    no_structure = NotApplicable("the dose was computed for no structure")
    prescription: Value = no_structure
    if structure is None:
        values |= {f.name: no_structure for f in DOSE.fields if f.name not in values}
    else:
        values |= {**_structure_dose(structure), **_how_sure(scan, structure)}
        prescription = (
            NotApplicable("the structure has no prescription")
            if structure.prescription_gy is None
            else structure.prescription_gy
        )
    return {
        DOSE.name: Filled(system(_PART, scan_time(scan), _EVIDENCE), values),
        PRESCRIBED.name: _prescribed(procedure, prescription),
    }


def _structure_dose(structure: StructureDose) -> dict[str, Value]:
    unprescribed = NotApplicable("the structure has no prescription")
    too_small = NotApplicable("the structure is smaller than that volume")
    to_target = {
        "dos_v90_percent": structure.v90_percent,
        "dos_v100_percent": structure.v100_percent,
        "dos_v150_percent": structure.v150_percent,
        "dos_v200_percent": structure.v200_percent,
        "dos_conformity": structure.conformity_index,
        "dos_external": structure.external_index,
        "dos_homogeneity": structure.homogeneity_index,
    }
    to_volume = {
        "dos_d2cc_gy": structure.d2cc_gy,
        "dos_d1cc_gy": structure.d1cc_gy,
        "dos_d0_1cc_gy": structure.d0_1cc_gy,
    }
    not_computed = "the release that computed the dose did not tell it"
    untold: Value = (
        unprescribed if structure.prescription_gy is None else Unknown("it could not be computed")
    )
    return {
        "dos_structure": structure.name,
        "dos_volume_cc": structure.volume_cc,
        "dos_d90_gy": structure.d90_gy,
        "dos_d95_gy": known(structure.d95_gy, not_computed),
        "dos_d100_gy": structure.d100_gy,
        "dos_mean_gy": known(structure.mean_gy, not_computed),
        **{name: untold if value is None else value for name, value in to_target.items()},
        **{name: too_small if value is None else value for name, value in to_volume.items()},
    }


def _how_sure(scan: ScanState, structure: StructureDose) -> dict[str, Value]:
    """The bands of a target's figures, and how much of it is cold."""
    if structure.prescription_gy is None:
        unprescribed = NotApplicable("the structure has no prescription")
        names = ("d90_low_gy", "d90_high_gy", "v100_low_percent", "v100_high_percent", "cold_cc")
        return {f"dos_{name}": unprescribed for name in names}
    band = band_of(scan, structure.name)
    d90, v100 = (band.d90_gy, band.v100_percent) if band else (None, None)
    parts = scan.sub_volumes.structures if scan.sub_volumes else ()
    cold = next((part.cold for part in parts if part.name == structure.name), None)
    unsure = "how sure the dose is was not computed"
    return {
        "dos_d90_low_gy": known(d90 and d90.low, unsure),
        "dos_d90_high_gy": known(d90 and d90.high, unsure),
        "dos_v100_low_percent": known(v100 and v100.low, unsure),
        "dos_v100_high_percent": known(v100 and v100.high, unsure),
        "dos_cold_cc": known(cold and cold.total_cc, "it was not computed"),
    }


def _prescribed(procedure: ProcedureState, prescription_gy: Value) -> Filled:
    return Filled(
        system("protocol file", procedure.opened_at, RecordEvidence.PROTOCOL),
        {"dos_rx_gy": prescription_gy},
    )
