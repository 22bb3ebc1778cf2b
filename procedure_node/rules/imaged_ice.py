"""The ice that counts for a target: what one scan showed of it."""

from typing import NamedTuple

from procedure_node.events import StructureIce
from procedure_node.protocol import Target
from procedure_node.rules.registration import place_doubt
from procedure_node.rules.scans import newest_received
from procedure_node.rules.targets import structure_of
from procedure_node.state import ProcedureState, ScanState


class ImagedIce(NamedTuple):
    """Imaged ice over a target.

    Attributes:
        ice: None where no scan shows it.
        scan: that shows it, or that should have.
        doubt: why there is none; empty where there is.
    """

    ice: StructureIce | None
    scan: ScanState | None
    doubt: str


def imaged_ice(state: ProcedureState, target: Target) -> ImagedIce:
    """The largest imaged ice over a target, by what it surely covers.

    Tissue that was frozen once has been treated, so the largest extent counts, not the newest.
    """
    structure = structure_of(state, target)
    if structure is None or state.structures is None:
        return ImagedIce(None, None, f"{target.key} is not drawn in any structure set")
    passed_over = ""
    best: tuple[StructureIce, ScanState] | None = None
    for scan in state.scans.values():
        if scan.ice is None:
            continue
        if scan.ice.structure_set_uid != state.structures.structure_set_uid:
            passed_over = "the structures were drawn anew after the ice was seen"
            continue
        if doubt := place_doubt(state, scan, structure.name):
            passed_over = doubt
            continue
        for ice in scan.ice.structures:
            if ice.name != structure.name or ice.minimum_margin_mm is None:
                continue
            if best is None or _surely(ice) > _surely(best[0]):
                best = (ice, scan)
    if best is not None:
        return ImagedIce(*best, "")
    newest = newest_received(state)
    if newest is None:
        return ImagedIce(None, None, "there is no scan yet")
    if "ICE" in newest.failures:
        return ImagedIce(None, newest, newest.failures["ICE"])
    return ImagedIce(None, newest, passed_over or "no scan shows the ice yet")


def _surely(ice: StructureIce) -> tuple[float, float]:
    """What ice covers, and its margin, at the low end of their bands."""
    covered = ice.covered_band.low if ice.covered_band else ice.covered_percent
    margin = ice.margin_band.low if ice.margin_band else ice.minimum_margin_mm
    return covered, -float("inf") if margin is None else margin
