"""Coverage cards: one for each target, with what is wanted, what is there, and the doubts."""

from datetime import datetime

from dosimetry_core.values import Evidence, Modality
from procedure_node.display.page.ice import ice_surface
from procedure_node.display.page.model import ColdPart, FactRow, SeedCount, TargetCard
from procedure_node.display.page.scans import scan_numbers, scan_time, seconds_since
from procedure_node.events import CoverageAssessed
from procedure_node.protocol import Target
from procedure_node.rules import (
    assess,
    found_count,
    is_split,
    is_within_error,
    newest_received,
    reported_count,
    structure_of,
    targets_of,
)
from procedure_node.state import ProcedureState, ScanState


def target_cards(state: ProcedureState, now: datetime) -> tuple[TargetCard, ...]:
    """A card for every target that is drawn or allocated; none for the whole of a zoned lesion."""
    doubted = assess(state, now) if state.closed_at is None else {}
    numbers = scan_numbers(state)
    cards: list[TargetCard] = []
    for key, target in targets_of(state).items():
        if is_split(state, target):
            continue
        coverage = _as_sure_as_now(state.coverage.get(key), doubted.get(key))
        structure = structure_of(state, target)
        uid = coverage.series_uid if coverage else None
        scan = state.scans.get(uid) if uid else None
        reasons = coverage.unknown_reasons if coverage else _not_judged(state, key)
        cards.append(
            TargetCard(
                key=key,
                structure=structure.name if structure else None,
                modality=state.allocations.get(key),
                verdict=coverage.verdict if coverage else "UNKNOWN",
                facts=_fact_rows(coverage),
                unknown_reasons=reasons,
                seeds=_seed_count(state, key, target),
                ice=ice_surface(state, target, coverage),
                cold=_cold_part(coverage, scan, structure.name if structure else ""),
                research_data=_rests_on_research_data(coverage, scan),
                finished=key in state.finished,
                scan_number=numbers[scan.series_uid] if scan else None,
                age_s=seconds_since(scan_time(scan), now) if scan else None,
            )
        )
    return tuple(cards)


def _as_sure_as_now(
    recorded: CoverageAssessed | None, doubted: CoverageAssessed | None
) -> CoverageAssessed | None:
    """The recorded coverage, unless time has made one of its facts unknown since.

    A fact ages between two records of it: the page must not show it a moment longer than it holds.
    """
    if recorded is None or doubted is None:
        return recorded
    known = {fact.quantity for fact in recorded.facts if fact.met is not None}
    return (
        doubted if any(f.met is None and f.quantity in known for f in doubted.facts) else recorded
    )


def _not_judged(state: ProcedureState, key: str) -> tuple[str, ...]:
    if key not in state.allocations:
        return ("it is not allocated to seeds or to freezing yet",)
    return ("it has not been judged yet",)


def _fact_rows(coverage: CoverageAssessed | None) -> tuple[FactRow, ...]:
    facts = coverage.facts if coverage else ()
    return tuple(
        FactRow(
            quantity=fact.quantity,
            unit=fact.unit,
            wanted=fact.wanted,
            actual=fact.actual,
            met=fact.met,
            evidence=fact.evidence,
            unknown_reason=fact.unknown_reason,
            low=fact.band.low if fact.band else None,
            high=fact.band.high if fact.band else None,
            within_error=is_within_error(fact),
        )
        for fact in facts
    )


def _is_dosed(coverage: CoverageAssessed | None) -> bool:
    return (
        coverage is not None
        and coverage.modality is Modality.SEEDS
        and any(f.evidence is Evidence.MODELLED and f.actual is not None for f in coverage.facts)
    )


def _rests_on_research_data(coverage: CoverageAssessed | None, scan: ScanState | None) -> bool:
    dose = scan.dose if scan else None
    return _is_dosed(coverage) and dose is not None and bool(dose.research_models)


def _cold_part(
    coverage: CoverageAssessed | None, scan: ScanState | None, structure: str
) -> ColdPart | None:
    """The largest cold part by the scan that the coverage rests on, while that is known."""
    found = scan.sub_volumes.structures if scan and scan.sub_volumes else ()
    cold = next((s.cold for s in found if s.name == structure), None)
    if cold is None or not cold.parts or not _is_dosed(coverage):
        return None
    largest = cold.parts[0]
    coldest = largest.extremes[0]
    return ColdPart(
        volume_cc=largest.volume_cc,
        total_cc=cold.total_cc,
        parts=len(cold.parts),
        least_dose_gy=coldest.dose_gy,
        place_mm=coldest.place_mm,
        nearest_seed_mm=next(iter(coldest.seed_distances_mm), None),
    )


def _seed_count(state: ProcedureState, key: str, target: Target) -> SeedCount | None:
    """Reported against found; None for a target that has nothing to do with seeds."""
    scan = newest_received(state)
    reported = reported_count(state, target)
    found = found_count(scan, target) if scan else None
    if state.allocations.get(key) is not Modality.SEEDS and not reported and not found:
        return None
    return SeedCount(reported=reported, found=found)
