"""Which scan counts, and why it may be in doubt."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from procedure_node.protocol import UNSET
from procedure_node.state import ProcedureState, ScanState


def newest_received(state: ProcedureState) -> ScanState | None:
    """The newest scan that could be used; None before the first.

    Scans that lay in the archive before the procedure was opened may arrive in any order, so the
    time of acquisition counts, where it is known.
    """
    received = [s for s in state.scans.values() if s.received_at is not None]
    return max(received, key=taken_at, default=None)


def is_being_analysed(scan: ScanState) -> bool:
    """Whether the seeds and dose of a received scan are neither there nor failed."""
    failed = {"READ", "STRUCTURES", "SEEDS", "DOSE"} & scan.failures.keys()
    return not failed and (scan.seeds is None or scan.dose is None)


def taken_at(scan: ScanState) -> datetime:
    """When a received scan was acquired, as far as that is known."""
    assert scan.received_at is not None
    acquired = scan.received.acquired_at if scan.received else None
    return acquired or scan.received_at


def on_same_frame(state: ProcedureState, scan: ScanState) -> bool:
    """Whether the structures lie on a scan's frame of reference, or there is nothing to compare."""
    if state.structures is None or scan.received is None:
        return True
    return state.structures.frame_of_reference_uid == scan.received.frame_of_reference_uid


def scan_doubts(state: ProcedureState, scan: ScanState, now: datetime) -> Iterator[str]:
    """Why a scan by itself can no longer be relied on: it is too old.

    Its age counts from when it was taken, by the scanner's clock, and at the latest from when it
    came.
    """
    if scan.received_at is None:
        return
    limit = state.protocol.freshness.scan_minutes
    age = now - min(taken_at(scan), scan.received_at)
    if limit == UNSET:
        yield "the protocol leaves freshness.scan_minutes unset"
    elif state.closed_at is None and age > timedelta(minutes=limit):
        yield f"the newest scan is older than {limit:g} min"
