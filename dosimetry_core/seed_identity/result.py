"""What is told of each seed, of the scan as a whole, and what is kept from scan to scan."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.values import Vector

FloatArray = NDArray[np.float64]


class SeedStatus(StrEnum):
    """What became of a seed in a scan."""

    NEW = "new"
    SAME = "same"
    MIGRATED = "migrated"
    NOT_SEEN = "not seen"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Sighting:
    """One find that a seed was taken for.

    Attributes:
        scan: in which scan.
        index: which of its finds, counted from 0.
        certainty: how probable it is that the find is this seed.
    """

    scan: str
    index: int
    certainty: float


@dataclass(frozen=True, slots=True, eq=False)
class KnownSeed:
    """One seed over all scans so far.

    Attributes:
        seed_id: counted from 1, never given twice.
        center_mm: where it is in the latest scan, or should be if it was not seen there; LPS mm.
        covariance_mm2: shape (3, 3), of ``center_mm``.
        axis: as it was seen last, turned with the others; LPS.
        home_mm: where it was first seen, carried along with the others.
        home_covariance_mm2: shape (3, 3), of ``home_mm``.
        home_outside_mm: how far outside of the lesions it was first seen; None if not known.
        confidence: the finder's, of the latest find.
        presence: how probable it is that it is a seed and still there.
        sightings: its finds, first to last.
    """

    seed_id: int
    center_mm: Vector
    covariance_mm2: FloatArray
    axis: Vector
    home_mm: Vector
    home_covariance_mm2: FloatArray
    home_outside_mm: float | None
    confidence: float
    presence: float
    sightings: tuple[Sighting, ...]


@dataclass(frozen=True, slots=True)
class Strand:
    """Seeds that hang together.

    Attributes:
        seed_ids: in their order along the strand.
        spacing_mm: between the centres of neighbours.

    Raises:
        ValueError: fewer than two seeds, one twice, or a spacing that is not above zero.
    """

    seed_ids: tuple[int, ...]
    spacing_mm: float

    def __post_init__(self) -> None:
        if len(self.seed_ids) < 2 or len(set(self.seed_ids)) < len(self.seed_ids):
            raise ValueError(f"a strand has two or more different seeds, got {self.seed_ids}")
        if not 0.0 < self.spacing_mm < np.inf:
            raise ValueError(f"a strand's spacing is above zero, got {self.spacing_mm} mm")


@dataclass(frozen=True, slots=True)
class SeedRegister:
    """All seeds that are known, after some scans; ``SeedRegister()`` is none.

    Attributes:
        seeds: by their ids.
        strands: which of them hang together.
        scans: the names of the scans, first to last.
    """

    seeds: tuple[KnownSeed, ...] = ()
    strands: tuple[Strand, ...] = ()
    scans: tuple[str, ...] = ()

    def with_strand(self, strand: Strand) -> "SeedRegister":
        """With one more strand.

        Raises:
            ValueError: a seed is not known, or hangs in a strand already.
        """
        known = {seed.seed_id for seed in self.seeds}
        taken = {seed_id for other in self.strands for seed_id in other.seed_ids}
        for seed_id in strand.seed_ids:
            if seed_id not in known:
                raise ValueError(f"seed {seed_id} of a strand is not known")
            if seed_id in taken:
                raise ValueError(f"seed {seed_id} is part of another strand already")
        return SeedRegister(self.seeds, (*self.strands, strand), self.scans)


@dataclass(frozen=True, slots=True)
class Alternative:
    """Which seed a find might be instead.

    Attributes:
        seed_id: a seed known before; None for a new seed or no seed.
        certainty: how probable that is.
    """

    seed_id: int | None
    certainty: float


@dataclass(frozen=True, slots=True)
class IdentifiedFind:
    """What a find is.

    Attributes:
        index: which find of the scan, counted from 0.
        seed_id: who it is; for a new seed a new id.
        status: NEW (none of those known before, be it a seed or no seed: how sure the finder is
            of a seed is the find's own confidence), SAME or MIGRATED. A find far outside of the
            lesions that is one of several seeds, but not clear which, is MIGRATED under a new id.
        certainty: how probable the status is.
        identity_certainty: how probable ``seed_id`` is.
        moved_mm: how far it is from where the others would have carried it since it was first
            seen, LPS mm; None for a new seed.
        outside_mm: how far outside of the nearest lesion; None where no lesion is known.
        nearest_structure: that it is deepest in or nearest to; empty where none is known.
        alternatives: what else it might be, by probability, those above 1 %.
    """

    index: int
    seed_id: int
    status: SeedStatus
    certainty: float
    identity_certainty: float
    moved_mm: Vector | None
    outside_mm: float | None
    nearest_structure: str
    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True, slots=True)
class UnfoundSeed:
    """A known seed that is none of the finds.

    Attributes:
        seed_id: which.
        status: LOST where ``presence`` is below 0.2 (it is gone, or never was a seed), else
            NOT_SEEN.
        certainty: how probable it is that none of the finds is this seed.
        presence: if none is, how probable it is that it is there nevertheless.
        expected_mm: where it should be, LPS mm.
    """

    seed_id: int
    status: SeedStatus
    certainty: float
    presence: float
    expected_mm: Vector


@dataclass(frozen=True, slots=True)
class CommonMotion:
    """How all seeds moved together since the scan before.

    Attributes:
        shift_mm: of their middle, LPS mm.
        rotation_deg: about their middle, as a rotation vector, LPS.
        swelling_percent: change of every length.
        certainty: how probable this motion is against others that fit.
    """

    shift_mm: Vector
    rotation_deg: Vector
    swelling_percent: float
    certainty: float


@dataclass(frozen=True, slots=True)
class ScanIdentities:
    """Who is who in one scan.

    Attributes:
        register: all seeds with this scan, for the next.
        finds: in the order of the scan's finds.
        unfound: known seeds without a find, by their ids.
        motion: of all seeds; None where there was none to compare with.
        noise_factor: by which variances of places are larger than was stated; 1 where they are not.
        warnings: what a reader must know.
    """

    register: SeedRegister
    finds: tuple[IdentifiedFind, ...]
    unfound: tuple[UnfoundSeed, ...]
    motion: CommonMotion | None
    noise_factor: float
    warnings: tuple[str, ...]
