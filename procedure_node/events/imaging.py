"""What arrives as images, and what is found in them."""

from typing import Literal

from pydantic import AwareDatetime, Field

from dosimetry_core.values import ZoneKind
from procedure_node.events.base import Fact, Fraction, NonNegative, Payload, XyzMm
from procedure_node.events.registration import SeriesReference
from procedure_node.seed_edits import SeedOrigin


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
    """A structure set was read.

    ``referenced_series`` are those that it says it was drawn on.
    """

    kind: Literal["structures-received"] = "structures-received"
    version: Literal[1] = 1
    structure_set_uid: str
    frame_of_reference_uid: str
    path: str
    structures: tuple[StructureSummary, ...]
    referenced_series: tuple[SeriesReference, ...] = ()


class StructuresRefused(Payload):
    """A structure set cannot be used; each reason says what and where."""

    kind: Literal["structures-refused"] = "structures-refused"
    version: Literal[1] = 1
    structure_set_uid: str
    reasons: tuple[str, ...]


class SeedKindChance(Fact):
    """What a find may be instead of a seed, and how probably."""

    kind: str
    probability: Fraction


class SeedFact(Fact):
    """One seed seen in a scan and the target that it was counted for, if it is near one.

    ``found_mm`` is where it was found, if a person moved it; ``edit`` is the number of the last
    edit of it. The axis of a seed that was added without one is (0, 0, 0). ``seed_id`` names it
    through all scans. ``covariance_mm2`` is that of the centre.
    """

    center_mm: XyzMm
    axis: XyzMm
    confidence: Fraction
    lesion: str | None = None
    zone: ZoneKind | None = None
    seed_id: int | None = None
    covariance_mm2: tuple[XyzMm, XyzMm, XyzMm] | None = None
    alternatives: tuple[SeedKindChance, ...] = ()
    origin: SeedOrigin = SeedOrigin.FOUND
    found_mm: XyzMm | None = None
    edit: int | None = None


class SeedsFound(Payload):
    """All seeds seen in one scan, with people's edits on them.

    ``left_out`` are finds that are no seeds by the word of a person: in this scan, or of the same
    thing in an earlier one. ``edits`` are the numbers of the scan's edits that are in it.
    """

    kind: Literal["seeds-found"] = "seeds-found"
    version: Literal[1] = 1
    series_uid: str
    seeds: tuple[SeedFact, ...]
    warnings: tuple[str, ...] = ()
    left_out: tuple[SeedFact, ...] = ()
    edits: tuple[int, ...] = ()


class ViewStored(Payload):
    """The display's picture data of a scan lies in ``directory``; a cache, made again if lost."""

    kind: Literal["view-stored"] = "view-stored"
    version: Literal[1] = 1
    series_uid: str
    directory: str


AnalysisStep = Literal[
    "READ", "STRUCTURES", "REGISTRATION", "SEEDS", "DOSE", "WEIGH", "ICE", "VIEW", "PLAN"
]


class AnalysisFailed(Payload):
    """A step of a scan's analysis failed; what depends on it is UNKNOWN for this reason."""

    kind: Literal["analysis-failed"] = "analysis-failed"
    version: Literal[1] = 1
    series_uid: str
    step: AnalysisStep
    reason: str = Field(min_length=1)
