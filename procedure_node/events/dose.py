"""The dose of the seeds seen in a scan: figures, how sure they are, and where too little is."""

from typing import Literal

from procedure_node.events.base import Fact, NonNegative, Payload, XyzMm


class DvhCurve(Fact):
    """A cumulative DVH: ``volume_percent[n]`` of the structure gets at least ``dose_gy[n]``."""

    dose_gy: tuple[float, ...]
    volume_percent: tuple[float, ...]


class StructureDose(Fact):
    """Total dose of the implant to one structure.

    D in Gy; V in percent of the structure at that percentage of ``prescription_gy`` (None for an
    organ, which has no prescription, and so are the three indices). A D to a volume is None where
    the structure is smaller than that volume. The figures after ``dvh`` are None where an earlier
    release wrote the event, which did not know them.
    """

    name: str
    volume_cc: NonNegative
    prescription_gy: float | None
    d90_gy: NonNegative
    d100_gy: NonNegative
    v100_percent: float | None
    v150_percent: float | None
    v200_percent: float | None
    d2cc_gy: float | None
    d0_1cc_gy: float | None
    dvh: DvhCurve
    d95_gy: NonNegative | None = None
    v90_percent: float | None = None
    d1cc_gy: float | None = None
    mean_gy: NonNegative | None = None
    maximum_gy: NonNegative | None = None
    conformity_index: NonNegative | None = None
    external_index: NonNegative | None = None
    homogeneity_index: float | None = None


class DoseComputed(Payload):
    """The dose of the seeds found in one scan, to infinity.

    ``research_models`` are those of ``seed_models`` whose data are not AAPM consensus data.
    """

    kind: Literal["dose-computed"] = "dose-computed"
    version: Literal[1] = 1
    series_uid: str
    seed_models: tuple[str, ...]
    seed_count: int
    structures: tuple[StructureDose, ...]
    warnings: tuple[str, ...] = ()
    research_models: tuple[str, ...] = ()


class Band(Fact):
    """From the 5th to the 95th percentile of what a figure may be."""

    low: float
    high: float


class StructureDoseBand(Fact):
    """How far the dose figures of one structure are sure; None where the figure is not there."""

    name: str
    d90_gy: Band | None
    v100_percent: Band | None
    d2cc_gy: Band | None
    d0_1cc_gy: Band | None


class DoseBandsComputed(Payload):
    """How far the newest dose of a scan is sure, by resampling of its errors (1 sigma each)."""

    kind: Literal["dose-bands-computed"] = "dose-bands-computed"
    version: Literal[1] = 1
    series_uid: str
    position_sd_mm: NonNegative
    strength_sd_percent: NonNegative
    registration_sd_mm: NonNegative
    structures: tuple[StructureDoseBand, ...]


class Extreme(Fact):
    """A place whose dose is lower than all around it in a cold part, higher in a hot one.

    Attributes:
        depth_mm: how far below the structure's surface.
        seed_distances_mm: to the nearest seeds, nearest first.
    """

    dose_gy: NonNegative
    place_mm: XyzMm
    depth_mm: NonNegative
    seed_distances_mm: tuple[NonNegative, ...]


class SubVolume(Fact):
    """A connected part of a structure with too little dose, or with much.

    Attributes:
        share_percent: of the structure.
        extremes: the most extreme place first, then others well away from it.
    """

    volume_cc: NonNegative
    share_percent: NonNegative
    centroid_mm: XyzMm
    extremes: tuple[Extreme, ...]


class SubVolumes(Fact):
    """Parts of a structure beyond a dose, largest first; ``total_cc`` includes those not listed."""

    level_gy: NonNegative
    total_cc: NonNegative
    parts: tuple[SubVolume, ...]


class StructureSubVolumes(Fact):
    """What of a structure gets less than the prescription, and what gets very much.

    ``cold`` is None where there is no prescription. ``hot`` is what is over an organ's lowest
    limit, or over a multiple of a target's prescription; None where there is neither.
    """

    name: str
    cold: SubVolumes | None
    hot: SubVolumes | None


class SubVolumesFound(Payload):
    """Where the newest dose of a scan is too low or very high."""

    kind: Literal["sub-volumes-found"] = "sub-volumes-found"
    version: Literal[1] = 1
    series_uid: str
    structures: tuple[StructureSubVolumes, ...]
