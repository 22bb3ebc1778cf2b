"""What seeds and ice together cover of a lesion, each by its own evidence."""

from typing import Literal

from dosimetry_core.values import Evidence
from procedure_node.events.base import Fact, NonNegative, Payload, XyzMm


class CoveredPart(Fact):
    """A part of a structure, cm3, and the least and most that it may be by the errors."""

    cc: NonNegative
    low_cc: NonNegative
    high_cc: NonNegative


class Gap(Fact):
    """A connected piece that neither treatment reaches, and its centre of mass."""

    cc: NonNegative
    place_mm: XyzMm


class IceAndDose(Fact):
    """What of a structure dose and ice of one evidence cover.

    Ice of different evidence is never added up: each has an entry of its own.

    Attributes:
        evidence: IMAGED, the ice that scans show; MODELLED, what was ever below ``level_c``.
        level_c: of the modelled isotherm; None of imaged ice, which shows the surface alone.
        both, dose_only, ice_only, neither: they add up to the structure.
        gaps: the largest pieces of ``neither``.
    """

    evidence: Evidence
    level_c: float | None
    both: CoveredPart
    dose_only: CoveredPart
    ice_only: CoveredPart
    neither: CoveredPart
    gaps: tuple[Gap, ...]


class StructureCombined(Fact):
    """One structure of a lesion: the whole of it, or a zone."""

    name: str
    volume_cc: NonNegative
    covers: tuple[IceAndDose, ...]


class CombinedCoverage(Payload):
    """Seeds and ice over one lesion, by a scan's seeds and by all that was frozen until then.

    Attributes:
        lesion: whose structures.
        series_uid: of the scan that shows the seeds.
        structure_set_uid: that the lesion is drawn in.
        request_sha256: of all that it rests on: the same is not computed again.
        prescription_gy: dose counts from here on.
        ice_series_uids: scans that showed ice, in its frame of reference or carried over to it.
        warnings: what is missing, and why.
    """

    kind: Literal["combined-coverage"] = "combined-coverage"
    version: Literal[1] = 1
    lesion: str
    series_uid: str
    structure_set_uid: str
    request_sha256: str
    prescription_gy: float
    structures: tuple[StructureCombined, ...]
    ice_series_uids: tuple[str, ...]
    warnings: tuple[str, ...] = ()
