"""The seeds of a plan: read from its file, and held against those of a scan."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from dosimetry_core.registration import RegistrationResult
from dosimetry_core.seed_identity import (
    NeedleLine,
    PlanMatch,
    PlannedPlace,
    ScanFinds,
    match_needles,
    match_plan,
)
from dosimetry_core.values import FoundSeed, GenerationMode, NeedleLookalike
from drivers.dicom import PlanRefused, read_implant_plan
from procedure_node.events import (
    NeedleFact,
    NeedleSeeds,
    NeedlesFound,
    PlannedNeedleSeen,
    PlannedSeedFact,
    PlannedSeedFound,
    SeedPlanMatched,
    SeedPlanReceived,
    SeedsFound,
)
from procedure_node.imaging.carried_plan import carried_seeds
from procedure_node.imaging.identity_register import fraction
from procedure_node.imaging.identity_request import NoSeedPlanError, PlanRequest


def read_seed_plan(path: str) -> tuple[SeedPlanReceived, GenerationMode]:
    """What is journalled of a plan, and its generation mode.

    Raises:
        NoSeedPlanError: it is no plan of permanent seeds, is broken, or was rejected.
    """
    try:
        plan = read_implant_plan(Path(path))
    except PlanRefused as refused:
        raise NoSeedPlanError(str(refused)) from refused
    if plan.approval == "REJECTED":
        raise NoSeedPlanError("the plan was rejected by those who made it")
    received = SeedPlanReceived(
        plan_uid=plan.sop_instance_uid,
        frame_of_reference_uid=plan.frame_of_reference_uid,
        label=plan.label,
        approval=plan.approval,
        seeds=tuple(
            PlannedSeedFact(center_mm=s.center_mm, axis=s.axis, needle=s.needle) for s in plan.seeds
        ),
        warnings=plan.warnings,
    )
    return received, plan.mode


def match_seed_plan(
    series_uid: str,
    plan: PlanRequest,
    found: SeedsFound,
    needles: NeedlesFound | None = None,
    result_of: Callable[[str], RegistrationResult | None] = lambda _: None,
) -> SeedPlanMatched:
    """Say which find of a scan is which planned seed, and which needle it came through.

    Args:
        series_uid: the scan.
        plan: the plan, and what was reported for each needle.
        found: the scan's seeds, told with the covariances of their places.
        needles: the scan's needles; None while none is known.
        result_of: the registration of a lesion, asked for where a deformation carries the plan.
    """
    seeds = carried_seeds(plan, result_of)
    match = match_plan(
        [PlannedPlace(s.center_mm, s.axis, needle=s.needle) for s in seeds],
        _finds(found),
        implanted={one.needle: one.count for one in plan.implanted} or None,
    )
    planned: dict[str, int] = {}
    for seed in seeds:
        planned[seed.needle] = planned.get(seed.needle, 0) + 1
    return SeedPlanMatched(
        series_uid=series_uid,
        plan_uid=plan.plan_uid,
        seeds=tuple(_seeds(match)),
        unplanned=tuple(index for index, _ in match.unplanned),
        needles=tuple(
            NeedleSeeds(
                needle=needle,
                planned=planned[needle],
                chances=tuple(fraction(float(one)) for one in chances),
            )
            for needle, chances in sorted(match.needle_chances.items())
        ),
        carried_by=plan.carried_by,
        needles_seen=_needles_seen(seeds, needles.needles if needles else ()),
    )


def _needles_seen(
    seeds: Sequence[PlannedSeedFact], seen: Sequence[NeedleFact]
) -> tuple[PlannedNeedleSeen, ...]:
    """Which needle of the plan is which of those that are seen and are more probably no probes."""
    lines = [
        NeedleLine(str(index), needle.tip_mm, needle.direction)
        for index, needle in enumerate(seen)
        if _chance_of_probe(needle) <= 0.5
    ]
    if not lines:
        return ()
    return tuple(
        PlannedNeedleSeen(
            needle=one.planned,
            index=None if one.seen is None else int(one.seen),
            certainty=fraction(one.certainty),
        )
        for one in match_needles(_planned_lines(seeds), lines)
    )


def _chance_of_probe(needle: NeedleFact) -> float:
    return sum(
        other.probability
        for other in needle.alternatives
        if other.kind == NeedleLookalike.CRYOPROBE.value
    )


def _planned_lines(seeds: Sequence[PlannedSeedFact]) -> list[NeedleLine]:
    """Needles of the plan as lines through their seeds; that of a lone seed along its capsule."""
    members: dict[str, list[PlannedSeedFact]] = {}
    for seed in seeds:
        if seed.needle:
            members.setdefault(seed.needle, []).append(seed)
    lines: list[NeedleLine] = []
    for needle, mine in sorted(members.items()):
        centers = np.array([seed.center_mm for seed in mine])
        arms = centers - centers.mean(axis=0)
        if np.any(np.abs(arms) > _ONE_PLACE_MM):
            x, y, z = np.linalg.svd(arms)[2][0].tolist()
            direction = (x, y, z)
        else:
            direction = mine[0].axis
        if direction is not None:
            lines.append(NeedleLine(needle, mine[0].center_mm, direction))
    return lines


_ONE_PLACE_MM = 0.5


def _finds(found: SeedsFound) -> ScanFinds:
    covariance = [seed.covariance_mm2 for seed in found.seeds]
    return ScanFinds(
        scan=found.series_uid,
        seeds=tuple(FoundSeed(s.center_mm, s.axis, s.confidence) for s in found.seeds),
        covariance_mm2=np.array(covariance, dtype=np.float64).reshape(-1, 3, 3),
    )


def _seeds(match: PlanMatch) -> list[PlannedSeedFound]:
    return [
        PlannedSeedFound(
            planned=one.planned,
            found=one.found,
            certainty=fraction(one.certainty),
            deviation_mm=one.deviation_mm,
        )
        for one in match.seeds
    ]
