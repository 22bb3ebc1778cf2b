"""Messages of the dose of the seeds that a scan shows."""

from typing import Literal

from dosimetry_core.values import Evidence
from procedure_node.events import Fact, StructureDoseBand, StructureSubVolumes
from procedure_node.messages.base import Message, PublicText, Token


class StructureDoseBody(Fact):
    """Total dose of the implant to one structure; null where it does not apply.

    ``docs/dose.md`` defines the figures.
    """

    name: str
    volume_cc: float
    prescription_gy: float | None
    d90_gy: float
    d95_gy: float | None
    d100_gy: float
    mean_gy: float | None
    maximum_gy: float | None
    v90_percent: float | None
    v100_percent: float | None
    v150_percent: float | None
    v200_percent: float | None
    d2cc_gy: float | None
    d1cc_gy: float | None
    d0_1cc_gy: float | None
    conformity_index: float | None
    external_index: float | None
    homogeneity_index: float | None


class DoseErrors(Fact):
    """The errors that the bands were computed from, 1 sigma each."""

    position_sd_mm: float
    strength_sd_percent: float
    registration_sd_mm: float


class DoseMessage(Message):
    """Dose of the seeds of one scan, to infinity.

    ``bands`` and ``sub_volumes`` are empty, and ``errors`` is null, until they are computed, soon
    after the dose. Places are in LPS mm of the scan.
    """

    kind: Literal["dose"] = "dose"
    version: Literal[1] = 1
    scan: Token
    seed_models: tuple[str, ...]
    research_models: tuple[str, ...]
    seed_count: int
    structures: tuple[StructureDoseBody, ...]
    errors: DoseErrors | None
    bands: tuple[StructureDoseBand, ...]
    sub_volumes: tuple[StructureSubVolumes, ...]
    evidence: Literal[Evidence.MODELLED] = Evidence.MODELLED
    warnings: tuple[PublicText, ...]
