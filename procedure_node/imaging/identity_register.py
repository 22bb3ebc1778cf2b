"""The register of known seeds as events hold it, and as it is computed with."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_identity import KnownSeed, SeedRegister, Sighting, Strand
from procedure_node.events import Covariance, RegisteredSeed, SeedSighting
from procedure_node.imaging.identity_request import IdentityRequest

FloatArray = NDArray[np.float64]


def register_of(request: IdentityRequest) -> SeedRegister:
    """The register that a scan is compared with."""
    register = SeedRegister(tuple(_as_known(seed) for seed in request.before))
    known = {seed.seed_id for seed in register.seeds}
    for strand in request.strands:
        if known.issuperset(strand.seed_ids):
            register = register.with_strand(Strand(strand.seed_ids, strand.spacing_mm))
    return register


def as_facts(register: SeedRegister, deleted: Mapping[int, int]) -> tuple[RegisteredSeed, ...]:
    """A register as it is journalled.

    Args:
        register: after a scan.
        deleted: seeds that are none, with the edit that says so.
    """
    return tuple(_as_fact(seed, deleted.get(seed.seed_id)) for seed in register.seeds)


def as_covariance(matrix: FloatArray) -> Covariance:
    """A matrix (3, 3) as events hold it."""
    (a, b, c), (d, e, f), (g, h, i) = np.asarray(matrix, dtype=np.float64).tolist()
    return (a, b, c), (d, e, f), (g, h, i)


def _as_known(seed: RegisteredSeed) -> KnownSeed:
    return KnownSeed(
        seed_id=seed.seed_id,
        center_mm=seed.center_mm,
        covariance_mm2=np.array(seed.covariance_mm2),
        axis=seed.axis,
        home_mm=seed.home_mm,
        home_covariance_mm2=np.array(seed.home_covariance_mm2),
        home_outside_mm=seed.home_outside_mm,
        confidence=seed.confidence,
        presence=seed.presence,
        sightings=_sightings(seed.sightings),
    )


def _sightings(facts: Sequence[SeedSighting]) -> tuple[Sighting, ...]:
    return tuple(Sighting(fact.series_uid, fact.index, fact.certainty) for fact in facts)


def _as_fact(seed: KnownSeed, deleted_by_edit: int | None) -> RegisteredSeed:
    return RegisteredSeed(
        seed_id=seed.seed_id,
        center_mm=seed.center_mm,
        covariance_mm2=as_covariance(seed.covariance_mm2),
        axis=seed.axis,
        home_mm=seed.home_mm,
        home_covariance_mm2=as_covariance(seed.home_covariance_mm2),
        home_outside_mm=seed.home_outside_mm,
        confidence=seed.confidence,
        presence=fraction(seed.presence),
        sightings=tuple(
            SeedSighting(series_uid=s.scan, index=s.index, certainty=fraction(s.certainty))
            for s in seed.sightings
        ),
        deleted_by_edit=deleted_by_edit,
    )


def fraction(chance: float) -> float:
    """A probability that rounding took out of 0 to 1, brought back."""
    return min(1.0, max(0.0, chance))
