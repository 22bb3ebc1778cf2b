"""Messages of what lesions are given, what covers them together, and of deviations."""

from typing import Literal

from pydantic import AwareDatetime

from dosimetry_core.values import Modality, ZoneKind
from procedure_node.events import (
    CombinedCoverage,
    DeviationKind,
    Fact,
    StructureCombined,
    TargetAllocated,
)
from procedure_node.messages.base import Message, PublicText, Token, uid_token
from procedure_node.protocol import Target
from procedure_node.rules import technical_success
from procedure_node.state import DeviationState, ProcedureState


class AllocationMessage(Message):
    """What a zone is given, what the protocol's rules proposed, and whether it succeeded.

    ``proposed`` is null where the rules could not tell; ``because`` has the facts, or why not.
    ``success_shown`` is null where the protocol does not define technical success; what is unknown
    is not shown.
    """

    kind: Literal["allocation"] = "allocation"
    version: Literal[1] = 1
    lesion: str
    zone: ZoneKind
    modality: Modality
    reason: PublicText
    proposed: Modality | None
    rule: PublicText
    because: PublicText
    success_shown: bool | None
    success_missing: tuple[PublicText, ...]


class CombinedMessage(Message):
    """Seeds and ice together over one lesion; ice of each evidence by itself.

    ``scan`` shows the seeds, ``ice_scans`` showed ice. ``structures`` is empty where nothing is
    known now, and ``unknown_reason`` says why.
    """

    kind: Literal["combined"] = "combined"
    version: Literal[1] = 1
    lesion: str
    scan: Token
    prescription_gy: float
    structures: tuple[StructureCombined, ...]
    ice_scans: tuple[Token, ...]
    warnings: tuple[PublicText, ...]
    unknown_reason: PublicText


class DeviationBody(Fact):
    """One departure from the protocol; ``reason`` is empty while nobody gave one."""

    of: DeviationKind
    what: PublicText
    noted_at: AwareDatetime
    reason: PublicText


class DeviationsMessage(Message):
    """All departures from the protocol so far."""

    kind: Literal["deviations"] = "deviations"
    version: Literal[1] = 1
    deviations: tuple[DeviationBody, ...]


def allocation(procedure: ProcedureState, allocated: TargetAllocated) -> dict[str, object]:
    """Fields of an ``AllocationMessage``."""
    key = Target(lesion=allocated.lesion, zone=allocated.zone).key
    success = technical_success(procedure).get(key)
    return {
        **allocated.model_dump(exclude={"kind", "version"}),
        "success_shown": success.shown if success else None,
        "success_missing": success.missing if success else (),
    }


def combined(found: CombinedCoverage, unknown_reason: str) -> dict[str, object]:
    """Fields of a ``CombinedMessage``; ``unknown_reason`` is empty while what was found holds."""
    return {
        "lesion": found.lesion,
        "scan": uid_token(found.series_uid),
        "prescription_gy": found.prescription_gy,
        "structures": () if unknown_reason else found.structures,
        "ice_scans": tuple(uid_token(uid) for uid in found.ice_series_uids),
        "warnings": found.warnings,
        "unknown_reason": unknown_reason,
    }


def deviations(found: dict[str, DeviationState]) -> dict[str, object]:
    """Fields of a ``DeviationsMessage``."""
    return {
        "deviations": tuple(
            DeviationBody(
                of=one.noted.of, what=one.noted.what, noted_at=one.noted_at, reason=one.reason
            )
            for one in found.values()
        )
    }
