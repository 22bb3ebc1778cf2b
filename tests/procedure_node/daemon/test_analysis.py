"""The newest scan is analysed whenever what it depends on has changed."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from dosimetry_core.tg43 import SeedModel
from dosimetry_core.values import Modality
from procedure_node.core import Core
from procedure_node.daemon.analysis import ScanAnalysis
from procedure_node.events import (
    LesionRegistration,
    ProcedureClosed,
    RegistrationComputed,
    RegistrationRefused,
    ScanDiscovered,
    SeedEdited,
)
from procedure_node.seed_edits import EditAction
from procedure_node.state import NodeState
from tests.procedure_node.daemon.analysis_suite import FakeWorker, Suite

IDENTITY = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))


@pytest.fixture
async def suite(core: Core, tmp_path: Path, story: Any) -> AsyncIterator[Suite]:
    worker = FakeWorker()
    models: dict[str, SeedModel] = {}
    part = ScanAnalysis(core, worker, models, tmp_path / "views")  # pyright: ignore
    analysing = asyncio.create_task(part.run())
    yield Suite(core, worker, story.opened().drawn(L1=10.0, L2=5.0), tmp_path / "journal.sqlite")
    analysing.cancel()
    await asyncio.wait({analysing})


STEPS = ["seeds-found", "dose-computed", "dose-bands-computed", "view-stored"]


async def test_a_scan_is_analysed_once_when_it_is_there(suite: Suite) -> None:
    suite.story.scanned("1.1")
    await suite.tell()
    await suite.pictured("1.1")
    suite.story.read("OFF", [20.0, 20.0])
    await suite.tell()
    assert [r.series_uid for r in suite.worker.requests] == ["1.1"]
    assert suite.results() == STEPS


@pytest.mark.parametrize(
    "change",
    [
        lambda story: story.allocated("L1", Modality.SEEDS),
        lambda story: story.drawn(L1=10.0, L3=5.0),
        lambda story: story.scanned("1.1").after(minutes=1).scanned("1.2"),
    ],
    ids=["an allocation", "a structure set", "a newer scan"],
)
async def test_what_changes_its_meaning_has_it_analysed_again(
    suite: Suite, change: Callable[[Any], Any]
) -> None:
    suite.story.scanned("1.1")
    await suite.tell()
    await suite.pictured("1.1")
    change(suite.story)
    await suite.tell()
    await suite.asked(2)


async def test_what_happens_during_an_analysis_is_taken_in_by_the_next(suite: Suite) -> None:
    suite.worker.free.clear()
    suite.story.scanned("1.1")
    await suite.tell()
    await suite.asked(1)
    suite.story.allocated("L1", Modality.SEEDS).after(minutes=1).scanned("1.2")
    suite.story.allocated("L2", Modality.CRYO)
    await suite.tell()
    suite.worker.free.set()
    await suite.pictured("1.2")
    assert [r.series_uid for r in suite.worker.requests] == ["1.1", "1.2"]
    assert len(suite.worker.requests[1].targets) == 2


async def test_the_newest_scan_comes_first_and_none_is_overlooked(suite: Suite) -> None:
    suite.worker.free.clear()
    suite.story.scanned("1.1")
    await suite.tell()
    await suite.asked(1)
    suite.story.after(minutes=1).scanned("1.2").after(minutes=1).scanned("1.3")
    await suite.tell()
    suite.worker.free.set()
    for series_uid in ("1.3", "1.2"):
        await suite.pictured(series_uid)
    assert [r.series_uid for r in suite.worker.requests] == ["1.1", "1.3", "1.2"]


async def test_ice_is_told_when_it_is_asked_for(suite: Suite) -> None:
    suite.story.scanned("1.1").after(minutes=1).read("FREEZE", [-20.0, -60.0])
    suite.story.after(minutes=1).scanned("1.2")
    await suite.tell()
    await suite.pictured("1.2")
    assert suite.results()[-2:] == ["ice-found", "view-stored"]


@pytest.mark.parametrize("step", ["analyse", "weigh", "ice", "view"])
async def test_an_analysis_whose_worker_died_is_done_again(suite: Suite, step: str) -> None:
    suite.worker.deaths = [step]
    suite.story.scanned("1.1")
    await suite.tell()
    await suite.pictured("1.1")
    assert len(suite.worker.requests) == 2
    assert suite.results()[-len(STEPS) :] == STEPS
    procedure = suite.core.state.procedure
    assert procedure is not None
    assert procedure.scans["1.1"].failures == {}


async def test_a_scan_that_kills_every_worker_is_not_known(suite: Suite) -> None:
    suite.worker.deaths = ["analyse", "analyse"]
    suite.story.scanned("1.1")
    await suite.tell()
    await suite.failed("1.1")
    assert suite.results() == ["analysis-failed"]
    procedure = suite.core.state.procedure
    assert procedure is not None
    assert "ended unexpectedly" in procedure.scans["1.1"].failures["READ"]
    suite.story.after(minutes=1).scanned("1.2")
    await suite.tell()
    await suite.pictured("1.2")


async def test_results_of_a_closed_procedures_scan_are_not_told_of_the_next(suite: Suite) -> None:
    suite.worker.free.clear()
    suite.story.scanned("1.1")
    await suite.tell()
    await suite.asked(1)
    suite.story.tell(ProcedureClosed(outcome="ABANDONED")).opened()
    await suite.tell()
    suite.worker.free.set()
    suite.story.drawn(L1=10.0).after(minutes=1).scanned("1.2")
    await suite.tell()
    await suite.pictured("1.2")
    assert suite.core.state.procedure is not None
    assert list(suite.core.state.procedure.scans) == ["1.2"]
    assert suite.results() == STEPS


async def test_a_closed_procedure_is_not_analysed(suite: Suite) -> None:
    suite.story.tell(ProcedureClosed(outcome="ABANDONED")).scanned("1.1")
    await suite.tell()
    suite.story.opened().scanned("1.2")
    await suite.tell()
    await suite.pictured("1.2")
    assert [r.series_uid for r in suite.worker.requests] == ["1.2"]


@pytest.mark.parametrize(
    ("step", "name", "words"),
    [
        ("weigh", "WEIGH", "weighing how sure the dose is failed unexpectedly: no such axis"),
        ("register", "REGISTRATION", "the registration failed unexpectedly: no such axis"),
        ("ice", "ICE", "the search for ice failed unexpectedly: no such axis"),
    ],
)
async def test_a_step_that_fails_unexpectedly_is_told_and_the_others_go_on(
    suite: Suite, step: str, name: str, words: str
) -> None:
    suite.worker.bugs[step] = ValueError("no such axis")
    suite.story.scanned("1.0").after(minutes=1).scanned("1.1")
    await suite.tell()
    await suite.pictured("1.1")
    await suite.failed("1.1")
    await suite.pictured("1.0")
    assert suite.core.state.procedure is not None
    assert suite.core.state.procedure.scans["1.1"].failures == {name: words}

    suite.worker.bugs.clear()
    suite.story.after(minutes=1).scanned("1.2")
    await suite.tell()
    await suite.pictured("1.2")


async def test_an_analysis_that_fails_at_once_does_not_go_on_and_is_not_repeated(
    suite: Suite,
) -> None:
    suite.worker.bugs["analyse"] = ValueError("no such axis")
    suite.story.scanned("1.1")
    await suite.tell()
    await suite.failed("1.1")
    suite.worker.bugs.clear()
    suite.story.after(minutes=1).scanned("1.2")
    await suite.tell()
    await suite.pictured("1.2")
    assert suite.core.state.procedure is not None
    assert list(suite.core.state.procedure.scans["1.1"].failures) == ["SEEDS"]
    assert [r.series_uid for r in suite.worker.requests] == ["1.1", "1.2"]


def lesion(verdict: str, matrix: Any = IDENTITY) -> LesionRegistration:
    return LesionRegistration.model_validate(
        {
            "lesion": "L1",
            "structures": ("L1", "L2", "GALLBLADDER"),
            "center_mm": (0.0, 0.0, 0.0),
            "matrix": matrix,
            "verdict": verdict,
            "reasons": () if verdict == "ACCEPTED" else ("few landmarks",),
        }
    )


async def test_a_scan_on_the_same_frame_is_checked_once_and_after_its_dose(suite: Suite) -> None:
    suite.worker.lesions = (lesion("ACCEPTED"),)
    suite.story.scanned("1.1").after(minutes=1).scanned("1.2")
    await suite.tell()
    await suite.pictured("1.2")
    suite.story.reported("L1", 3)
    await suite.tell()
    await suite.asked(3)
    assert suite.worker.registered == ["1.2"], "the structures count as drawn on the first"
    kinds = suite.told_of("1.2")
    assert kinds.index("registration-computed") > kinds.index("dose-bands-computed")


async def checked(suite: Suite, series_uid: str) -> RegistrationComputed:
    """Wait until a scan's contours are compared with its images."""

    def is_checked(state: NodeState) -> bool:
        told = state.procedure.scans[series_uid].registration if state.procedure else None
        return told is not None and not told.is_pending

    async with asyncio.timeout(10):
        state = await suite.core.wait_for(is_checked)
    return state.procedure.scans[series_uid].registration


async def test_a_check_waits_for_a_scan_that_arrives_and_says_so(suite: Suite) -> None:
    suite.worker.lesions = (lesion("ACCEPTED"),)
    suite.story.scanned("1.1").after(minutes=1).scanned("1.2")
    suite.story.tell(ScanDiscovered(series_uid="1.3", description="control scan"))
    await suite.tell()
    async with asyncio.timeout(10):
        state = await suite.core.wait_for(lambda s: s.procedure.scans["1.2"].registration)
    told = state.procedure.scans["1.2"].registration
    assert told.is_pending
    assert [one.verdict for one in told.lesions] == ["UNCHECKED"]
    assert "while another scan arrives" in told.lesions[0].reasons[0]
    assert suite.worker.checks == []

    suite.story.after(minutes=1).scanned("1.3")
    await suite.tell()
    for uid in ("1.2", "1.3"):
        assert [one.verdict for one in (await checked(suite, uid)).lesions] == ["ACCEPTED"]
    assert suite.worker.checks == ["1.3", "1.2"], "the newest is checked first, none is lost"


async def test_a_check_that_gave_way_is_made_later(suite: Suite) -> None:
    suite.worker.giving_way = 2
    suite.worker.lesions = (lesion("ACCEPTED"),)
    suite.story.scanned("1.1").after(minutes=1).scanned("1.2")
    await suite.tell()
    assert [one.verdict for one in (await checked(suite, "1.2")).lesions] == ["ACCEPTED"]
    assert suite.worker.checks == ["1.2"] * 3
    assert suite.told_of("1.2").count("registration-computed") == 2, "pending once, and made"


@pytest.mark.parametrize(("deaths", "failures"), [(1, []), (2, ["REGISTRATION"])])
async def test_a_check_that_kills_its_worker_is_made_once_more(
    suite: Suite, deaths: int, failures: list[str]
) -> None:
    suite.worker.deaths = ["register"] * deaths
    suite.story.scanned("1.1").after(minutes=1).scanned("1.2")
    await suite.tell()
    if failures:
        await suite.failed("1.2")
    else:
        await checked(suite, "1.2")
    assert suite.core.state.procedure is not None
    assert list(suite.core.state.procedure.scans["1.2"].failures) == failures
    assert suite.worker.checks == ["1.2", "1.2"]


async def test_a_refused_lesion_is_left_out_and_another_frame_is_carried_before_the_dose(
    suite: Suite,
) -> None:
    suite.worker.lesions = (lesion("ACCEPTED"),)
    drawn = suite.story.drawn(frame="9.9", L1=10.0, L2=5.0).scanned("1.0")
    received = drawn.events[-1].payload.model_copy(update={"frame_of_reference_uid": "9.9"})
    suite.story.tell(received).after(minutes=1).scanned("1.1")
    await suite.tell()
    await suite.pictured("1.1")
    first, second = [r for r in suite.worker.requests if r.series_uid == "1.1"]
    assert (first.structures_path, first.targets, first.carried) == (None, (), ())
    assert second.structures_path is not None
    assert [t.structure for t in second.targets] == ["L1", "L2"]
    assert [c.structures for c in second.carried] == [("L1", "L2", "GALLBLADDER")]
    assert first.registration == second.registration
    assert suite.worker.registered.count("1.1") == 1
    kinds = suite.told_of("1.1")
    assert kinds.index("registration-computed") < kinds.index("dose-bands-computed")

    suite.story.tell(RegistrationRefused(series_uid="1.1", lesion="L1", reason="liver moved"))
    await suite.tell()
    async with asyncio.timeout(10), suite.worker.asked:
        await suite.worker.asked.wait_for(lambda: suite.worker.requests[-1].carried == ())
    assert suite.worker.requests[-1].structures_path is None


async def test_contours_that_cannot_be_carried_leave_the_rest_of_the_analysis(
    suite: Suite,
) -> None:
    suite.worker.lesions = (lesion("FAILED", None),)
    suite.story.drawn(frame="9.9", L1=10.0).scanned("1.0")
    received = suite.story.events[-1].payload.model_copy(update={"frame_of_reference_uid": "9.9"})
    suite.story.tell(received).after(minutes=1).scanned("1.1")
    await suite.tell()
    await suite.pictured("1.1")
    assert [r.series_uid for r in suite.worker.requests].count("1.1") == 1


async def test_what_was_made_of_seeds_that_were_edited_meanwhile_is_thrown_away(
    suite: Suite,
) -> None:
    suite.worker.free.clear()
    suite.story.scanned("1.1")
    await suite.tell()
    await suite.asked(1)
    suite.story.tell(
        SeedEdited(
            edit=1,
            series_uid="1.1",
            action=EditAction.ADDED,
            seed_id=None,
            found_mm=None,
            center_mm=(1.0, 2.0, 3.0),
            axis=None,
            reason="missed by the finder",
        )
    )
    await suite.tell()
    suite.worker.free.set()
    await suite.pictured("1.1")
    assert [[edit.edit for edit in r.edits] for r in suite.worker.requests] == [[], [1]]
    assert suite.results() == STEPS, "of the second analysis alone"
    procedure = suite.core.state.procedure
    assert procedure is not None
    assert procedure.scans["1.1"].view_edits == (1,)
