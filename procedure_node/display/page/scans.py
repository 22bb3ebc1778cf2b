"""The scans of a procedure, and the one that the pictures follow."""

import hashlib
from datetime import datetime

from dosimetry_core.values import CyclePhase
from procedure_node.display.page.model import Focus, ScanRow, ScanStatus
from procedure_node.display.page.seeds import edits_not_drawn, seed_summary, seeds_edition
from procedure_node.protocol import UNSET
from procedure_node.rules import newest_received, parse_target, structure_of, targets_of
from procedure_node.state import ProcedureState, ScanState

TOKEN_LENGTH = 16


def scan_token(series_uid: str) -> str:
    """The name of a scan in the display's addresses: says nothing about who it is of."""
    return hashlib.sha256(series_uid.encode()).hexdigest()[:TOKEN_LENGTH]


def scan_of_token(state: ProcedureState, token: str) -> ScanState | None:
    """The scan that a token names; None if this procedure has no such scan."""
    return next((s for uid, s in state.scans.items() if scan_token(uid) == token), None)


def scan_numbers(state: ProcedureState) -> dict[str, int]:
    """1, 2, 3... by series UID, in the order in which the scans were discovered."""
    return {uid: number for number, uid in enumerate(state.scans, start=1)}


def scan_time(scan: ScanState) -> datetime:
    """When the scan was acquired, as far as that is known."""
    acquired = scan.received.acquired_at if scan.received else None
    return acquired or scan.received_at or scan.discovered_at


def seconds_since(then: datetime, now: datetime) -> int:
    """Whole seconds from then to now, never negative."""
    return max(0, int((now - then).total_seconds()))


def scan_rows(state: ProcedureState, now: datetime) -> tuple[ScanRow, ...]:
    """All scans, in the order in which they were discovered."""
    return tuple(
        ScanRow(
            token=scan_token(uid),
            number=number,
            description=state.scans[uid].description,
            status=_status(state.scans[uid]),
            at=scan_time(state.scans[uid]),
            age_s=seconds_since(scan_time(state.scans[uid]), now),
            seeds_found=_seed_count(state.scans[uid]),
            has_picture=state.scans[uid].view_directory is not None,
            reasons=(*state.scans[uid].refused, *state.scans[uid].failures.values()),
        )
        for uid, number in scan_numbers(state).items()
    )


def _seed_count(scan: ScanState) -> int | None:
    return None if scan.seeds is None else len(scan.seeds.seeds)


def _status(scan: ScanState) -> ScanStatus:
    if scan.status != "RECEIVED":
        return scan.status
    if scan.failures:
        return "FAILED"
    return "ANALYSED" if scan.view_directory is not None else "ANALYSING"


def outdated(state: ProcedureState, scan: ScanState, now: datetime) -> str:
    """Why what a scan shows may no longer be true; empty while nothing speaks against it.

    Its age counts from when it was taken, and at the latest from when it came, as for coverage.
    """
    if state.closed_at is not None:
        return ""
    newest = newest_received(state)
    if newest is not None and newest.series_uid != scan.series_uid:
        return f"scan {scan_numbers(state)[newest.series_uid]} is newer"
    limit = state.protocol.freshness.scan_minutes
    if limit == UNSET:
        return "the protocol leaves freshness.scan_minutes unset"
    if scan.received_at is not None:
        taken_at = min(scan_time(scan), scan.received_at)
        if (now - taken_at).total_seconds() > limit * 60:
            return f"older than {limit:g} min"
    return ""


def focus(state: ProcedureState, now: datetime) -> Focus | None:
    """The newest scan with pictures and where to look in it; None before the first."""
    pictured = [s for s in state.scans.values() if s.view_directory is not None]
    if not pictured:
        return None
    scan = max(pictured, key=scan_time)
    key = _active_target(state)
    structure = structure_of(state, parse_target(key)) if key else None
    drawn = state.structures.structures if state.structures else ()
    return Focus(
        token=scan_token(scan.series_uid),
        scan_number=scan_numbers(state)[scan.series_uid],
        target=key,
        structure=structure.name if structure else None,
        point_mm=_seeds_middle(scan, key),
        targets=tuple(s.name for s in drawn if s.role == "TARGET"),
        outdated=outdated(state, scan, now) or edits_not_drawn(state, scan),
        edition=seeds_edition(scan),
        seeds=seed_summary(state, scan),
    )


def _active_target(state: ProcedureState) -> str | None:
    """The target that was last worked on; before that the first one that is not finished."""
    keys = {(t.lesion, t.zone): key for key, t in targets_of(state).items()}
    acts = [(report.at, report.lesion, report.zone) for report in state.seed_reports]
    acts.extend(
        (probe.cycles.phase_since, probe.lesion, probe.zone)
        for probe in state.probes.values()
        if probe.lesion is not None and probe.zone is not None and probe.cycles.phase_since
        if probe.cycles.phase not in (CyclePhase.IDLE, CyclePhase.UNKNOWN)
    )
    worked_on = [(at, keys[lesion, zone]) for at, lesion, zone in acts if (lesion, zone) in keys]
    if worked_on:
        return max(worked_on)[1]
    return next((key for key in keys.values() if key not in state.finished), None)


def _seeds_middle(scan: ScanState, key: str | None) -> tuple[float, float, float] | None:
    seeds = scan.seeds.seeds if scan.seeds else ()
    if key is not None:
        target = parse_target(key)
        near = [s for s in seeds if (s.lesion, s.zone) == (target.lesion, target.zone)]
        seeds = near or seeds
    if not seeds:
        return None
    x, y, z = (sum(axis) / len(seeds) for axis in zip(*(s.center_mm for s in seeds), strict=True))
    return x, y, z
