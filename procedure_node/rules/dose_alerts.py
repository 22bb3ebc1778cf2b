"""Alert conditions of coverage, organ dose and seed counts."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from procedure_node.events import (
    CoverageAssessed,
    StructureDose,
    StructureDoseBand,
)
from procedure_node.protocol import OrganConstraint
from procedure_node.rules.conditions import Finding, Undecided, alert_id, present
from procedure_node.rules.facts import is_within_error
from procedure_node.rules.registration import awaits_registration, place_doubt
from procedure_node.rules.scans import is_being_analysed, newest_received
from procedure_node.rules.seed_coverage import (
    awaits_bands,
    band_of,
    implanted_since,
)
from procedure_node.state import ProcedureState, ScanState

ANALYSIS_GRACE = timedelta(seconds=60)
"""A scan is worked up in seconds; until then its not being known is no alarm."""


def under_covered(
    state: ProcedureState, coverage: Mapping[str, CoverageAssessed], now: datetime
) -> Iterator[Finding]:
    """Targets that are said to be finished and are not covered."""
    scan = newest_received(state)
    pending = (
        scan is not None
        and (is_being_analysed(scan) or awaits_registration(state, scan))
        and scan.received_at is not None
        and now - scan.received_at < ANALYSIS_GRACE
    )
    for key in state.finished:
        assessed = coverage.get(key)
        if assessed is None or assessed.verdict == "UNKNOWN":
            reasons = assessed.unknown_reasons if assessed else ("it is not allocated",)
            yield Undecided(alert_id("target-under-covered", key))
            yield Undecided(alert_id("coverage-within-error", key))
            if pending:
                yield Undecided(alert_id("coverage-unknown", key))
                continue
            yield present(
                "coverage-unknown",
                key,
                text=f"{key}: coverage is not known: {'; '.join(reasons)}",
            )
        elif assessed.verdict == "UNDER":
            missing = ", ".join(
                f"{f.quantity} {f.actual:.1f} of {f.wanted:g} {f.unit}".rstrip()
                for f in assessed.facts
                if f.met is False and f.actual is not None and f.wanted is not None
            )
            yield present(
                "target-under-covered",
                key,
                text=f"{key} is under-covered: {missing}",
            )
        else:
            yield from _within_error(state, key, assessed)


def _within_error(state: ProcedureState, key: str, assessed: CoverageAssessed) -> Iterator[Finding]:
    """A covered target that by the errors of its dose may not be covered."""
    scan = state.scans.get(assessed.series_uid or "")
    doubtful = ", ".join(
        f"{f.quantity} {f.actual:.1f} {f.unit} may be {f.band.low:.1f}, {f.wanted:g} is wanted"
        for f in assessed.facts
        if is_within_error(f) and f.band is not None and f.actual is not None
    )
    if doubtful:
        yield present(
            "coverage-within-error",
            key,
            text=f"{key} is covered, but not surely: {doubtful}",
        )
    elif scan is not None and scan.dose is not None and awaits_bands(state, scan):
        yield Undecided(alert_id("coverage-within-error", key))


def organs_over_limit(state: ProcedureState) -> Iterator[Finding]:
    """Organs at risk whose dose is over the protocol's limit, or may be."""
    scan = newest_received(state)
    doses = {d.name: d for d in scan.dose.structures} if scan and scan.dose else {}
    complete = scan is not None and _shows_all_seeds(state, scan)
    for organ in state.protocol.organs:
        dose = doses.get(organ.name)
        if scan is None or dose is None or place_doubt(state, scan, organ.name):
            yield Undecided(alert_id("organ-over-limit", organ.name))
            yield Undecided(alert_id("organ-within-error", organ.name))
            continue
        limits = _limits(organ, dose, band_of(scan, organ.name))
        exceeded = [limit for limit in limits if limit.actual_gy > limit.limit_gy]
        perhaps = [limit for limit in limits if limit.high_gy > limit.limit_gy]
        if exceeded:
            words = (
                f"{e.quantity} {e.actual_gy:.1f} Gy, limit {e.limit_gy:g} Gy" for e in exceeded
            )
            yield present(
                "organ-over-limit",
                organ.name,
                text=f"{organ.name} is over its limit: {', '.join(words)}",
            )
        elif not complete:
            yield Undecided(alert_id("organ-over-limit", organ.name))
        if perhaps and not exceeded:
            words = (
                f"{p.quantity} {p.actual_gy:.1f} Gy may be {p.high_gy:.1f}, limit {p.limit_gy:g} Gy"
                for p in perhaps
            )
            yield present(
                "organ-within-error",
                organ.name,
                text=f"{organ.name} is within its limit, but not surely: {', '.join(words)}",
            )
        elif not exceeded and (not complete or awaits_bands(state, scan)):
            yield Undecided(alert_id("organ-within-error", organ.name))


def _shows_all_seeds(state: ProcedureState, scan: ScanState) -> bool:
    """Whether a scan shows as many seeds as were reported, and none was reported after it."""
    reported = sum(report.count for report in state.seed_reports)
    seen = scan.seeds is not None and len(scan.seeds.seeds) >= reported
    return seen and not implanted_since(state, scan)


class _Limit(NamedTuple):
    """A limit of an organ, the dose, and what the dose may be at most."""

    quantity: str
    actual_gy: float
    high_gy: float
    limit_gy: float


def _limits(
    organ: OrganConstraint, dose: StructureDose, band: StructureDoseBand | None
) -> list[_Limit]:
    """The limits that are set, of volumes that the organ has."""
    rows = (
        ("D2cc", dose.d2cc_gy, band and band.d2cc_gy, organ.d2cc_limit_gy),
        ("D0.1cc", dose.d0_1cc_gy, band and band.d0_1cc_gy, organ.d0_1cc_limit_gy),
    )
    return [
        _Limit(quantity, actual, spread.high if spread else actual, limit)
        for quantity, actual, spread, limit in rows
        if isinstance(limit, float) and actual is not None
    ]
