"""A plan that comes with the study: which seed of it was found, and how many each needle has."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dosimetry_core.values import Modality
from procedure_node.events import (
    PlannedSeedFact,
    SeedFact,
    SeedPlanReceived,
    SeedsFound,
    SeedsReported,
)
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
