"""Alert conditions of imaged ice: short over a target, near an organ, too much of it.

A condition that hangs on a measured length is raised at its limit and cleared a little beyond it;
in between, and while nothing is known, it stays as it was. No text counts time, so that none is
told anew with every second.
"""

from collections.abc import Iterator
from datetime import datetime

from dosimetry_core.values import Modality
from procedure_node.cycles import CycleClock, clock_of, schedule_of
from procedure_node.events import Band, IceFound, OrganIce
from procedure_node.protocol import Target
from procedure_node.rules.conditions import Finding, Undecided, alert_id, present
from procedure_node.rules.freeze import cycles_of_lesion
from procedure_node.rules.frozen_total import frozen_now
from procedure_node.rules.imaged_ice import imaged_ice
from procedure_node.rules.registration import place_doubt
from procedure_node.rules.scans import newest_received
from procedure_node.rules.targets import targets_of
from procedure_node.state import ProcedureState

CLEARED_BEYOND_MM = 0.5
"""Less than a scan tells apart: a length that only wavers about its limit changes no alert."""


def ice_findings(state: ProcedureState, now: datetime) -> Iterator[Finding]:
    """What is wrong with the ice that scans show."""
    yield from _short_margins(state, now)
    yield from _near_organs(state)
    yield from _too_much(state)
    yield from _too_much_in_all(state)


def freeze_is_ending(clock: CycleClock, within_s: float) -> bool | None:
    """Whether a freeze is about to end: None where nothing changes that it was, or was not.

    A freeze that was broken off, or is over, or is not known to run, leaves it as it was; one that
    has begun anew, with time enough left, is not ending.
    """
    if clock.step == "BEFORE":
        return False
    if clock.step != "FREEZE" or clock.remaining_s is None:
        return None
    return clock.remaining_s <= within_s


def _short_margins(state: ProcedureState, now: datetime) -> Iterator[Finding]:
    rules = state.protocol.cryo
    wanted_mm, minutes = rules.ice_margin_minimum_mm, rules.ice_margin_alert_minutes
    if isinstance(wanted_mm, str) or isinstance(minutes, str):
        return
    schedule = schedule_of(rules)
    for key, target in targets_of(state).items():
        if state.allocations.get(key) is not Modality.CRYO:
            continue
        clock = clock_of(cycles_of_lesion(state, target.lesion), schedule, now)
        yield from _short_margin(
            state, key, target, wanted_mm, freeze_is_ending(clock, 60.0 * minutes)
        )


def _short_margin(
    state: ProcedureState, key: str, target: Target, wanted_mm: float, ending: bool | None
) -> Iterator[Finding]:
    seen = imaged_ice(state, target)
    margin_mm = seen.ice.minimum_margin_mm if seen.ice else None
    if margin_mm is None or seen.ice is None:
        yield Undecided(alert_id("ice-margin-short", key))
    elif margin_mm >= wanted_mm + CLEARED_BEYOND_MM or ending is False:
        return
    elif ending is None or margin_mm >= wanted_mm:
        yield Undecided(alert_id("ice-margin-short", key))
    else:
        yield present(
            "ice-margin-short",
            key,
            text=(
                f"{key}: the freeze is about to end, and the ice reaches only {margin_mm:.1f} mm"
                f"{_words(seen.ice.margin_band)} beyond it, {wanted_mm:g} mm are wanted"
            ),
        )


def _near_organs(state: ProcedureState) -> Iterator[Finding]:
    scan = newest_received(state)
    found = scan.ice if scan else None
    near = {organ.name: organ for organ in found.organs} if found else {}
    for organ in state.protocol.organs:
        limit_mm = organ.ice_distance_minimum_mm
        if not isinstance(limit_mm, float):
            continue
        ice = near.get(organ.name)
        doubtful = scan is None or bool(place_doubt(state, scan, organ.name))
        if ice is None or doubtful or _is_of_other_contours(state, found):
            yield Undecided(alert_id("ice-near-organ", organ.name))
        else:
            yield from _near_organ(ice, limit_mm)


def _near_organ(ice: OrganIce, limit_mm: float) -> Iterator[Finding]:
    if ice.approach_mm is None or ice.approach_mm >= limit_mm + CLEARED_BEYOND_MM:
        return
    if ice.approach_mm >= limit_mm:
        yield Undecided(alert_id("ice-near-organ", ice.name))
        return
    into = ice.approach_mm < 0.0
    reach = (
        f"the ice reaches into it, {ice.spill_cc:.1f} cc of it are frozen"
        if into
        else f"the ice comes to {ice.approach_mm:.1f} mm{_words(ice.approach_band)} of it"
    )
    yield present(
        "ice-near-organ",
        ice.name,
        text=f"{ice.name}: {reach}, {limit_mm:g} mm are to be left",
        priority="HIGH" if into else None,
    )


def _is_of_other_contours(state: ProcedureState, found: IceFound | None) -> bool:
    drawn = state.structures
    return found is None or drawn is None or found.structure_set_uid != drawn.structure_set_uid


def _too_much(state: ProcedureState) -> Iterator[Finding]:
    """More frozen at one time, in any scan, than may be: what was frozen stays so for this."""
    limit_cc = state.protocol.cryo.ice_volume_maximum_cc
    volumes = [scan.ice.volume_cc for scan in state.scans.values() if scan.ice is not None]
    if isinstance(limit_cc, str):
        return
    if not volumes:
        yield Undecided(alert_id("frozen-volume-large", "ice"))
    elif max(volumes) > limit_cc:
        yield present(
            "frozen-volume-large",
            "ice",
            text=f"{max(volumes):.0f} cc are frozen at one time, {limit_cc:g} cc are the limit",
        )


def _too_much_in_all(state: ProcedureState) -> Iterator[Finding]:
    """More frozen in all scans together than may be; where that is unknown, a single scan tells."""
    limit_cc = state.protocol.cryo.ice_volume_total_maximum_cc
    now = frozen_now(state)
    if isinstance(limit_cc, str) or now is None:
        return
    least_cc = now.at_least_cc or 0.0
    if now.volume_cc is not None and now.volume_cc > limit_cc:
        told = f"{now.volume_cc:.0f} cc{_words(now.band, 0)} were frozen over the procedure"
    elif now.volume_cc is None and least_cc > limit_cc:
        told = f"At least {least_cc:.0f} cc were frozen over the procedure"
    else:
        if now.volume_cc is None:
            yield Undecided(alert_id("frozen-total-large", "ice"))
        return
    yield present("frozen-total-large", "ice", text=f"{told}, {limit_cc:g} cc are the limit")


def _words(band: Band | None, decimals: int = 1) -> str:
    return f" ({band.low:.{decimals}f} to {band.high:.{decimals}f})" if band else ""
