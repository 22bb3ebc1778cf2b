"""Where the seeds of the plan lie in a scan, and how surely.

A plan in the frame of reference of the contours comes to a scan as they do: with the lesion that
each needle is nearest to.
"""

import math
from collections.abc import Sequence

from procedure_node.events import (
    LesionRegistration,
    PlannedSeedFact,
    RegistrationComputed,
    SeedPlanReceived,
)
from procedure_node.rules.registration import is_drawn_on, place_doubt
from procedure_node.rules.remembered import Remembered
from procedure_node.state import ProcedureState, ScanState


def plan_doubt(state: ProcedureState, scan: ScanState) -> str:
    """Why it is not known where the plan lies in a scan; empty where it is, or without a plan."""
    plan = state.seed_plan
    if plan is None or scan.received is None:
        return ""
    if not _lies_with_contours(state, plan):
        if plan.frame_of_reference_uid in (None, scan.received.frame_of_reference_uid):
            return ""
        return "nothing relates the plan's frame of reference to the scan's"
    if is_drawn_on(state, scan):
        return ""
    if scan.registration is None:
        return place_doubt(state, scan, "")
    carriers = {one.lesion: one for one in _nearest(plan, scan.registration)}
    doubts = [place_doubt(state, scan, one.structures[0]) for one in carriers.values()]
    return "; ".join(doubt for doubt in doubts if doubt)


def plan_carriers(state: ProcedureState, scan: ScanState) -> tuple[LesionRegistration, ...]:
    """What carries each seed of the plan to a scan; none where they lie there as planned."""
    plan, told = state.seed_plan, scan.registration
    if plan is None or told is None or not _lies_with_contours(state, plan):
        return ()
    if told.method == "SAME_FRAME" or is_drawn_on(state, scan):
        return ()
    return _nearest(plan, told)


def _lies_with_contours(state: ProcedureState, plan: SeedPlanReceived) -> bool:
    drawn = state.structures
    return drawn is not None and plan.frame_of_reference_uid == drawn.frame_of_reference_uid


def _nearest(plan: SeedPlanReceived, told: RegistrationComputed) -> tuple[LesionRegistration, ...]:
    """Of each seed, the lesion nearest to the middle of its needle: a needle stays straight."""
    return _carriers.of((plan, told), None, lambda: _found_nearest(plan.seeds, told.lesions))


_carriers: Remembered[tuple[LesionRegistration, ...]] = Remembered()


def _found_nearest(
    seeds: Sequence[PlannedSeedFact], lesions: Sequence[LesionRegistration]
) -> tuple[LesionRegistration, ...]:
    if not lesions:
        return ()
    of_needle: dict[str, list[PlannedSeedFact]] = {}
    for seed in seeds:
        of_needle.setdefault(seed.needle, []).append(seed)
    found: dict[str, LesionRegistration] = {}
    for needle, members in of_needle.items():
        middle = [sum(s.center_mm[a] for s in members) / len(members) for a in range(3)]
        found[needle] = min(lesions, key=lambda one: math.dist(one.center_mm, middle))
    return tuple(found[seed.needle] for seed in seeds)
