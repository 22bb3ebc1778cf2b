"""What people may say of where contours lie, and what is refused in words."""

from typing import Any

import pytest

from procedure_node.commands.decide_registration import (
    confirm_registration,
    refuse_registration,
    register_contours,
)
from procedure_node.commands.model import (
    ConfirmRegistration,
    RefuseRegistration,
    RegisterContours,
)
from procedure_node.core import CommandRefusedError
from procedure_node.events import (
    LesionRegistration,
    RegistrationComputed,
    RegistrationConfirmed,
    RegistrationRefused,
    RegistrationRequested,
    ScanDiscovered,
)
from procedure_node.state import ProcedureState

IDENTITY = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))


@pytest.fixture
def state(story: Any) -> ProcedureState:
    """L1 is carried from scan 1 to scan 2, L2 could not be; scan 3 is still arriving."""
    story.opened().drawn(L1=10.0, L2=5.0).scanned("1.1").after(minutes=1).scanned("1.2")
    lesions = tuple(
        LesionRegistration(
            lesion=name,
            structures=(name,),
            center_mm=(0.0, 0.0, 0.0),
            matrix=matrix,
            verdict="FAILED",
            reasons=("few landmarks",),
        )
        for name, matrix in (("L1", IDENTITY), ("L2", None))
    )
    story.tell(
        RegistrationComputed(
            series_uid="1.2",
            planning_series_uid="1.1",
            structure_set_uid="1.2.9",
            method="RIGID",
            request_sha256="a" * 64,
            lesions=lesions,
        ),
        ScanDiscovered(series_uid="1.3", description=""),
    )
    return story.state.procedure


def word(kind: Any, lesion: str = "L1", scan: int | None = None) -> Any:
    return kind(by="dr-2", lesion=lesion, scan=scan, reason="looked at it")


def test_words_are_on_the_newest_scan_unless_one_is_named(state: ProcedureState) -> None:
    told = {"series_uid": "1.2", "lesion": "L1", "reason": "looked at it"}
    assert confirm_registration(state, word(ConfirmRegistration)) == RegistrationConfirmed(**told)
    assert refuse_registration(state, word(RefuseRegistration, scan=2)) == RegistrationRefused(
        **told
    )


@pytest.mark.parametrize(
    ("lesion", "scan", "why"),
    [
        ("L2", None, "L2 could not be carried to that scan: there is nothing to confirm"),
        ("L7", None, "L7 is not carried to that scan; carried are: L1, L2"),
        ("L1", 1, "was not looked at by the node"),
        ("L1", 3, "has not come whole"),
        ("L1", 4, "no such scan: there are 3"),
    ],
)
def test_what_cannot_be_confirmed_is_refused_in_words(
    state: ProcedureState, lesion: str, scan: int | None, why: str
) -> None:
    with pytest.raises(CommandRefusedError, match=why):
        confirm_registration(state, word(ConfirmRegistration, lesion, scan))


def test_what_could_not_be_carried_may_still_be_refused(state: ProcedureState) -> None:
    told = refuse_registration(state, word(RefuseRegistration, "L2"))
    assert isinstance(told, RegistrationRefused)


def test_contours_are_registered_by_the_images_on_demand(state: ProcedureState) -> None:
    wish = RegisterContours(by="dr-2", method="DEFORMABLE", reason="breathing")
    assert register_contours(state, wish) == RegistrationRequested(
        series_uid="1.2", method="DEFORMABLE", reason="breathing"
    )
    with pytest.raises(CommandRefusedError, match="drawn on that very scan"):
        register_contours(state, wish.model_copy(update={"scan": 1}))


def test_nothing_is_registered_without_contours_or_their_ct(story: Any) -> None:
    wish = RegisterContours(by="dr-2", reason="breathing")
    story.opened().scanned("1.1")
    with pytest.raises(CommandRefusedError, match="nothing is drawn yet"):
        register_contours(story.state.procedure, wish)
    story.drawn(frame="9.9", L1=10.0)
    with pytest.raises(CommandRefusedError, match="is not here: send it"):
        register_contours(story.state.procedure, wish)
