"""A plan that comes with the study: which seed of it was found, and how many each needle has."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dosimetry_core.values import Modality
from procedure_node.events import (
    PlannedSeedFact,
    RegistrationComputed,
    RegistrationConfirmed,
    RegistrationRefused,
    SeedFact,
    SeedPlanReceived,
    SeedsFound,
    SeedsReported,
)
from procedure_node.imaging.carried_plan import carried_seeds
from procedure_node.imaging.identity_request import NeedleReport, NoSeedPlanError, PlanRequest
from procedure_node.imaging.seed_plan import match_seed_plan, read_seed_plan
from procedure_node.imaging.wanted_identity import identity_request
from procedure_node.protocol import Target
from procedure_node.rules import judge, needle_counts

SPREAD = ((0.1, 0.0, 0.0), (0.0, 0.1, 0.0), (0.0, 0.0, 0.5))
NEEDLES = {"A": (0.0, 0.0), "B": (12.0, 0.0), "C": (0.0, 12.0)}


def planned() -> tuple[PlannedSeedFact, ...]:
    """Three needles with four seeds each, 10 mm apart."""
    return tuple(
        PlannedSeedFact(center_mm=(x, y, 10.0 * n), axis=(0.0, 0.0, 1.0), needle=needle)
        for needle, (x, y) in NEEDLES.items()
        for n in range(4)
    )


def found(*, without: tuple[int, ...] = ()) -> SeedsFound:
    return SeedsFound(
        series_uid="1.1",
        seeds=tuple(
            SeedFact(
                center_mm=(s.center_mm[0] + 1.0, s.center_mm[1], s.center_mm[2] + 1.5),
                axis=(0.0, 0.0, 1.0),
                confidence=0.99,
                covariance_mm2=SPREAD,
                lesion="L1",
                zone="WHOLE",  # pyright: ignore[reportArgumentType] - pydantic takes the word
            )
            for n, s in enumerate(planned())
            if n not in without
        ),
    )


def received() -> SeedPlanReceived:
    return SeedPlanReceived(
        plan_uid="1.2.7",
        frame_of_reference_uid="1.2.8",
        label="PLAN",
        approval="APPROVED",
        seeds=planned(),
    )


def report(needle: str, count: int) -> SeedsReported:
    return SeedsReported.model_validate(
        {
            "lesion": "L1",
            "zone": "WHOLE",
            "count": count,
            "batch": "B1",
            "seed_model": "Amersham6711",
            "strength_u": 0.8,
            "strength_reference_date": "2026-03-01",
            "needle": needle,
        }
    )


def test_every_planned_seed_is_found_where_it_went() -> None:
    plan = PlanRequest(plan_uid="1.2.7", seeds=planned(), implanted=())
    match = match_seed_plan("1.1", plan, found(without=(5,)))
    links = {one.planned: one.found for one in match.seeds}
    assert links == {n: (n if n < 5 else n - 1) if n != 5 else None for n in range(12)}
    assert match.unplanned == ()
    deviation = match.seeds[0].deviation_mm
    assert deviation == pytest.approx((1.0, 0.0, 1.5))
    assert [(one.needle, one.planned) for one in match.needles] == [("A", 4), ("B", 4), ("C", 4)]


def test_a_needle_that_has_fewer_than_reported_is_told_with_its_lesion(story: Any) -> None:
    story.opened().drawn(L1=9.0).allocated("L1", Modality.SEEDS).tell(received())
    story.tell(*(report(needle, 4) for needle in NEEDLES)).after(minutes=1).scanned("1.1")
    procedure = story.state.procedure
    plan = identity_request(procedure, procedure.scans["1.1"]).plan
    assert plan is not None
    assert plan.implanted == tuple(NeedleReport(needle=n, count=4) for n in NEEDLES)
    seen = found(without=(5,))
    story.tell(seen, match_seed_plan("1.1", plan, seen))
    procedure = story.state.procedure
    counts = needle_counts(procedure, procedure.scans["1.1"], Target(lesion="L1"))
    assert [(c.needle, c.planned, c.reported, c.found) for c in counts] == [
        ("A", 4, 4, 4),
        ("B", 4, 4, 3),
        ("C", 4, 4, 4),
    ]
    raised = {a.alert_id: a.text for a in judge(story.state, story.now) if a.kind == "alert-raised"}
    assert "needle B: 3" in raised["seed-count-mismatch:L1"]
    assert not [key for key in raised if key.startswith("needle-count")], "one cause, one alarm"


def test_seeds_reported_for_the_wrong_needle_are_told_of_the_needles(story: Any) -> None:
    story.opened().drawn(L1=9.0).allocated("L1", Modality.SEEDS).tell(received())
    story.tell(report("A", 5), report("B", 3), report("C", 4)).after(minutes=1).scanned("1.1")
    procedure = story.state.procedure
    plan = identity_request(procedure, procedure.scans["1.1"]).plan
    assert plan is not None
    story.tell(found(), match_seed_plan("1.1", plan, found()))
    raised = {a.alert_id for a in judge(story.state, story.now) if a.kind == "alert-raised"}
    assert raised == {"needle-count-mismatch:L1 A", "needle-count-mismatch:L1 B"}


def test_a_plan_in_another_frame_of_reference_is_not_held_against_a_scan(story: Any) -> None:
    elsewhere = received().model_copy(update={"frame_of_reference_uid": "1.2.99"})
    story.opened().tell(elsewhere).scanned("1.1")
    procedure = story.state.procedure
    assert identity_request(procedure, procedure.scans["1.1"]).plan is None


def test_what_is_no_plan_of_seeds_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "plan.dcm"
    path.write_bytes(b"no DICOM at all, written at " + str(datetime.now(UTC)).encode())
    with pytest.raises(NoSeedPlanError, match="DICOM"):
        read_seed_plan(str(path))


FAR_MM = np.array([300.0, -40.0, 55.0])
QUARTER = ((0.0, -1.0, 0.0, 300.0), (1.0, 0.0, 0.0, -40.0), (0.0, 0.0, 1.0, 55.0), (0, 0, 0, 1.0))
"""A quarter turn about z, and the way from one frame of reference to another."""


def carried(verdict: str = "ACCEPTED", **lesions: tuple[float, float, float]) -> Any:
    return RegistrationComputed.model_validate(
        {
            "series_uid": "1.1",
            "planning_series_uid": "1.9",
            "structure_set_uid": "1.2.9",
            "method": "RIGID",
            "request_sha256": "b" * 64,
            "lesions": [
                {
                    "lesion": lesion,
                    "structures": (lesion,),
                    "center_mm": center,
                    "matrix": QUARTER,
                    "verdict": verdict if lesion == "L1" else "DOUBTFUL",
                    "reasons": () if verdict == "ACCEPTED" else ("few landmarks",),
                }
                for lesion, center in lesions.items()
            ],
        }
    )


def far(seeds: SeedsFound) -> SeedsFound:
    """The same seeds as a scan in the other frame of reference shows them."""
    turn = np.array(QUARTER)[:3, :3]
    moved = [
        seed.model_copy(update={"center_mm": tuple((turn @ seed.center_mm + FAR_MM).tolist())})
        for seed in seeds.seeds
    ]
    return seeds.model_copy(update={"seeds": tuple(moved)})


@pytest.fixture
def elsewhere(story: Any) -> Any:
    """A plan and contours in one frame of reference, needles reported, a scan in another."""
    story.opened().drawn(frame="9.9", L1=9.0, L2=5.0).allocated("L1", Modality.SEEDS)
    story.tell(received().model_copy(update={"frame_of_reference_uid": "9.9"}))
    return story.tell(*(report(needle, 4) for needle in NEEDLES)).after(minutes=1).scanned("1.1")


def plan_of(story: Any) -> PlanRequest | None:
    procedure = story.state.procedure
    return identity_request(procedure, procedure.scans["1.1"]).plan


def told_of_needles(story: Any) -> list[tuple[int | None, str]]:
    procedure = story.state.procedure
    counts = needle_counts(procedure, procedure.scans["1.1"], Target(lesion="L1"))
    return [(count.found, count.unknown) for count in counts]


def test_a_plan_comes_to_a_scan_with_the_contours_of_the_lesion_that_it_is_nearest_to(
    elsewhere: Any,
) -> None:
    elsewhere.tell(carried(L1=(5.0, 5.0, 15.0), L2=(90.0, 0.0, 0.0)))
    plan = plan_of(elsewhere)
    assert plan is not None
    assert plan.carried_by == "RIGID"
    assert [(one.lesion, one.seeds) for one in plan.carried] == [("L1", tuple(range(12)))]
    seeds = carried_seeds(plan, lambda _: None)
    assert seeds[7].center_mm == pytest.approx((300.0, -28.0, 85.0))
    lying = plan.model_copy(
        update={"seeds": (planned()[0].model_copy(update={"axis": (1.0, 0.0, 0.0)}),)}
    ).model_copy(update={"carried": (plan.carried[0].model_copy(update={"seeds": (0,)}),)})
    assert carried_seeds(lying, lambda _: None)[0].axis == pytest.approx((0.0, 1.0, 0.0))
    blunt = lying.model_copy(update={"seeds": (lying.seeds[0].model_copy(update={"axis": None}),)})
    assert carried_seeds(blunt, lambda _: None)[0].axis is None

    seen = far(found(without=(5,)))
    match = match_seed_plan("1.1", plan, seen)
    assert match.carried_by == "RIGID"
    assert [one.found for one in match.seeds] == [*range(5), None, *range(5, 11)]
    elsewhere.tell(seen, match)
    assert [found for found, _ in told_of_needles(elsewhere)] == [4, 3, 4]


def test_a_deformation_carries_the_plan_as_it_carries_the_contours(elsewhere: Any) -> None:
    elsewhere.tell(carried(L1=(5.0, 5.0, 15.0)))
    plan = plan_of(elsewhere)
    assert plan is not None
    bent = plan.model_copy(
        update={"carried": (plan.carried[0].model_copy(update={"deformed": True}),)}
    )

    class Stretched:
        def to_scan(self, points: np.ndarray) -> np.ndarray:
            return points * (1.0, 1.0, 1.1) + FAR_MM

    seeds = carried_seeds(bent, lambda _: Stretched())  # pyright: ignore
    assert seeds[3].center_mm == pytest.approx((300.0, -40.0, 88.0))
    assert seeds[3].axis == pytest.approx((0.0, 0.0, 1.0))


def test_a_plan_that_comes_with_doubtful_contours_waits_for_a_persons_word(elsewhere: Any) -> None:
    assert plan_of(elsewhere) is None
    assert "not here" in told_of_needles(elsewhere)[0][1]
    elsewhere.tell(carried("DOUBTFUL", L1=(5.0, 5.0, 15.0)))
    assert plan_of(elsewhere) is None
    counts = told_of_needles(elsewhere)
    assert [found for found, _ in counts] == [None] * 3
    assert counts[0][1].startswith("the plan cannot be held against the scan: where L1 lies")
    assert "few landmarks" in counts[0][1]

    elsewhere.tell(RegistrationConfirmed(series_uid="1.1", lesion="L1", reason="edges agree"))
    assert plan_of(elsewhere) is not None
    plan = plan_of(elsewhere)
    assert plan is not None
    elsewhere.tell(far(found()), match_seed_plan("1.1", plan, far(found())))
    assert [found for found, _ in told_of_needles(elsewhere)] == [4, 4, 4]

    elsewhere.tell(RegistrationRefused(series_uid="1.1", lesion="L1", reason="the liver moved"))
    assert plan_of(elsewhere) is None
    ((found_count, words), *_) = told_of_needles(elsewhere)
    assert found_count is None
    assert words.endswith("refused where the contours of L1 lie: the liver moved")
