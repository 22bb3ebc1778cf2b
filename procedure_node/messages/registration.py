"""Messages of how contours come to a scan that they were not drawn on."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import AwareDatetime

from procedure_node.events import (
    Fact,
    RegistrationComputed,
    RegistrationFigures,
    RegistrationMethod,
    RegistrationVerdict,
    RigidMatrix,
)
from procedure_node.messages.base import Message, PublicText, Token, uid_token
from procedure_node.state import RegistrationWord


class LesionRegistrationBody(Fact):
    """How one lesion's surroundings are carried to the scan, and how sure that is.

    ``matrix`` takes (x, y, z, 1) of the planning CT to the scan, LPS mm; null where there is none.
    ``apart_mm`` is how far the images lie from a matrix that was given, null where that is not
    known. ``word`` is what a person said, null where nobody did; it goes before the verdict.
    """

    lesion: str
    structures: tuple[str, ...]
    verdict: RegistrationVerdict
    reasons: tuple[PublicText, ...]
    word: Literal["CONFIRMED", "REFUSED"] | None
    word_reason: PublicText
    word_at: AwareDatetime | None
    matrix: RigidMatrix | None
    deformed: bool
    apart_mm: float | None
    figures: RegistrationFigures | None
    note: PublicText


class RegistrationMessage(Message):
    """How the contours of the structure set come to a CT series."""

    kind: Literal["registration"] = "registration"
    version: Literal[1] = 1
    scan: Token
    planning_scan: Token | None
    method: RegistrationMethod
    lesions: tuple[LesionRegistrationBody, ...]


def registration(
    computed: RegistrationComputed, words: Mapping[str, RegistrationWord]
) -> dict[str, Any]:
    """Fields of a ``RegistrationMessage``."""
    planning = computed.planning_series_uid
    return {
        "scan": uid_token(computed.series_uid),
        "planning_scan": None if planning is None else uid_token(planning),
        "method": computed.method,
        "lesions": [
            {**one.model_dump(exclude={"center_mm"}), **_word(words.get(one.lesion))}
            for one in computed.lesions
        ],
    }


def _word(said: RegistrationWord | None) -> dict[str, Any]:
    if said is None:
        return {"word": None, "word_reason": "", "word_at": None}
    told = "CONFIRMED" if said.confirmed else "REFUSED"
    return {"word": told, "word_reason": said.reason, "word_at": said.at}
