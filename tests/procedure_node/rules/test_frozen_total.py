"""How much was frozen over the procedure: known only while every scan can be laid over the rest."""

from typing import Any

import pytest

from dosimetry_core.values import Modality
from procedure_node.events import (
    AnalysisFailed,
    Band,
    FrozenTotal,
    IceFound,
    LesionRegistration,
    ProbeAssigned,
    RegistrationComputed,
    ViewStored,
)
from procedure_node.rules import frozen_now, judge, wanted_frozen_total

MOVED = ((1.0, 0.0, 0.0, 4.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))
BAND = Band(low=15.0, high=25.0)


@pytest.fixture
def freezing(story: Any) -> Any:
    story.opened().drawn(L2=10.0).allocated("L2", Modality.CRYO).scanned("1.0")
    story.tell(ProbeAssigned(device="console-1", probe=1, lesion="L2", zone="WHOLE"))
    return story


def iced(story: Any, uid: str, volume_cc: float = 20.0, error_mm: float | None = 1.2) -> Any:
    """Another scan that shows ice, whose pictures are stored; the probes thaw by then."""
    story.after(minutes=2).read("OFF", [-60.0, -50.0]).scanned(uid)
    return shown(story, uid, volume_cc, error_mm)


def shown(story: Any, uid: str, volume_cc: float = 20.0, error_mm: float | None = 1.2) -> Any:
    return story.tell(
        IceFound(
            series_uid=uid,
            baseline_series_uid="1.0",
            structure_set_uid="1.2.9",
            volume_cc=volume_cc,
            volume_band=BAND,
            surface_error_mm=error_mm,
            structures=(),
        ),
        ViewStored(series_uid=uid, directory=f"v/{uid}"),
    )


def joined(story: Any, volume_cc: float) -> Any:
    """What the worker tells of the ice that is to be joined now."""
    request, reason = wanted_frozen_total(story.state.procedure)
    assert request is not None, reason
    return story.tell(
        FrozenTotal(
            request_sha256=request.sha256,
            scan_count=len(request.ices),
            volume_cc=volume_cc,
            volume_band=BAND,
        )
    )


def reason(story: Any) -> str:
    now = frozen_now(story.state.procedure)
    assert now is not None
    assert (now.volume_cc, now.band) == (None, None)
    return now.reason


def test_before_the_first_freeze_there_is_nothing_to_tell(freezing: Any) -> None:
    assert frozen_now(freezing.state.procedure) is None
    assert wanted_frozen_total(freezing.state.procedure) == (None, "")


def test_a_total_holds_until_another_scan_comes(freezing: Any) -> None:
    freezing.read("FREEZE", [-120.0] * 3)
    assert reason(freezing) == "no scan was taken since the first freeze"
    joined(iced(freezing, "1.1"), 20.0)
    now = frozen_now(freezing.state.procedure)
    assert (now.volume_cc, now.band, now.reason) == (20.0, BAND, "")
    freezing.after(minutes=2).scanned("1.2")
    assert reason(freezing) == "a scan is still searched for ice"
    shown(freezing, "1.2", 26.0)
    assert reason(freezing) == "it is being put together"
    now = frozen_now(freezing.state.procedure)
    assert (now.at_least_cc, now.scan_count) == (26.0, 2)
    assert frozen_now(joined(freezing, 31.0).state.procedure).volume_cc == 31.0


def test_what_froze_on_after_the_newest_scan_is_in_no_total(freezing: Any) -> None:
    joined(iced(freezing.read("FREEZE", [-120.0] * 3), "1.1"), 20.0)
    assert frozen_now(freezing.state.procedure).volume_cc == 20.0
    freezing.after(minutes=1).read("FREEZE", [-130.0] * 3)
    assert reason(freezing) == "probes froze, or may have, after the newest scan"
    assert frozen_now(freezing.state.procedure).at_least_cc == 20.0
    freezing.read("OFF", [-60.0, -50.0])
    assert reason(freezing) == "probes froze, or may have, after the newest scan"
    joined(iced(freezing, "1.2", 30.0), 31.0)
    assert frozen_now(freezing.state.procedure).volume_cc == 31.0


def test_a_scan_without_ice_adds_nothing_and_hides_nothing(freezing: Any) -> None:
    iced(iced(freezing.read("FREEZE", [-120.0] * 3), "1.1"), "1.2", 0.0, None)
    request, _ = wanted_frozen_total(freezing.state.procedure)
    assert [ice.series_uid for ice in request.ices] == ["1.1"]


def test_a_scan_whose_ice_is_unknown_leaves_the_total_unknown(freezing: Any) -> None:
    joined(iced(freezing.read("FREEZE", [-120.0] * 3), "1.1"), 20.0)
    freezing.after(minutes=2).scanned("1.2")
    freezing.tell(AnalysisFailed(series_uid="1.2", step="ICE", reason="no probe tip is in it"))
    assert reason(freezing) == "the ice of a scan is not known: no probe tip is in it"
    assert frozen_now(freezing.state.procedure).at_least_cc == 20.0


def test_an_error_that_nobody_told_leaves_it_unknown(freezing: Any) -> None:
    iced(iced(freezing.read("FREEZE", [-120.0] * 3), "1.1"), "1.2", error_mm=None)
    assert reason(freezing) == "nobody told the error of the ice in a scan"


def on_another_frame(story: Any, uid: str) -> Any:
    received = story.state.procedure.scans[uid].received
    return story.tell(received.model_copy(update={"frame_of_reference_uid": "1.2.99"}))


def carried(story: Any, uid: str, verdict: str, **more: Any) -> Any:
    lesion = LesionRegistration.model_validate(
        {
            "lesion": "L2",
            "structures": ("L2",),
            "center_mm": (1.0, 2.0, 3.0),
            "matrix": MOVED,
            "verdict": verdict,
            "reasons": () if verdict == "ACCEPTED" else ("the images disagree",),
            **more,
        }
    )
    return story.tell(
        RegistrationComputed(
            series_uid=uid,
            planning_series_uid="1.0",
            structure_set_uid="1.2.9",
            method="RIGID",
            request_sha256="0" * 64,
            lesions=(lesion,),
        )
    )


@pytest.fixture
def moved(freezing: Any) -> Any:
    """Two scans with ice; the second lies on another frame of reference."""
    iced(freezing.read("FREEZE", [-120.0] * 3), "1.1").after(minutes=2).scanned("1.2")
    return shown(on_another_frame(freezing, "1.2"), "1.2")


def test_ice_on_another_frame_is_not_joined_by_guesswork(moved: Any) -> None:
    assert "the contours are still being carried" in reason(moved)


def test_ice_on_another_frame_is_carried_by_an_accepted_registration(moved: Any) -> None:
    request, _ = wanted_frozen_total(carried(moved, "1.2", "ACCEPTED").state.procedure)
    first, second = request.ices
    assert first.carrying == ()
    assert [(one.lesion, one.matrix) for one in second.carrying] == [("L2", MOVED)]


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"verdict": "DOUBTFUL"}, "where L2 lies in the scan is in doubt: the images disagree"),
        ({"verdict": "ACCEPTED", "deformed": True}, "volumes are joined over rigid motions only"),
    ],
)
def test_a_doubtful_registration_leaves_it_unknown(moved: Any, told: Any, why: str) -> None:
    assert why in reason(carried(moved, "1.2", **told))


def alerts(story: Any) -> dict[str, str]:
    for payload in judge(story.state, story.now):
        story.tell(payload)
    found = story.state.procedure.alerts
    return {key: alert.raised.text for key, alert in found.items() if alert.present}


def test_more_than_the_protocol_allows_is_told_and_stays_while_unknown(freezing: Any) -> None:
    joined(iced(freezing.read("FREEZE", [-120.0] * 3), "1.1", 210.0), 399.0)
    assert "frozen-total-large:ice" not in alerts(freezing)
    joined(iced(freezing, "1.2", 220.0), 402.0)
    assert alerts(freezing)["frozen-total-large:ice"] == (
        "402 cc (15 to 25) were frozen over the procedure, 400 cc are the limit"
    )
    freezing.after(minutes=2).scanned("1.3")
    assert "frozen-total-large:ice" in alerts(freezing)


def test_what_a_single_scan_shows_is_enough_to_be_too_much(freezing: Any) -> None:
    iced(iced(freezing.read("FREEZE", [-120.0] * 3), "1.1"), "1.2", 430.0, None)
    assert alerts(freezing)["frozen-total-large:ice"] == (
        "At least 430 cc were frozen over the procedure, 400 cc are the limit"
    )
