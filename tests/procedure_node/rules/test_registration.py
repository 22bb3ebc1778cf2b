"""Where the contours lie decides whether coverage is known, and a person has the last word."""

from typing import Any

import pytest

from dosimetry_core.values import Modality
from procedure_node.events import (
    AnalysisFailed,
    FrameRelation,
    LesionRegistration,
    PlanningCtReceived,
    PlanningCtRefused,
    RegistrationComputed,
    RegistrationConfirmed,
    RegistrationObjectReceived,
    RegistrationObjectRefused,
    RegistrationRefused,
    RegistrationRequested,
    ScanDiscovered,
    ScanReceived,
    SeriesReference,
    StructuresReceived,
)
from procedure_node.rules import (
    assess,
    awaits_registration,
    is_drawn_on,
    judge,
    place_doubt,
    planning_ct,
    registration_method,
)
from procedure_node.state import NodeState, ProcedureState, ScanState

SCANS = "1.2.8"
"""The frame of reference of the story's scans."""

IDENTITY = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))


@pytest.fixture
def seeded(story: Any) -> Any:
    """L1 and L2 with enough seeds by scan 1.2, drawn on 1.1 in the same frame of reference."""
    story.opened().drawn(L1=10.0, L2=5.0).scanned("1.1").after(minutes=1).scanned("1.2")
    for lesion in ("L1", "L2"):
        story.allocated(lesion, Modality.SEEDS)
    return story.seen("1.2").dosed("1.2", L1=120.0, L2=120.0, GALLBLADDER=60.0)


def registered(story: Any, verdict: str = "DOUBTFUL", **changes: Any) -> Any:
    whole: dict[str, Any] = {
        "lesion": "L1",
        "structures": ("L1", "GALLBLADDER"),
        "center_mm": (0.0, 0.0, 0.0),
        "matrix": IDENTITY,
        "verdict": verdict,
        "reasons": () if verdict == "ACCEPTED" else ("a vessel is off", "few landmarks"),
    }
    other = {**whole, "lesion": "L2", "structures": ("L2",), "verdict": "ACCEPTED", "reasons": ()}
    return story.tell(
        RegistrationComputed.model_validate(
            {
                "series_uid": "1.2",
                "planning_series_uid": "1.1",
                "structure_set_uid": "1.2.9",
                "method": "SAME_FRAME",
                "request_sha256": "a" * 64,
                "lesions": (LesionRegistration(**whole), LesionRegistration(**other)),
                **changes,
            }
        )
    )


def of(story: Any) -> tuple[ProcedureState, ScanState]:
    procedure = story.state.procedure
    return procedure, procedure.scans["1.2"]


def coverage(story: Any, lesion: str) -> tuple[str, str]:
    assessed = assess(story.state.procedure, story.now)[lesion]
    return assessed.verdict, "; ".join(assessed.unknown_reasons)


def alerts(state: NodeState, story: Any) -> dict[str, str]:
    raised = [j for j in judge(state, story.now) if j.kind == "alert-raised"]
    return {alert.alert_id: f"{alert.priority} {alert.text}" for alert in raised}


def test_one_frame_of_reference_is_believed_until_the_images_speak(seeded: Any) -> None:
    assert coverage(seeded, "L1") == ("COVERED", "")
    registered(seeded, "ACCEPTED")
    assert coverage(seeded, "L1") == ("COVERED", "")
    registered(seeded, "UNCHECKED", request_sha256="b" * 64)
    assert coverage(seeded, "L1") == ("COVERED", "")


@pytest.mark.parametrize(
    ("verdict", "alert"),
    [("DOUBTFUL", "registration-doubtful:L1"), ("FAILED", "registration-failed:L1")],
)
def test_a_doubt_makes_its_lesion_unknown_and_asks_for_a_person(
    seeded: Any, verdict: str, alert: str
) -> None:
    registered(seeded, verdict)
    reason = "where L1 lies in the scan is in doubt: a vessel is off; few landmarks"
    assert coverage(seeded, "L1") == ("UNKNOWN", reason)
    assert coverage(seeded, "L2") == ("COVERED", ""), "the other lesion has its own registration"
    told = alerts(seeded.state, seeded)
    assert "a vessel is off; few landmarks" in told[alert]
    assert "organ-over-limit:GALLBLADDER" not in told, "it is carried with L1"


def test_a_persons_word_goes_before_the_verdict_and_the_last_one_counts(seeded: Any) -> None:
    registered(seeded, "FAILED")
    word = {"series_uid": "1.2", "lesion": "L1"}
    seeded.tell(RegistrationConfirmed(**word, reason="edges agree"), by="dr-2")
    assert coverage(seeded, "L1") == ("COVERED", "")
    told = alerts(seeded.state, seeded)
    assert not [key for key in told if key.startswith("registration")]
    assert "organ-over-limit:GALLBLADDER" in told

    seeded.tell(RegistrationRefused(**word, reason="liver moved"), by="dr-3")
    reason = "dr-3 refused where the contours of L1 lie: liver moved"
    assert coverage(seeded, "L1") == ("UNKNOWN", reason)
    assert "registration-refused:L1" in alerts(seeded.state, seeded)
    procedure, _ = of(seeded)
    assert [(entry.by, entry.act) for entry in procedure.audit[-2:]] == [
        ("dr-2", "registration-confirmed"),
        ("dr-3", "registration-refused"),
    ]


def test_a_word_is_on_one_registration_alone(seeded: Any) -> None:
    registered(seeded, "DOUBTFUL")
    seeded.tell(RegistrationConfirmed(series_uid="1.2", lesion="L1", reason="edges agree"))
    registered(seeded, "DOUBTFUL")
    assert coverage(seeded, "L1")[0] == "COVERED", "the same one again"
    registered(seeded, "DOUBTFUL", request_sha256="b" * 64)
    assert coverage(seeded, "L1")[0] == "UNKNOWN"


def test_contours_that_are_drawn_anew_void_what_was_told_of_them(seeded: Any) -> None:
    registered(seeded, "DOUBTFUL")
    current = seeded.state.procedure.structures
    seeded.tell(current)
    assert coverage(seeded, "L1")[0] == "UNKNOWN", "the same contours"
    seeded.tell(current.model_copy(update={"path": "mended.dcm"}))
    assert of(seeded)[1].registration is None


@pytest.fixture
def apart(story: Any) -> Any:
    """Contours that refer to a series of another study, and a scan of another frame."""
    story.opened().allocated("L1", Modality.SEEDS)
    drawn = story.drawn(frame="9.9", L1=10.0).state.procedure.structures
    reference = SeriesReference(study_uid="7.7", series_uid="7.8")
    story.tell(drawn.model_copy(update={"referenced_series": (reference,)}))
    return story.scanned("1.2").seen("1.2").dosed("1.2")


def planning(series_uid: str = "7.8") -> PlanningCtReceived:
    return PlanningCtReceived(
        series_uid=series_uid,
        frame_of_reference_uid="9.9",
        image_count=40,
        spacing_mm=(2.5, 0.8, 0.8),
        directory="spool/7.8",
        content_sha256="c" * 64,
    )


def test_without_their_ct_contours_of_another_frame_are_nowhere(apart: Any) -> None:
    procedure, scan = of(apart)
    assert registration_method(procedure, scan) == "RIGID"
    assert not awaits_registration(procedure, scan)
    verdict, reason = coverage(apart, "L1")
    assert verdict == "UNKNOWN"
    assert reason.endswith(
        "another frame of reference than the newest scan, and the CT that they "
        "were drawn on is not here"
    )
    assert "planning-ct-missing:structures" in alerts(apart.state, apart)
    apart.tell(PlanningCtRefused(series_uid="7.8", reasons=("it is tilted",)))
    assert "their CT cannot be used: it is tilted" in coverage(apart, "L1")[1]


def test_with_their_ct_they_are_awaited_and_then_believed(apart: Any) -> None:
    apart.tell(planning())
    procedure, scan = of(apart)
    assert awaits_registration(procedure, scan)
    assert "still being carried" in coverage(apart, "L1")[1]
    assert "planning-ct-missing:structures" not in alerts(apart.state, apart)
    registered(apart, "ACCEPTED", method="RIGID", planning_series_uid="7.8")
    apart.dosed("1.2", L1=120.0)
    assert coverage(apart, "L1") == ("COVERED", "")
    assert "L9 is not carried" in place_doubt(*of(apart), "L9")


def test_a_failed_step_is_the_reason(apart: Any) -> None:
    apart.tell(planning())
    failed = AnalysisFailed(series_uid="1.2", step="REGISTRATION", reason="out of memory")
    apart.tell(failed)
    assert coverage(apart, "L1") == ("UNKNOWN", "out of memory")
    assert "planning-ct-missing:structures" not in alerts(apart.state, apart)


def test_a_spatial_registration_goes_before_the_images_and_a_persons_wish_before_both(
    apart: Any,
) -> None:
    relation = FrameRelation(from_frame_uid="9.9", to_frame_uid=SCANS, matrix=IDENTITY)
    apart.tell(RegistrationObjectRefused(sop_instance_uid="5.5", reasons=("it is AFFINE",)))
    assert "it is AFFINE" in alerts(apart.state, apart)["registration-object-refused:registration"]
    apart.tell(RegistrationObjectReceived(sop_instance_uid="5.6", relations=(relation,)))
    assert registration_method(*of(apart)) == "REGISTRATION_OBJECT"
    assert awaits_registration(*of(apart)), "it needs no other CT"
    registered(apart, "DOUBTFUL", method="REGISTRATION_OBJECT")
    wish = RegistrationRequested(series_uid="1.2", method="DEFORMABLE", reason="breathing")
    apart.tell(wish)
    assert registration_method(*of(apart)) == "DEFORMABLE"
    assert of(apart)[1].registration is None
    assert of(apart)[0].audit[-1].detail == "DEFORMABLE: breathing"


def test_seeds_away_from_contours_that_may_lie_wrong_are_no_alarm(apart: Any) -> None:
    apart.seen("1.2", stray=3)
    assert "seed-outside-targets:scan" not in alerts(apart.state, apart)
    apart.tell(planning())
    registered(apart, "ACCEPTED", method="RIGID", planning_series_uid="7.8")
    assert "seed-outside-targets:scan" in alerts(apart.state, apart)


def test_the_planning_ct_is_what_the_contours_refer_to_or_the_first_on_their_frame(
    story: Any,
) -> None:
    drawn = story.opened().drawn(L1=10.0).state.procedure.structures
    assert isinstance(drawn, StructuresReceived)
    assert planning_ct(story.state.procedure) is None
    story.scanned("1.1").after(minutes=1).scanned("1.2")
    first = planning_ct(story.state.procedure)
    assert isinstance(first, ScanReceived)
    assert first.series_uid == "1.1"
    refers = SeriesReference(study_uid="1.2.3", series_uid="1.2")
    story.tell(drawn.model_copy(update={"referenced_series": (refers,)}))
    procedure, scan = of(story)
    assert is_drawn_on(procedure, scan)
    assert place_doubt(procedure, scan, "L1") == ""
    story.tell(ScanDiscovered(series_uid="1.3", description=""))
    assert place_doubt(procedure, story.state.procedure.scans["1.3"], "L1") == ""
