"""Of which lesions seeds and ice are looked at together."""

from pathlib import Path

import pytest

from dosimetry_core.values import Modality
from procedure_node.events import (
    LethalZoneModelled,
    RegistrationComputed,
    RegistrationConfirmed,
    RegistrationFigures,
    RegistrationRequested,
    ViewStored,
)
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


SHIFT = (4.0, 0.0, -3.0)


def laid_anew(story):
    """Ice in 1.1, where the lesion is drawn; then 1.2 with seeds, in another frame of reference."""
    iced(story, "1.1", 1.2)
    received = story.state.procedure.scans["1.1"].received
    story.after(minutes=5).scanned("1.2")
    story.tell(
        received.model_copy(
            update={
                "series_uid": "1.2",
                "frame_of_reference_uid": "1.2.99",
                "acquired_at": story.now,
            }
        )
    )
    return story.seen("1.2", L3_PERIPHERY=2).dosed("1.2", L3_PERIPHERY=120.0)


def carried(story, uid="1.2", method="RIGID", p90_mm=1.5, **changes):
    x, y, z = SHIFT
    lesion = {
        "lesion": "L3",
        "structures": ("L3", "L3_CORE", "L3_PERIPHERY"),
        "center_mm": (0.0, 0.0, 0.0),
        "matrix": ((1, 0, 0, x), (0, 1, 0, y), (0, 0, 1, z), (0, 0, 0, 1)),
        "verdict": "ACCEPTED",
        "figures": {
            **dict.fromkeys(RegistrationFigures.model_fields, 1.0),
            "landmarks_tried": 40,
            "landmarks_found": 38,
            "p90_mm": p90_mm,
        },
        **changes,
    }
    return story.tell(
        RegistrationComputed.model_validate(
            {
                "series_uid": uid,
                "planning_series_uid": "1.1",
                "structure_set_uid": "1.2.9",
                "method": method,
                "request_sha256": "a" * 64,
                "lesions": (lesion,),
            }
        )
    )


def test_ice_of_another_frame_of_reference_is_carried_over_with_its_error(zoned):
    (request,) = wanted(carried(laid_anew(zoned)))
    (ice,) = request.ices
    assert (ice.series_uid, ice.surface_error_mm) == ("1.1", 1.2)
    assert ice.carried is not None
    assert [row[3] for row in ice.carried.matrix] == [*SHIFT, 1.0]
    assert ice.carried.error_mm == 1.5
    assert request.place_doubts == ()
    carried(zoned, apart_mm=0.7, p90_mm=2.0)
    (request,) = wanted(zoned)
    assert request.ices[0].carried.error_mm == pytest.approx(2.7), "a given matrix errs by more"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"p90_mm": None}, "how far off L3 is carried to a scan is not known"),
        ({"figures": None}, "how far off L3 is carried to a scan is not known"),
        ({"deformed": True}, "carried to a scan by a deformation"),
    ],
)
def test_what_is_not_carried_by_a_rigid_motion_of_known_error_is_left_out(zoned, changes, reason):
    (request,) = wanted(carried(laid_anew(zoned), **changes))
    assert request.ices == ()
    (doubt,) = (d for d in request.doubts if d.startswith("imaged ice"))
    assert doubt.startswith("imaged ice of a scan on another frame of reference is left out: ")
    assert reason in doubt


def test_a_registration_in_doubt_carries_nothing_until_a_person_confirms_it(zoned):
    carried(laid_anew(zoned), verdict="DOUBTFUL", reasons=("a vessel is off",))
    (request,) = wanted(zoned)
    assert request.ices == ()
    assert "a vessel is off" in request.place_doubts[0]
    zoned.tell(RegistrationConfirmed(series_uid="1.2", lesion="L3", reason="edges agree"))
    (request,) = wanted(zoned)
    assert [ice.series_uid for ice in request.ices] == ["1.1"]


def test_within_one_frame_ice_lies_as_it_is_unless_a_person_wants_the_images_to_tell(zoned):
    iced(scanned_again(iced(zoned, "1.1", 1.2)), "1.2", 0.9)
    (request,) = wanted(zoned)
    assert [ice.carried for ice in request.ices] == [None, None]
    zoned.tell(RegistrationRequested(series_uid="1.2", method="RIGID", reason="the patient moved"))
    (request,) = wanted(carried(zoned))
    earlier, own = request.ices
    assert earlier.carried is not None
    assert [row[3] for row in earlier.carried.matrix] == [*SHIFT, 1.0]
    assert own.carried is None, "a scan's own ice lies in it, however the contours came"


def test_a_scan_that_nothing_carries_leaves_ice_out_and_says_why(zoned):
    (request,) = wanted(laid_anew(zoned))
    assert request.ices == ()
    assert request.place_doubts == ("the contours are still being carried to the newest scan",)
    (doubt,) = (d for d in request.doubts if d.startswith("imaged ice"))
    assert doubt.endswith(f"is left out: {request.place_doubts[0]}")


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
    assert (over.cold, over.cold_carried, over.doubts) == ("cold.npz", None, ())


def test_the_modelled_cold_of_another_frame_is_carried_over_or_left_out_with_its_reason(zoned):
    carried(laid_anew(zoned))

    def modelled(frame):
        zoned.tell(
            LethalZoneModelled(
                lesion="L3",
                status="MODELLED",
                freeze=1,
                modelled_until=zoned.now,
                pictures="cold.npz",
                frame_of_reference_uid=frame,
            )
        )
        (request,) = wanted(zoned)
        return request

    over = modelled("1.2.8").cold_carried
    assert over is not None
    assert ([row[3] for row in over.matrix], over.error_mm) == ([*SHIFT, 1.0], 1.5)
    assert modelled("1.2.99").cold_carried is None
    elsewhere = modelled("1.2.77")
    assert elsewhere.cold is None
    (doubt,) = elsewhere.doubts
    assert doubt.startswith("modelled ice: its probes are on another frame of reference: ")
    assert doubt.endswith("no scan is there of the other frame of reference")
