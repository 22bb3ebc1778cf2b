"""What arrives as images, and what is found in them."""

from typing import Literal

from pydantic import AwareDatetime, Field

from dosimetry_core.values import ZoneKind
from procedure_node.events.base import Fact, Fraction, NonNegative, Payload, XyzMm


class ScanDiscovered(Payload):
    """A CT series of the open procedure's study was seen, on the archive or by its first image."""

    kind: Literal["scan-discovered"] = "scan-discovered"
    version: Literal[1] = 1
    series_uid: str
    description: str


class ScanReceived(Payload):
    """Every image of a series is whole on disk and its geometry is sound."""

    kind: Literal["scan-received"] = "scan-received"
    version: Literal[1] = 1
    series_uid: str
    frame_of_reference_uid: str
    acquired_at: AwareDatetime | None
    image_count: int
    spacing_mm: tuple[float, float, float]
    directory: str
    content_sha256: str


class ScanRefused(Payload):
    """A series cannot be used for dosimetry; each reason says what and where.

    A localiser is refused as well, but is no fault: every CT study has one.
    """

    kind: Literal["scan-refused"] = "scan-refused"
    version: Literal[1] = 1
    series_uid: str
    reasons: tuple[str, ...]
    is_localiser: bool = False


class StructureSummary(Fact):
    """One structure of a structure set and the part that the protocol gives it."""

    name: str
    role: Literal["TARGET", "ORGAN", "OTHER"]
    lesion: str | None = None
    zone: ZoneKind | None = None
    volume_cc: NonNegative


class StructuresReceived(Payload):
    """A structure set on a scan's frame of reference was read."""

    kind: Literal["structures-received"] = "structures-received"
    version: Literal[1] = 1
    structure_set_uid: str
    frame_of_reference_uid: str
    path: str
    structures: tuple[StructureSummary, ...]


class StructuresRefused(Payload):
    """A structure set cannot be used; each reason says what and where."""

    kind: Literal["structures-refused"] = "structures-refused"
    version: Literal[1] = 1
    structure_set_uid: str
    reasons: tuple[str, ...]


class SeedFact(Fact):
    """One seed seen in a scan and the target that it was counted for, if it is near one."""

    center_mm: XyzMm
    axis: XyzMm
    confidence: Fraction
    lesion: str | None = None
    zone: ZoneKind | None = None


class SeedsFound(Payload):
    """All seeds seen in one scan."""

    kind: Literal["seeds-found"] = "seeds-found"
    version: Literal[1] = 1
    series_uid: str
    seeds: tuple[SeedFact, ...]
    warnings: tuple[str, ...] = ()


class StructureIce(Fact):
    """Imaged ice over one structure.

    ``minimum_margin_mm`` is the least distance from the structure's surface outwards to the ice
    surface; negative where the structure sticks out of the ice.
    """

    name: str
    covered_percent: float
    minimum_margin_mm: float | None


class IceFound(Payload):
    """Ice seen in one scan, against the baseline scan from before freezing."""

    kind: Literal["ice-found"] = "ice-found"
    version: Literal[1] = 1
    series_uid: str
    baseline_series_uid: str
    structure_set_uid: str
    volume_cc: NonNegative
    structures: tuple[StructureIce, ...]
    warnings: tuple[str, ...] = ()


class ViewStored(Payload):
    """The display's picture data of a scan lies in ``directory``; a cache, made again if lost."""

    kind: Literal["view-stored"] = "view-stored"
    version: Literal[1] = 1
    series_uid: str
    directory: str


class AnalysisFailed(Payload):
    """A step of a scan's analysis failed; what depends on it is UNKNOWN for this reason."""

    kind: Literal["analysis-failed"] = "analysis-failed"
    version: Literal[1] = 1
    series_uid: str
    step: Literal["READ", "STRUCTURES", "SEEDS", "DOSE", "ICE", "VIEW"]
    reason: str = Field(min_length=1)
