"""Coverage by the dose of seeds: seen in the newest scan, and as many as were reported."""

from collections.abc import Iterator
from datetime import datetime

from dosimetry_core.values import Evidence
from procedure_node.events import CoverageFact, StructureDoseBand
from procedure_node.protocol import UNSET, Target
from procedure_node.rules.facts import at_least
from procedure_node.rules.registration import place_doubt
from procedure_node.rules.scans import newest_received, scan_doubts
from procedure_node.rules.seed_edits import awaits_edits
from procedure_node.rules.targets import structure_of
from procedure_node.state import ProcedureState, ScanState


def seed_facts(
    state: ProcedureState, target: Target, now: datetime
) -> tuple[list[CoverageFact], str | None]:
    """Dose to a target by the newest scan, unknown where the scan is in doubt, and that scan."""
    rules = state.protocol.seeds
    scan = newest_received(state)
    doubt = next(_seed_doubts(state, target, scan, now), "")
    structure = structure_of(state, target)
    dose = band = None
    if not doubt and scan is not None and scan.dose is not None and structure is not None:
        dose = next((d for d in scan.dose.structures if d.name == structure.name), None)
        doubt = "" if dose else f"no dose was computed for {structure.name}"
        band = dose and band_of(scan, structure.name)
    wanted_d90: float | str = UNSET
    share_percent = rules.d90_minimum_percent_of_prescription
    if not isinstance(rules.prescription_gy, str) and not isinstance(share_percent, str):
        wanted_d90 = rules.prescription_gy * share_percent / 100.0
    facts = [
        at_least(
            "D90",
            "Gy",
            wanted_d90,
            dose and dose.d90_gy,
            Evidence.MODELLED,
            doubt,
            band and band.d90_gy,
        ),
        at_least(
            "V100",
            "%",
            rules.v100_minimum_percent,
            dose and dose.v100_percent,
            Evidence.MODELLED,
            doubt,
            band and band.v100_percent,
        ),
    ]
    return facts, scan.series_uid if scan else None


def band_of(scan: ScanState, structure: str) -> StructureDoseBand | None:
    """How sure the dose to a structure is; None where that is not known."""
    bands = scan.dose_bands.structures if scan.dose_bands else ()
    return next((band for band in bands if band.name == structure), None)


def awaits_bands(state: ProcedureState, scan: ScanState) -> bool:
    """Whether it is still to be computed how sure a scan's dose is."""
    errors = state.protocol.uncertainty.model_dump().values()
    return scan.dose_bands is None and UNSET not in errors


def reported_count(state: ProcedureState, target: Target) -> int:
    """How many seeds the operator says are in a target."""
    return sum(
        r.count for r in state.seed_reports if (r.lesion, r.zone) == (target.lesion, target.zone)
    )


def implanted_since(state: ProcedureState, scan: ScanState, target: Target | None = None) -> int:
    """How many seeds were reported after a scan was taken, in a target or anywhere.

    A report that is taken back is a correction, not an implantation.
    """
    return sum(
        r.count
        for r in state.seed_reports
        if r.count > 0
        and r.at > scan.discovered_at
        and (target is None or (r.lesion, r.zone) == (target.lesion, target.zone))
    )


def found_count(scan: ScanState, target: Target) -> int | None:
    """How many seeds a scan shows for a target; None if they were not looked for."""
    if scan.seeds is None:
        return None
    return sum(1 for s in scan.seeds.seeds if (s.lesion, s.zone) == (target.lesion, target.zone))


def _seed_doubts(
    state: ProcedureState, target: Target, scan: ScanState | None, now: datetime
) -> Iterator[str]:
    """Why the dose to a target cannot be believed now, the gravest reason first."""
    structure = structure_of(state, target)
    if structure is None:
        yield f"{target.key} is not drawn in any structure set"
    elif scan is not None and (doubt := place_doubt(state, scan, structure.name)):
        yield doubt
    if scan is None or scan.received_at is None:
        yield "there is no scan yet"
        return
    yield from scan_doubts(state, scan, now)
    for step in ("READ", "STRUCTURES", "SEEDS", "DOSE"):
        if step in scan.failures:
            yield scan.failures[step]
    if awaits_edits(state, scan):
        yield "a seed was just edited: its dose is being computed"
    if scan.seeds is None or scan.dose is None:
        yield "the newest scan is still being analysed"
        return
    reported = reported_count(state, target)
    since = implanted_since(state, scan, target)
    if since:
        yield f"{since} seeds were implanted after the newest scan: a new scan is needed"
    found = found_count(scan, target)
    if found != reported:
        yield f"{found} seeds are seen, {reported} are reported"
