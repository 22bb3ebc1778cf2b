"""What is said of under- and over-dosed regions: facts of place and dose, no advice."""

from dataclasses import dataclass

from dosimetry_core.values import Vector


@dataclass(frozen=True, slots=True)
class NearSeed:
    """A seed near a place.

    Attributes:
        index: which seed, counted from 0 through all entries of the implant in order.
        distance_mm: from the seed's centre to the place.
    """

    index: int
    distance_mm: float


@dataclass(frozen=True, slots=True)
class Extreme:
    """A place whose dose is lower (in a cold region) or higher (hot) than all around it.

    Attributes:
        dose_gy: at the centre of a cell; the highest dose at a seed is that of the cell nearest
            to it and says little.
        place_mm: where that is, LPS mm.
        depth_mm: how far below the structure's surface; 0 at the surface.
        nearest_seeds: up to three seeds, nearest first.
    """

    dose_gy: float
    place_mm: Vector
    depth_mm: float
    nearest_seeds: tuple[NearSeed, ...]


@dataclass(frozen=True, slots=True)
class SubVolume:
    """One connected region of a structure.

    Attributes:
        volume_cc: its volume, cm3.
        share_percent: its part of the structure's volume.
        centroid_mm: its centre of volume, LPS mm; it may lie outside of a bent region.
        from_center_mm: vector from the structure's centre of volume to ``centroid_mm``.
        extremes: its most extreme place, then others at least 10 mm from those before, five at
            most: a cold rim that runs around a target is one region with several of them.
        reaches_surface: whether the region touches the structure's surface.
        seeds_inside: indices of the seeds inside the region, as in ``NearSeed``.
        nearest_seeds: up to three seeds nearest to ``centroid_mm``, nearest first.
    """

    volume_cc: float
    share_percent: float
    centroid_mm: Vector
    from_center_mm: Vector
    extremes: tuple[Extreme, ...]
    reaches_surface: bool
    seeds_inside: tuple[int, ...]
    nearest_seeds: tuple[NearSeed, ...]


@dataclass(frozen=True, slots=True)
class SubVolumes:
    """All regions of a structure below or above a dose.

    Attributes:
        name: the structure.
        level_gy: the dose that is not reached (cold) or is exceeded (hot).
        total_cc: volume of all regions, the smallest included.
        total_percent: the same as part of the structure's volume.
        regions: the regions that are large enough, largest first.
        left_out_count: how many were smaller.
        left_out_cc: their volume together.
    """

    name: str
    level_gy: float
    total_cc: float
    total_percent: float
    regions: tuple[SubVolume, ...]
    left_out_count: int
    left_out_cc: float
