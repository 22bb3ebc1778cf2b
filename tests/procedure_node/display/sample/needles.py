"""Needles of the sample's third scan: two in L1, one of them named by a plan, and a probe in L3."""

import math

from procedure_node.events import (
    NeedleFact,
    NeedlesFound,
    PlannedNeedleSeen,
    RegisteredNeedle,
    SeedKindChance,
    SeedPlanMatched,
    TrackSeeds,
    UnseenNeedleFact,
)
from procedure_node.state import NodeState
from tests.procedure_node.display.sample.anatomy import BALLS_MM

SCAN = "1.2.826.3"
WAY = (0.3, 0.9, 0.316)


def needles_in_place(state: NodeState) -> NodeState:
    """The state with the needles of the third scan; one of the scan before is withdrawn."""
    procedure = state.procedure
    assert procedure is not None
    scan = procedure.scans[SCAN]
    count = len(scan.seeds.seeds) if scan.seeds else 0
    shown = scan.model_copy(update={"needles": needles(count), "plan_matched": planned()})
    changed = procedure.model_copy(update={"scans": {**procedure.scans, SCAN: shown}})
    return state.model_copy(update={"procedure": changed})


def needles(seeds: int) -> NeedlesFound:
    """Along the way of the seeds, through the middles of L1 and L3."""
    (x, y, z), _ = BALLS_MM["L1"]
    (u, v, w), _ = BALLS_MM["L3_PERIPHERY"]
    probe = (SeedKindChance(kind="CRYOPROBE", probability=0.97),)
    seen = (
        _needle(1, (x - 6.0, y + 6.0, z), 0.99, ()),
        _needle(2, (x + 8.0, y + 2.0, z + 2.0), 0.99, ()),
        _needle(4, (u, v + 8.0, w), 0.03, probe),
    )
    gone = UnseenNeedleFact(
        needle_id=3, status="WITHDRAWN", certainty=0.98, presence=0.19, tip_mm=(x, y, z)
    )
    return NeedlesFound(
        series_uid=SCAN,
        after_series_uid="1.2.826.2",
        before_sha256="0" * 16,
        needles=seen,
        unseen=(gone,),
        known=(
            *(_known(one.needle_id, one.tip_mm, SCAN) for one in seen),
            _known(3, gone.tip_mm, "1.2.826.2"),
        ),
        known_sha256="1" * 16,
        tracks=(TrackSeeds(needle_id=3, chances=(0.9,) * min(4, seeds) + (0.0,) * (seeds - 4)),),
    )


def planned() -> SeedPlanMatched:
    """The plan knows the second needle, and not surely."""
    return SeedPlanMatched(
        series_uid=SCAN,
        plan_uid="1.2.7",
        seeds=(),
        unplanned=(),
        needles=(),
        needles_seen=(PlannedNeedleSeen(needle="B", index=1, certainty=0.8),),
    )


def _needle(
    number: int,
    tip: tuple[float, float, float],
    confidence: float,
    kinds: tuple[SeedKindChance, ...],
) -> NeedleFact:
    length = math.hypot(*WAY)
    direction = (-WAY[0] / length, -WAY[1] / length, -WAY[2] / length)
    x, y, z = tip
    return NeedleFact(
        needle_id=number,
        status="SAME",
        certainty=0.98,
        deeper_mm=0.0,
        tip_mm=tip,
        tail_mm=(x - 80.0 * direction[0], y - 80.0 * direction[1], z - 80.0 * direction[2]),
        direction=direction,
        length_mm=80.0,
        tip_inside=True,
        tail_inside=False,
        tip_is_sure=True,
        width_mm=1.6,
        confidence=confidence,
        alternatives=kinds,
    )


def _known(number: int, tip: tuple[float, float, float], scan: str) -> RegisteredNeedle:
    return RegisteredNeedle(
        needle_id=number,
        tip_mm=tip,
        direction=(0.0, 1.0, 0.0),
        sigma_mm=1.0,
        for_seeds=1.0,
        last_seen=scan,
    )
