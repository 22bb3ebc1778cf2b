"""What the identity of a scan's seeds needs of the state."""

from collections.abc import Sequence

from procedure_node.events import LesionRegistration
from procedure_node.imaging.identity_request import (
    IdentityRequest,
    NeedleReport,
    PlanCarrying,
    PlanRequest,
    StrandFact,
)
from procedure_node.rules import (
    awaits_edits,
    identity_before,
    needles_before,
    plan_carriers,
    plan_doubt,
)
from procedure_node.state import ProcedureState, ScanState


def identity_request(state: ProcedureState, scan: ScanState) -> IdentityRequest:
    """The seeds known before a scan, and the protocol's limits."""
    before = identity_before(state, scan)
    needles = needles_before(state, scan)
    rules = state.protocol.seeds
    return IdentityRequest(
        after_series_uid=before.series_uid if before else None,
        before_sha256=before.known_sha256 if before else "",
        before=before.known if before else (),
        strands=tuple(
            StrandFact(seed_ids=s.seed_ids, spacing_mm=s.spacing_mm) for s in state.strands
        ),
        expected_new=_expected_new(state, scan, before.series_uid if before else None),
        moved_limit_mm=_number(rules.migrated_from_mm),
        outside_limit_mm=_number(rules.migrated_outside_mm),
        plan=_plan(state, scan),
        needles_after_series_uid=needles.series_uid if needles else None,
        needles_before_sha256=needles.known_sha256 if needles else "",
        needles_before=needles.known if needles else (),
    )


def has_stale_identity(state: ProcedureState, scan: ScanState) -> bool:
    """Whether a scan's seeds lack an edit, or were compared with what has changed since."""
    if scan.seeds is None:
        return False
    if awaits_edits(state, scan):
        return True
    seen, known = scan.needles, needles_before(state, scan)
    if (seen.before_sha256 if seen else "") != (known.known_sha256 if known else ""):
        return True
    told, before = scan.seeds_identified, identity_before(state, scan)
    return told is not None and told.before_sha256 != (before.known_sha256 if before else "")


def _expected_new(
    state: ProcedureState, scan: ScanState, after_series_uid: str | None
) -> int | None:
    """Seeds reported between two scans; None while nothing was reported."""
    if not state.seed_reports or after_series_uid is None:
        return None
    since = state.scans[after_series_uid].discovered_at
    reported = sum(r.count for r in state.seed_reports if since < r.at <= scan.discovered_at)
    return max(0, reported)


def _plan(state: ProcedureState, scan: ScanState) -> PlanRequest | None:
    """The plan with what was reported before the scan; None where its place there is in doubt."""
    plan = state.seed_plan
    if plan is None or scan.received is None or plan_doubt(state, scan):
        return None
    carriers = plan_carriers(state, scan)
    counts: dict[str, int] = {}
    for report in state.seed_reports:
        if report.needle and report.at <= scan.discovered_at:
            counts[report.needle] = counts.get(report.needle, 0) + report.count
    return PlanRequest(
        plan_uid=plan.plan_uid,
        seeds=plan.seeds,
        implanted=tuple(
            NeedleReport(needle=name, count=max(0, count)) for name, count in sorted(counts.items())
        ),
        carried_by=scan.registration.method if carriers and scan.registration else None,
        carried=_carried(carriers),
    )


def _carried(carriers: Sequence[LesionRegistration]) -> tuple[PlanCarrying, ...]:
    """What takes the plan's seeds to a scan, lesion by lesion."""
    members: dict[str, list[int]] = {}
    for index, one in enumerate(carriers):
        members.setdefault(one.lesion, []).append(index)
    return tuple(
        PlanCarrying(
            lesion=one.lesion, seeds=tuple(seeds), matrix=one.matrix, deformed=one.deformed
        )
        for seeds in members.values()
        for one in (carriers[seeds[0]],)
        if one.matrix is not None
    )


def _number(value: float | str) -> float | None:
    return None if isinstance(value, str) else value
