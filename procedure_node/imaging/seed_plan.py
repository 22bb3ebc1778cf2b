"""The seeds of a plan: read from its file, and held against those of a scan."""

from pathlib import Path

import numpy as np

from dosimetry_core.seed_identity import PlanMatch, PlannedPlace, ScanFinds, match_plan
from dosimetry_core.values import FoundSeed, GenerationMode
from drivers.dicom import PlanRefused, read_implant_plan
from procedure_node.events import (
    NeedleSeeds,
    PlannedSeedFact,
    PlannedSeedFound,
    SeedPlanMatched,
    SeedPlanReceived,
    SeedsFound,
)
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


def match_seed_plan(series_uid: str, plan: PlanRequest, found: SeedsFound) -> SeedPlanMatched:
    """Say which find of a scan is which planned seed, and which needle it came through.

    Args:
        series_uid: the scan.
        plan: the plan, and what was reported for each needle.
        found: the scan's seeds, told with the covariances of their places.
    """
    match = match_plan(
        [PlannedPlace(s.center_mm, s.axis, needle=s.needle) for s in plan.seeds],
        _finds(found),
        implanted={one.needle: one.count for one in plan.implanted} or None,
    )
    planned: dict[str, int] = {}
    for seed in plan.seeds:
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
    )


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
