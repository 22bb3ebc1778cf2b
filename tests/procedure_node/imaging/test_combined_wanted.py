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


def test_ice_of_earlier_scans_counts_on(zoned):
    zoned.iced("1.1", "L3_CORE", 100.0, 3.0).tell(ViewStored(series_uid="1.1", directory="v/1"))
    zoned.after(minutes=5).scanned("1.2").seen("1.2", L3_PERIPHERY=2)
    zoned.dosed("1.2", L3_PERIPHERY=120.0)
    (request,) = wanted(zoned)
    assert request.analysis.series_uid == "1.2"
    assert [(ice.series_uid, ice.view_directory) for ice in request.ices] == [("1.1", "v/1")]


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
