"""Of which lesions seeds and ice are looked at together."""

from pathlib import Path

import pytest

from dosimetry_core.values import Modality
from procedure_node.events import LethalZoneModelled, ViewStored
from procedure_node.imaging import wanted_analysis, wanted_combinations

VIEWS = Path("views")


@pytest.fixture
def zoned(story):
    story.opened().drawn(L1=4.0, L3=11.0, L3_CORE=2.0, L3_PERIPHERY=9.0)
    story.allocated("L1", Modality.SEEDS).allocated("L3", Modality.CRYO, "CORE")
    story.allocated("L3", Modality.SEEDS, "PERIPHERY")
    return story.scanned("1.1").seen("1.1", L3_PERIPHERY=2).dosed("1.1", L3_PERIPHERY=120.0)


def wanted(story):
    state = story.state.procedure
    return wanted_combinations(state, wanted_analysis(state, {}, VIEWS))


def test_a_lesion_that_is_given_both_is_looked_at_with_all_that_is_drawn_of_it(zoned):
    (request,) = wanted(zoned)
    assert request.lesion == "L3"
    assert request.structures == ("L3", "L3_CORE", "L3_PERIPHERY")
    assert request.ices == ()
    assert request.doubts == ("modelled ice: no freeze of it was modelled",)


def test_nothing_is_looked_at_before_there_is_a_dose(story):
    story.opened().drawn(L3_CORE=2.0, L3_PERIPHERY=9.0).allocated("L3", Modality.CRYO, "CORE")
    story.allocated("L3", Modality.SEEDS, "PERIPHERY").scanned("1.1")
    assert wanted(story) == ()


def iced(story, uid, error_mm):
    story.iced(uid, "L3_CORE", 100.0, 3.0)
    ice = story.state.procedure.scans[uid].ice
    story.tell(ice.model_copy(update={"surface_error_mm": error_mm}))
    return story.tell(ViewStored(series_uid=uid, directory=f"v/{uid}"))


def scanned_again(story):
    story.after(minutes=5).scanned("1.2").seen("1.2", L3_PERIPHERY=2)
    return story.dosed("1.2", L3_PERIPHERY=120.0)


def test_ice_of_earlier_scans_counts_on(zoned):
    (request,) = wanted(scanned_again(iced(zoned, "1.1", 1.2)))
    assert request.analysis.series_uid == "1.2"
    assert [(ice.series_uid, ice.surface_error_mm) for ice in request.ices] == [("1.1", 1.2)]


def test_ice_whose_error_nobody_told_is_left_out_and_that_is_said(zoned):
    (request,) = wanted(scanned_again(iced(zoned, "1.1", None)))
    assert request.ices == ()
    assert "imaged ice whose error nobody told is left out" in request.doubts


def test_ice_of_another_frame_of_reference_is_left_out_and_that_is_said(zoned):
    iced(zoned, "1.1", 1.2)
    received = zoned.state.procedure.scans["1.1"].received
    zoned.after(minutes=5).scanned("1.2")
    zoned.tell(
        received.model_copy(
            update={
                "series_uid": "1.2",
                "frame_of_reference_uid": "1.2.99",
                "acquired_at": zoned.now,
            }
        )
    )
    zoned.drawn(frame="1.2.99", L3=11.0, L3_CORE=2.0, L3_PERIPHERY=9.0)
    zoned.seen("1.2", L3_PERIPHERY=2).dosed("1.2", L3_PERIPHERY=120.0)
    (request,) = wanted(zoned)
    assert request.ices == ()
    assert "imaged ice of a scan on another frame of reference is left out" in request.doubts


def test_the_modelled_cold_counts_once_the_freeze_is_over(zoned):
    def modelled(freezing):
        zoned.tell(
            LethalZoneModelled(
                lesion="L3",
                status="MODELLED",
                freeze=1,
                freezing=freezing,
                modelled_until=zoned.now,
                pictures="cold.npz",
                frame_of_reference_uid="1.2.8",
            )
        )
        (request,) = wanted(zoned)
        return request

    assert modelled(True).doubts == ("modelled ice: the freeze goes on",)
    over = modelled(False)
    assert (over.cold, over.doubts) == ("cold.npz", ())
