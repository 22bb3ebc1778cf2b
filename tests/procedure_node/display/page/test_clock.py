"""The cycle clock on the page: what it counts, and what it no longer knows."""

from datetime import timedelta
from typing import Any

import pytest

from dosimetry_core.values import CyclePhase, Modality
from procedure_node.display.page import page_state
from procedure_node.display.page.clock_model import LesionClock
from procedure_node.events import ProbeAssigned, ProcedureClosed


@pytest.fixture
def freezing(story: Any) -> Any:
    story.opened().drawn(L2=10.0).allocated("L2", Modality.CRYO)
    for probe in (1, 2):
        story.tell(ProbeAssigned(device="console-1", probe=probe, lesion="L2", zone="WHOLE"))
    return both(story, "OFF", [36.0])


def both(story: Any, mode: str, tips_c: list[float]) -> Any:
    for tip_c in tips_c:
        story.read(mode, [tip_c]).read(mode, [tip_c - 1.0], probe=2, every_s=0.0)
    return story


def clocks(story: Any, later_s: float = 0.0) -> tuple[LesionClock, ...]:
    page = page_state(story.state, story.now + timedelta(seconds=later_s))
    assert page.procedure is not None
    return page.procedure.lesions


def test_before_the_first_freeze_the_clock_says_what_comes(freezing: Any) -> None:
    [clock] = clocks(freezing)
    assert (clock.lesion, clock.face.step, clock.face.of) == ("L2", "BEFORE", 2)
    assert (clock.face.then, clock.face.then_s) == ("FREEZE", 600)
    assert [step.kind for step in clock.schedule] == ["FREEZE", "THAW", "FREEZE"]
    assert clock.probes == ("console-1/1", "console-1/2")


def test_a_freeze_counts_down_between_readings_too(freezing: Any) -> None:
    both(freezing, "FREEZE", [-120.0] * 101)
    [clock] = clocks(freezing, later_s=2.0)
    face = clock.face
    assert (clock.phase, face.step, face.number) == (CyclePhase.FREEZE, "FREEZE", 1)
    assert (face.elapsed_s, face.remaining_s, face.over_s) == (102, 498, 0)
    assert (face.then, face.then_s, face.coldest_c) == ("THAW", 480, -121.0)
    assert clock.schedule[0].done_s == 102


def test_a_freeze_that_is_over_its_time_says_by_how_much(freezing: Any) -> None:
    [clock] = clocks(both(freezing, "FREEZE", [-120.0] * 641))
    assert (clock.face.remaining_s, clock.face.over_s) == (0, 40)
    assert clock.deviations == ("freeze 1 long",)


def test_silence_makes_the_clock_unknown_before_a_gap_is_recorded(freezing: Any) -> None:
    both(freezing, "FREEZE", [-120.0] * 101)
    [clock] = clocks(freezing, later_s=10.0)
    assert (clock.phase, clock.face.step) == (CyclePhase.UNKNOWN, "UNKNOWN")
    assert (clock.face.elapsed_s, clock.face.unknown_s) == (100, 10)
    assert clock.face.remaining_s is None
    assert clock.schedule[0].done_s == 100


def test_one_silent_probe_is_no_doubt_while_the_other_freezes(freezing: Any) -> None:
    both(freezing, "FREEZE", [-120.0] * 10).read("FREEZE", [-120.0] * 20)
    [clock] = clocks(freezing)
    assert clock.face.step == "FREEZE"
    page = page_state(freezing.state, freezing.now).procedure
    assert page is not None
    faces = {probe.key: probe.face for probe in page.probes}
    assert faces["console-1/1"].step == "FREEZE"
    assert (faces["console-1/2"].step, faces["console-1/2"].unknown_s) == ("UNKNOWN", 20)


def test_a_thaw_and_the_freeze_after_it(freezing: Any) -> None:
    both(freezing, "FREEZE", [-120.0] * 600)
    both(freezing, "THAW", [-10.0] * 60)
    [thaw] = clocks(freezing)
    assert (thaw.face.step, thaw.face.remaining_s) == ("THAW", 480 - 59)
    assert (thaw.face.then, thaw.face.then_s) == ("FREEZE", 600)
    both(freezing, "FREEZE", [-120.0] * 60)
    [clock] = clocks(freezing)
    assert (clock.face.number, clock.face.then) == (2, "DONE")
    assert clock.deviations == ("thaw 1 short",)
    assert [step.done_s for step in clock.schedule] == [600, 60, 59]


def test_a_gap_in_an_earlier_freeze_stays_on_the_bar(freezing: Any) -> None:
    both(freezing, "FREEZE", [-120.0] * 100)
    both(freezing.after(seconds=30), "FREEZE", [-120.0] * 100)
    both(freezing, "THAW", [-10.0] * 10)
    [clock] = clocks(freezing)
    assert (clock.schedule[0].done_s, clock.schedule[0].unknown_s) == (199, 31)


def test_times_that_the_protocol_leaves_unset_are_not_wanted(story: Any) -> None:
    cryo = story.protocol.cryo.model_copy(update={"cycles": "unset", "freeze_minutes": "unset"})
    story.opened(cryo=cryo).drawn(L2=10.0)
    story.tell(ProbeAssigned(device="console-1", probe=1, lesion="L2", zone="WHOLE"))
    [clock] = clocks(story.read("OFF", [36.0]).read("FREEZE", [-120.0] * 11))
    face = clock.face
    assert (face.of, face.elapsed_s, face.remaining_s, face.then) == (None, 10, None, None)
    assert clock.schedule == ()


def test_after_the_procedure_the_clock_stands_still(freezing: Any) -> None:
    both(freezing, "FREEZE", [-120.0] * 101).tell(ProcedureClosed(outcome="COMPLETED"))
    [clock] = clocks(freezing, later_s=3600.0)
    assert clock.face.elapsed_s == 100


def test_a_probe_in_no_lesion_has_no_lesions_clock(story: Any) -> None:
    story.opened().read("FREEZE", [-120.0] * 5)
    assert clocks(story) == ()
