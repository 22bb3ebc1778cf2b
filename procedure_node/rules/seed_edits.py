"""Which edits of seeds hold, and whether they are worked in."""

from procedure_node.events import SeedEdited
from procedure_node.state import ProcedureState, ScanState


def edits_of(state: ProcedureState, series_uid: str) -> tuple[SeedEdited, ...]:
    """The edits of a scan that nobody took back, in the order in which they were made."""
    return tuple(
        edit.edited
        for edit in state.seed_edits
        if edit.edited.series_uid == series_uid and edit.withdrawn_at is None
    )


def awaits_edits(state: ProcedureState, scan: ScanState) -> bool:
    """Whether the seeds that are known of a scan lack an edit, or hold one that was taken back."""
    wanted = tuple(edit.edit for edit in edits_of(state, scan.series_uid))
    return scan.seeds is not None and scan.seeds.edits != wanted
