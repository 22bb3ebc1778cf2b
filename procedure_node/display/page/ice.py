"""Imaged ice: the margin over each frozen target, and how near it comes to organs."""

from datetime import datetime

from dosimetry_core.values import Evidence, Modality
from procedure_node.display.page.model import IceSurface, LimitRow, LimitStatus
from procedure_node.display.page.scans import outdated, scan_numbers
from procedure_node.events import CoverageAssessed, OrganIce
from procedure_node.protocol import OrganConstraint, Target
from procedure_node.rules import imaged_ice, newest_received
from procedure_node.state import ProcedureState, ScanState


def ice_surface(
    state: ProcedureState, target: Target, coverage: CoverageAssessed | None
) -> IceSurface | None:
    """How a target's surface lies in the ice, while the coverage holds that margin for known."""
    facts = coverage.facts if coverage else ()
    known = any(f.quantity == "ice margin" and f.actual is not None for f in facts)
    ice, scan, _ = imaged_ice(state, target)
    if not known or ice is None or scan is None or scan.ice is None:
        return None
    if ice.minimum_margin_mm is None or ice.margin_percent is None:
        return None
    under, short, enough = ice.margin_percent
    return IceSurface(
        margin_mm=ice.minimum_margin_mm,
        low_mm=ice.margin_band.low if ice.margin_band else None,
        high_mm=ice.margin_band.high if ice.margin_band else None,
        place_mm=ice.margin_place_mm,
        under_percent=under,
        short_percent=short,
        enough_percent=enough,
        unfrozen_cc=ice.unfrozen_cc or 0.0,
        frozen_cc=scan.ice.volume_cc,
        without_baseline=scan.ice.baseline_use == "NONE",
        scan_number=scan_numbers(state)[scan.series_uid],
    )


def ice_rows(state: ProcedureState, organ: OrganConstraint, now: datetime) -> list[LimitRow]:
    """How near the ice of the newest scan comes to an organ; none while nothing is to be frozen."""
    limit = organ.ice_distance_minimum_mm
    if limit is None or Modality.CRYO not in state.allocations.values():
        return []
    scan = newest_received(state)
    near, reason = _near(state, scan, organ.name, now)
    actual = near.approach_mm if near else None
    status: LimitStatus = "UNKNOWN"
    if isinstance(limit, str):
        status, reason = "UNSET", "the protocol leaves the limit unset"
    elif actual is not None:
        status, reason = ("OVER" if actual < limit else "WITHIN"), ""
    return [
        LimitRow(
            quantity="ice",
            unit="mm",
            limit=None if isinstance(limit, str) else limit,
            actual=actual,
            high=None,
            low=near.approach_band.low if near and near.approach_band else None,
            status=status,
            evidence=Evidence.IMAGED,
            reason=reason,
        )
    ]


def _near(
    state: ProcedureState, scan: ScanState | None, organ: str, now: datetime
) -> tuple[OrganIce | None, str]:
    """The ice of a scan near an organ, or why it is not known."""
    if scan is None:
        return None, "there is no scan yet"
    if scan.ice is None:
        return None, scan.failures.get("ICE", "the newest scan was not searched for ice")
    if doubt := outdated(state, scan, now):
        return None, f"the newest scan: {doubt}"
    drawn = state.structures
    if drawn is None or scan.ice.structure_set_uid != drawn.structure_set_uid:
        return None, "the structures were drawn anew after the ice was seen"
    near = next((one for one in scan.ice.organs if one.name == organ), None)
    if near is None or near.approach_mm is None:
        return None, f"how near the ice is to {organ} could not be told"
    return near, ""
