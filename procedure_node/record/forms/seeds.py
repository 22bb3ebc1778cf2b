"""Forms SEED_BATCH and SEED: what was reported implanted, and what the last scan shows."""

from collections.abc import Iterator, Mapping

from dosimetry_core.values import Modality, ZoneKind
from procedure_node.events import SeedFact
from procedure_node.record.fields import (
    Form,
    Group,
    choice,
    date_field,
    integer,
    number,
    text,
)
from procedure_node.record.forms.scans import scan_time
from procedure_node.record.identity import Tokens
from procedure_node.record.provenance import Filled, Provenance, RecordEvidence, person, system
from procedure_node.record.values import NotApplicable, Unknown, Value, known
from procedure_node.rules import newest_received
from procedure_node.seed_edits import SeedOrigin
from procedure_node.state import ProcedureState, ScanState

REPORT = Group(
    "sb_report",
    "Report",
    (
        text("sb_lesion", "Lesion"),
        choice("sb_zone", "Zone of the lesion", ZoneKind),
        integer("sb_count", "Seeds implanted (negative: taken back)"),
        text("sb_batch", "Batch"),
        text("sb_model", "Seed model"),
        number("sb_strength_u", "Air-kerma strength of one seed", "U", 4),
        date_field("sb_strength_date", "Date that the strength holds for"),
        text("sb_needle", "Needle"),
    ),
)
SEED_BATCH = Form("seed_batch", "SEED_BATCH", repeats=True, groups=(REPORT,))

FOUND = Group(
    "sd_found",
    "Seed in the last scan",
    (
        text("sd_scan", "Scan token"),
        integer("sd_number", "Number of the seed in this scan"),
        integer("sd_seed", "Number of the seed through all scans"),
        choice("sd_origin", "Found, or placed by a person", SeedOrigin),
        number("sd_x_mm", "Centre, x (LPS)", "mm", 2),
        number("sd_y_mm", "Centre, y (LPS)", "mm", 2),
        number("sd_z_mm", "Centre, z (LPS)", "mm", 2),
        number("sd_axis_x", "Axis, x", "", 4),
        number("sd_axis_y", "Axis, y", "", 4),
        number("sd_axis_z", "Axis, z", "", 4),
        number("sd_confidence", "Confidence, 0 to 1", "", 3),
        text("sd_lesion", "Lesion that it counts for"),
        choice("sd_zone", "Zone that it counts for", ZoneKind),
    ),
)
SEED = Form("seed", "SEED", repeats=True, groups=(FOUND,))


def seed_batch_rows(procedure: ProcedureState) -> Iterator[Mapping[str, Filled]]:
    """One row for each report of implanted seeds, in the order of the reports."""
    for report in procedure.seed_reports:
        values: dict[str, Value] = {
            "sb_lesion": report.lesion,
            "sb_zone": report.zone.value,
            "sb_count": report.count,
            "sb_batch": report.batch,
            "sb_model": report.seed_model,
            "sb_strength_u": report.strength_u,
            "sb_strength_date": report.strength_reference_date,
            "sb_needle": known(report.needle, "the report names no needle"),
        }
        yield {REPORT.name: Filled(person(report.by, report.at), values)}


def seed_rows(procedure: ProcedureState, tokens: Tokens) -> Iterator[Mapping[str, Filled]]:
    """One row for each seed of the last scan received.

    If seeds were reported or planned and that scan's seeds are not known, one row says so: an
    earlier scan's seeds are never shown in their place.
    """
    last = newest_received(procedure)
    if last is not None and last.seeds is not None:
        source = system("seed finder", scan_time(last), RecordEvidence.IMAGED)
        token = tokens.of(last.series_uid)
        for number_, seed in enumerate(last.seeds.seeds, start=1):
            yield {FOUND.name: _seed(source, token, number_, seed)}
    elif procedure.seed_reports or Modality.SEEDS in procedure.allocations.values():
        yield {FOUND.name: _no_seeds(last, tokens)}


def _seed(source: Provenance, token: str, number_: int, seed: SeedFact) -> Filled:
    not_near = NotApplicable("the seed is near no target")
    values: dict[str, Value] = {
        "sd_scan": token,
        "sd_number": number_,
        "sd_seed": Unknown("the seeds of this scan were not told apart")
        if seed.seed_id is None
        else seed.seed_id,
        "sd_origin": seed.origin.value,
        "sd_x_mm": seed.center_mm[0],
        "sd_y_mm": seed.center_mm[1],
        "sd_z_mm": seed.center_mm[2],
        "sd_axis_x": seed.axis[0],
        "sd_axis_y": seed.axis[1],
        "sd_axis_z": seed.axis[2],
        "sd_confidence": seed.confidence,
        "sd_lesion": not_near if seed.lesion is None else seed.lesion,
        "sd_zone": not_near if seed.zone is None else seed.zone.value,
    }
    return Filled(source, values)


def _no_seeds(scan: ScanState | None, tokens: Tokens) -> Filled:
    if scan is None:
        absent = Unknown("no scan was received")
        at, token = absent, absent
    else:
        absent = Unknown(scan.failures.get("SEEDS") or "seeds were not looked for in the last scan")
        at, token = scan_time(scan), tokens.of(scan.series_uid)
    values: dict[str, Value] = {field.name: absent for field in FOUND.fields}
    return Filled(system("seed finder", at, RecordEvidence.IMAGED), {**values, "sd_scan": token})
