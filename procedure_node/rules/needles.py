"""The needles that are known by their images, scan after scan, and what they are called."""

from dataclasses import dataclass

from procedure_node.events import NeedlesFound
from procedure_node.rules.planned_seeds import plan_doubt
from procedure_node.rules.scans import taken_at
from procedure_node.state import ProcedureState, ScanState

_NAMED_FROM = 0.5
"""The plan's name is given from here on; below, a needle keeps its number."""


@dataclass(frozen=True, slots=True)
class NeedleName:
    """What a needle that is seen is called.

    Attributes:
        name: the plan's, or N with its number.
        certainty: how probable it is that it is the plan's needle of this name; None for a number.
    """

    name: str
    certainty: float | None = None


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
    """What a needle is called that is known by its images alone."""
    return f"N{needle_id}"


def needle_names(state: ProcedureState, scan: ScanState) -> tuple[NeedleName, ...]:
    """Of each needle that is seen in a scan; the plan's where it is more probably that than not.

    While it is not known where the plan lies in the scan, none has a name of it.
    """
    if scan.needles is None:
        return ()
    matched = None if plan_doubt(state, scan) else scan.plan_matched
    planned = matched.needles_seen if matched else ()
    of = {one.index: one for one in planned if one.certainty >= _NAMED_FROM}
    return tuple(
        NeedleName(of[n].needle, of[n].certainty)
        if n in of
        else NeedleName(needle_name(needle.needle_id))
        for n, needle in enumerate(scan.needles.needles)
    )


def withdrawn_since(found: NeedlesFound) -> tuple[int, ...]:
    """Needles that the scan before showed and that are gone now, by their numbers."""
    last_seen = {one.needle_id: one.last_seen for one in found.known}
    return tuple(
        one.needle_id
        for one in found.unseen
        if one.status == "WITHDRAWN" and last_seen.get(one.needle_id) == found.after_series_uid
    )


def seeds_along(found: NeedlesFound) -> dict[int, int]:
    """How many seeds were left by each needle more probably than not, by its number."""
    return {
        track.needle_id: sum(1 for chance in track.chances if chance > _NAMED_FROM)
        for track in found.tracks
    }
