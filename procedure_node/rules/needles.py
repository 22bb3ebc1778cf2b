"""The needles that are known by their images, scan after scan."""

from procedure_node.events import NeedlesFound
from procedure_node.rules.scans import taken_at
from procedure_node.state import ProcedureState, ScanState


def needles_before(state: ProcedureState, scan: ScanState) -> NeedlesFound | None:
    """The needles that a scan's are compared with; None for the first with needles."""
    if scan.received_at is None:
        return None
    earlier = [
        s
        for s in state.scans.values()
        if s.needles is not None
        and s.received_at is not None
        and s.series_uid != scan.series_uid
        and taken_at(s) < taken_at(scan)
    ]
    return max(earlier, key=taken_at).needles if earlier else None


def needle_name(needle_id: int) -> str:
    """What a needle is called that is known by its images."""
    return f"N{needle_id}"
