"""Needles that are seen: numbered for good, told when they are withdrawn, and counted along."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dosimetry_core.seed_finding import SeedFinding
from dosimetry_core.values import (
    ContouredStructure,
    FoundNeedle,
    FoundSeed,
    Modality,
    NeedleAlternative,
    NeedleLookalike,
    Volume,
    ZoneKind,
)
from procedure_node.events import (
    AlertRaised,
    NeedlesFound,
    PlannedSeedFact,
    SeedPlanReceived,
    SeedsReported,
)
from procedure_node.imaging import (
    AnalysisRequest,
    TargetStructure,
    wanted_analysis,
    with_kept_numbers,
)
from procedure_node.imaging.needles import needles_of_scan
from procedure_node.imaging.scan_seeds import seeds_of_scan
from procedure_node.imaging.seed_plan import match_seed_plan
from procedure_node.imaging.wanted import overlooked_analyses
from procedure_node.protocol import Target
from procedure_node.record.forms.seed_identity import seed_count_rows
from procedure_node.rules import judge, needle_counts
from procedure_node.state import NodeState, ProcedureState, replay

SPACING_MM = (2.5, 2.0, 2.0)
VIEWS = Path("views")
Place = tuple[float, float, float]
WAY = (0.0, 0.8, 0.6)
TIPS: tuple[Place, ...] = ((-12.0, 0.0, 6.0), (0.0, 2.0, 0.0), (12.0, 0.0, -6.0))
Look = tuple[Sequence[FoundNeedle], Sequence[Place]]


def needle(tip: Place, **kinds: float) -> FoundNeedle:
    x, y, z = tip
    others = tuple(NeedleAlternative(NeedleLookalike(kind), p) for kind, p in kinds.items())
    tail = (x, y - 64.0, z - 48.0)
    sure = 1.0 - sum(kinds.values())
    return FoundNeedle(tip, tail, WAY, 80.0, True, False, True, 1.6, sure, others)


def along(tip: Place, count: int) -> list[Place]:
    """Seeds that were left while a needle was drawn back."""
    return [
        (tip[0] + 0.5, tip[1] - 6.0 * n * WAY[1], tip[2] - 6.0 * n * WAY[2]) for n in range(count)
    ]


def box(name: str, half_mm: float) -> ContouredStructure:
    """About the origin, drawn every 2.5 mm."""
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    planes = np.arange(-half_mm, half_mm + 0.1, 2.5)
    return ContouredStructure(
        name, tuple(np.array([(half_mm * x, half_mm * y, z) for x, y in corners]) for z in planes)
    )


class Suite:
    """A procedure whose scans show the needles and seeds that a test says."""

    def __init__(self, story: Any) -> None:
        self.story = story
        self.shown: dict[str, Look] = {}
        self.asked: dict[str, AnalysisRequest] = {}
        self.structures = {"L1": box("L1", 40.0)}
        self.volume = Volume(np.zeros((41, 128, 128), np.int16), np.diag([2.0, 2.0, 2.5, 1.0]))
        self.volume.affine[:3, 3] = [-127.0, -127.0, -50.0]
        story.opened().drawn(L1=512.0).allocated("L1", Modality.SEEDS)

    @property
    def state(self) -> ProcedureState:
        state: ProcedureState = self.story.state.procedure
        return state

    def scanned(
        self,
        uid: str,
        needles: Sequence[FoundNeedle],
        seeds: Sequence[Place] = (),
        acquired_at: datetime | None = None,
    ) -> "Suite":
        self.story.after(minutes=5).scanned(uid, acquired_at)
        self.shown[uid] = (needles, seeds)
        done: dict[str, AnalysisRequest] = {}
        for _ in range(20):
            newest = wanted_analysis(self.state, {}, VIEWS)
            wanted = (newest, *overlooked_analyses(self.state, {}, VIEWS))
            due = [r for r in wanted if r and done.get(r.series_uid) != r]
            if not due:
                return self
            self.analysed(due[0])
            done[due[0].series_uid] = due[0]
        raise AssertionError("the analyses never come to an end")

    def analysed(self, request: AnalysisRequest) -> None:
        self.asked[request.series_uid] = request
        needles, places = self.shown[request.series_uid]
        found = SeedFinding(
            tuple(FoundSeed(p, WAY, 0.999) for p in places), (), needles=tuple(needles)
        )
        targets = (TargetStructure(target=Target(lesion="L1"), structure="L1", seeded=True),)
        asked = request.model_copy(update={"targets": targets})
        seeds = seeds_of_scan(asked, found, SPACING_MM, self.structures)
        seen = needles_of_scan(asked, found, self.volume, seeds)
        payloads = [p for p in (seeds.found, seeds.identified, seen) if p is not None]
        self.story.tell(*with_kept_numbers(self.state, payloads), by="system")
        if asked.identity.plan is not None:
            told = self.needles(request.series_uid)
            matched = match_seed_plan(request.series_uid, asked.identity.plan, seeds.found, told)
            self.story.tell(matched, by="system")

    def reported(self, needle: str, count: int) -> "Suite":
        self.story.tell(
            SeedsReported(
                lesion="L1",
                zone=ZoneKind.WHOLE,
                count=count,
                batch="B1",
                seed_model="Amersham6711",
                strength_u=0.8,
                strength_reference_date=self.story.now.date(),
                needle=needle,
            )
        )
        return self

    def needles(self, uid: str) -> NeedlesFound:
        found = self.state.scans[uid].needles
        assert found is not None
        return found

    def number_at(self, uid: str, tip: Place) -> int:
        told = self.needles(uid).needles
        return min(
            told, key=lambda one: float(np.linalg.norm(np.subtract(one.tip_mm, tip)))
        ).needle_id

    def counts(self, uid: str) -> dict[str, tuple[int | None, int]]:
        counts = needle_counts(self.state, self.state.scans[uid], Target(lesion="L1"))
        return {one.needle: (one.found, one.reported) for one in counts}

    def alerts(self) -> dict[str, str]:
        raised = judge(self.story.state, self.story.now)
        return {a.alert_id: a.text for a in raised if isinstance(a, AlertRaised)}


@pytest.fixture
def suite(story: Any) -> Suite:
    return Suite(story)


def test_needles_keep_their_numbers_and_a_withdrawn_one_is_told(suite: Suite) -> None:
    moved = [(x + 2.0, y, z) for x, y, z in TIPS]
    suite.scanned("1.1", [needle(tip) for tip in TIPS])
    suite.scanned("1.2", [needle(moved[2]), needle(moved[0])])
    assert [one.needle_id for one in suite.needles("1.1").needles] == [1, 2, 3]
    assert [(one.needle_id, one.status) for one in suite.needles("1.2").needles] == [
        (3, "SAME"),
        (1, "SAME"),
    ]
    (gone,) = suite.needles("1.2").unseen
    assert (gone.needle_id, gone.status) == (2, "WITHDRAWN")
    suite.scanned("1.3", [needle((40.0, 30.0, 0.0))])
    assert suite.needles("1.3").needles[0].needle_id == 4, "no number is given twice"


def test_a_scan_that_is_analysed_again_gives_the_same_numbers(suite: Suite) -> None:
    suite.scanned("1.1", [needle(TIPS[0])]).scanned("1.2", [needle(TIPS[0]), needle(TIPS[1])])
    before = suite.needles("1.2")
    request = suite.asked["1.2"]
    suite.analysed(request)
    assert suite.needles("1.2") == before
    assert suite.state.needle_ids_given == 2


def test_a_scan_that_was_taken_earlier_is_put_in_its_place(suite: Suite) -> None:
    """The second scan arrives first; once the first is there, its needles are compared anew."""
    suite.scanned("1.2", [needle(tip) for tip in TIPS])
    before = suite.story.now - timedelta(minutes=3)
    suite.scanned("1.1", [needle(TIPS[0])], acquired_at=before)
    assert suite.needles("1.2").after_series_uid == "1.1"
    assert suite.number_at("1.2", TIPS[0]) == suite.number_at("1.1", TIPS[0])


def test_seeds_left_by_a_needle_count_to_it_after_it_was_withdrawn(suite: Suite) -> None:
    suite.scanned("1.1", [needle(tip) for tip in TIPS])
    suite.reported("N1", 4).reported("N3", 3)
    seeds = [*along(TIPS[0], 4), *along(TIPS[2], 3)]
    suite.scanned("1.2", [needle(TIPS[1])], seeds)
    assert suite.counts("1.2") == {"N1": (4, 4), "N3": (3, 3)}
    assert suite.alerts() == {}


def test_a_count_that_does_not_fit_is_told_of_its_needle(suite: Suite) -> None:
    suite.scanned("1.1", [needle(tip) for tip in TIPS])
    suite.reported("N1", 3).reported("N3", 4)
    suite.scanned("1.2", [needle(TIPS[1])], [*along(TIPS[0], 4), *along(TIPS[2], 3)])
    alerts = suite.alerts()
    assert set(alerts) == {"needle-count-mismatch:L1 N1", "needle-count-mismatch:L1 N3"}
    assert "needle N1: 4 found, 3 reported" in alerts["needle-count-mismatch:L1 N1"]


def test_which_of_two_needles_side_by_side_left_a_seed_is_uncertain(suite: Suite) -> None:
    """Seeds half-way between two tracks: neither count is sure, so that none is called wrong."""
    beside = (TIPS[0][0] + 4.0, TIPS[0][1], TIPS[0][2])
    between = (TIPS[0][0] + 1.5, TIPS[0][1], TIPS[0][2])
    suite.scanned("1.1", [needle(TIPS[0]), needle(beside)])
    suite.reported("N1", 2).reported("N2", 1)
    suite.scanned("1.2", [], along(between, 3))
    first, second = needle_counts(suite.state, suite.state.scans["1.2"], Target(lesion="L1"))
    assert first.by_images
    assert first.low < first.high
    assert first.agrees
    assert second.agrees
    assert suite.alerts() == {}


def test_a_name_of_the_plan_is_never_that_of_another_needle_that_is_seen(suite: Suite) -> None:
    """The plan calls N1 what is elsewhere; it is held against no scan of this frame."""
    suite.story.tell(
        SeedPlanReceived(
            plan_uid="1.2.7",
            frame_of_reference_uid="1.2.99",
            label="PLAN",
            approval="APPROVED",
            seeds=(PlannedSeedFact(center_mm=(90.0, 0.0, 0.0), axis=WAY, needle="N1"),),
        )
    )
    suite.scanned("1.1", [needle(TIPS[0])])
    suite.reported("N1", 1)
    suite.scanned("1.2", [], along(TIPS[0], 4))
    assert suite.counts("1.2") == {"N1": (None, 1)}


def test_a_name_that_nothing_has_stays_unknown_with_its_reason(suite: Suite) -> None:
    suite.scanned("1.1", [needle(TIPS[0])])
    suite.reported("left upper", 4)
    suite.scanned("1.2", [], along(TIPS[0], 4))
    (count,) = needle_counts(suite.state, suite.state.scans["1.2"], Target(lesion="L1"))
    assert count.found is None
    assert "no needle that was seen has this name" in count.in_words()
    assert count.agrees
    rows = [row for each in seed_count_rows(suite.state) for row in each.values()]
    found = next(row.values["sc_found"] for row in rows if row.values["sc_needle"] == "left upper")
    assert "no needle that was seen has this name" in str(found)


def test_no_seed_counts_to_a_probe(suite: Suite) -> None:
    suite.scanned("1.1", [needle(TIPS[0], CRYOPROBE=0.95)])
    suite.reported("N1", 3)
    suite.scanned("1.2", [], along(TIPS[0], 3))
    assert suite.counts("1.2") == {"N1": (0, 3)}


def test_what_is_more_probably_a_row_of_seeds_is_no_needle(suite: Suite) -> None:
    suite.scanned("1.1", [needle(TIPS[0], SEEDS=0.6)])
    assert suite.state.scans["1.1"].needles is None


def test_the_plan_names_the_needles_that_are_seen(suite: Suite) -> None:
    plan = SeedPlanReceived(
        plan_uid="1.2.7",
        frame_of_reference_uid="1.2.8",
        label="PLAN",
        approval="APPROVED",
        seeds=tuple(
            PlannedSeedFact(center_mm=place, axis=WAY, needle=name)
            for name, tip in zip(("left", "middle", "right"), TIPS, strict=True)
            for place in along(tip, 4)
        ),
    )
    suite.story.tell(plan)
    suite.reported("left", 4)
    deeper = [(x + 1.0, y + 4.0 * WAY[1], z + 4.0 * WAY[2]) for x, y, z in TIPS]
    suite.scanned("1.1", [needle(deeper[2]), needle(deeper[1])], along(TIPS[0], 4))
    matched = suite.state.scans["1.1"].plan_matched
    assert matched is not None
    assert {one.needle: one.index for one in matched.needles_seen} == {
        "left": None,
        "middle": 1,
        "right": 0,
    }
    assert all(one.certainty > 0.5 for one in matched.needles_seen)
    assert suite.counts("1.1") == {"left": (4, 4)}


def test_a_journal_gives_the_same_state_again(suite: Suite) -> None:
    suite.scanned("1.1", [needle(tip) for tip in TIPS])
    suite.scanned("1.2", [needle(TIPS[1])], along(TIPS[0], 4))
    again: NodeState = replay(suite.story.events)
    assert again.procedure == suite.state
