"""The seeds of the scan that the pictures follow: what became of them, and what people edited."""

from procedure_node.display.page.model import SeedEditRow, SeedSummary
from procedure_node.events import NeedleFact
from procedure_node.rules import edits_of, needle_name, withdrawn_since
from procedure_node.state import ProcedureState, ScanState, SeedEditState

DOUBTFUL_BELOW = 0.7
"""Confidence below which a find is marked on the pictures, as the finder itself warns."""

PROBE_ABOVE = 0.5
"""Probability above which a needle that is seen is counted as a cryoprobe."""

EDITS_SHOWN = 6
"""The latest: older ones stand in the record."""


def seeds_edition(scan: ScanState) -> str:
    """Changes when what is drawn of a scan's seeds, or of their dose, has changed."""
    found, told = scan.seeds, scan.seeds_identified
    parts = (
        len(found.seeds) if found else "",
        found.edits if found else "",
        told.known_sha256 if told else "",
        scan.needles.known_sha256 if scan.needles else "",
        scan.plan_matched is not None,
        scan.view_edits,
        scan.dose is not None,
    )
    return "/".join(map(str, parts))


def edits_not_drawn(state: ProcedureState, scan: ScanState) -> str:
    """Why the dose lines of a scan are not those of its seeds now; empty where they are."""
    wanted = tuple(edit.edit for edit in edits_of(state, scan.series_uid))
    return "" if scan.view_edits == wanted else "a seed was edited, its dose is being computed"


def seed_summary(state: ProcedureState, scan: ScanState) -> SeedSummary | None:
    """How many seeds there are of each kind; None before they are known."""
    found, told = scan.seeds, scan.seeds_identified
    if found is None:
        return None
    statuses = [find.status for find in told.finds[: len(found.seeds)]] if told else []
    unseen = [one.status for one in told.unseen] if told else []
    seen = scan.needles.needles if scan.needles else ()
    gone = scan.needles.unseen if scan.needles else ()
    probes = sum(map(_is_probe, seen))
    return SeedSummary(
        count=len(found.seeds),
        compared=told is not None and told.after_series_uid is not None,
        new=statuses.count("NEW"),
        same=statuses.count("SAME"),
        migrated=statuses.count("MIGRATED"),
        not_seen=unseen.count("NOT_SEEN"),
        lost=unseen.count("LOST"),
        doubtful=sum(1 for seed in found.seeds if seed.confidence < DOUBTFUL_BELOW),
        edited=sum(1 for seed in found.seeds if seed.edit is not None),
        left_out=len(found.left_out),
        edits=tuple(_row(state, e) for e in state.seed_edits[-EDITS_SHOWN:]),
        needles=len(seen) - probes,
        probes=probes,
        withdrawn=tuple(map(needle_name, withdrawn_since(scan.needles) if scan.needles else ())),
        hidden=tuple(needle_name(one.needle_id) for one in gone if one.status == "NOT_SEEN"),
    )


def _is_probe(needle: NeedleFact) -> bool:
    chances = (o.probability for o in needle.alternatives if o.kind == "CRYOPROBE")
    return any(chance > PROBE_ABOVE for chance in chances)


def _row(state: ProcedureState, edit: SeedEditState) -> SeedEditRow:
    return SeedEditRow(
        number=edit.edited.edit,
        scan_number=list(state.scans).index(edit.edited.series_uid) + 1,
        action=edit.edited.action,
        seed=edit.edited.seed_id,
        by=edit.by,
        reason=edit.edited.reason,
        withdrawn=edit.withdrawn_at is not None,
    )
