"""The message of the modelled cold."""

from typing import Literal

from pydantic import AwareDatetime

from dosimetry_core.values import Evidence
from procedure_node.events import (
    IsothermFigure,
    LethalZoneModelled,
    ModelComparison,
    ModelledStructure,
    ModelStatus,
    WallCorrection,
)
from procedure_node.events.base import Fact
from procedure_node.messages.base import Message, PublicText


class ModelCorrectionBody(Fact):
    """What thermometers and scans made of the probes' calibration."""

    walls: tuple[WallCorrection, ...]
    comparisons: tuple[ModelComparison, ...]
    misfit: float


class LethalZoneMessage(Message):
    """The cold around one lesion's probes by the bioheat model; nothing of it was seen.

    Figures are there while ``status`` is MODELLED, and are of ``modelled_until``.
    """

    kind: Literal["lethal-zone"] = "lethal-zone"
    version: Literal[1] = 1
    lesion: str
    status: ModelStatus
    reason: PublicText
    freeze: int
    freezing: bool
    is_over: bool
    modelled_until: AwareDatetime | None
    tissue: str
    cryoprobes: tuple[str, ...]
    grid_mm: float | None
    probes: tuple[str, ...]
    now_cc: tuple[IsothermFigure, ...]
    lowest_cc: tuple[IsothermFigure, ...]
    structures: tuple[ModelledStructure, ...]
    correction: ModelCorrectionBody | None
    evidence: Literal[Evidence.MODELLED] = Evidence.MODELLED
    warnings: tuple[PublicText, ...]


def lethal_zone(zone: LethalZoneModelled) -> dict[str, object]:
    """Fields of a ``LethalZoneMessage``."""
    return zone.model_dump(exclude={"kind", "version", "pictures", "frame_of_reference_uid"})
