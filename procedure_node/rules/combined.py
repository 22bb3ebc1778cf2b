"""What is known at this moment of seeds and ice together."""

from procedure_node.events import CombinedCoverage
from procedure_node.rules.scans import newest_received
from procedure_node.rules.seed_coverage import implanted_since
from procedure_node.rules.targets import targets_of
from procedure_node.state import ProcedureState


def combined_now(state: ProcedureState, lesion: str) -> tuple[CombinedCoverage | None, str]:
    """What covers a lesion by the newest scan; or None, and why that is not known."""
    told = state.combined.get(lesion)
    scan = newest_received(state)
    if scan is None or told is None:
        return None, "seeds and ice were not looked at together yet"
    if "DOSE" in scan.failures:
        return None, f"the dose is not known: {scan.failures['DOSE']}"
    drawn = state.structures.structure_set_uid if state.structures else ""
    if told.series_uid != scan.series_uid or told.structure_set_uid != drawn or scan.dose is None:
        return None, "the newest scan was not looked at yet"
    targets = [target for target in targets_of(state).values() if target.lesion == lesion]
    later = sum(implanted_since(state, scan, target) for target in targets)
    if later:
        return None, f"{later} seeds were implanted after the newest scan: a new scan is needed"
    return told, ""
