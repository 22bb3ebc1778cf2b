"""The register of known seeds: as points to match, and carried on to the next scan."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_identity.matching import Matching
from dosimetry_core.seed_identity.model import MatchingModel
from dosimetry_core.seed_identity.points import Points
from dosimetry_core.seed_identity.result import (
    IdentifiedFind,
    KnownSeed,
    SeedRegister,
    Sighting,
)
from dosimetry_core.seed_identity.scan import ScanFinds
from dosimetry_core.values import Vector

FloatArray = NDArray[np.float64]
_LEAST_PRESENCE = 1e-4


def known_points(register: SeedRegister) -> Points:
    """The known seeds as arrays, with what their strands hold."""
    seeds = register.seeds
    row = {seed.seed_id: n for n, seed in enumerate(seeds)}
    group = np.full(len(seeds), -1, dtype=np.intp)
    gap_mm = np.full((len(seeds), len(seeds)), np.nan)
    for number, strand in enumerate(register.strands):
        members = np.array([row[seed_id] for seed_id in strand.seed_ids])
        group[members] = number
        steps = np.abs(np.subtract.outer(np.arange(len(members)), np.arange(len(members))))
        gap_mm[np.ix_(members, members)] = steps * strand.spacing_mm
    return Points(
        center_mm=np.array([seed.center_mm for seed in seeds]).reshape(-1, 3),
        covariance_mm2=np.array([seed.covariance_mm2 for seed in seeds]).reshape(-1, 3, 3),
        axis=np.array([seed.axis for seed in seeds]).reshape(-1, 3),
        chance=np.array([seed.presence for seed in seeds], dtype=np.float64),
        group=group,
        gap_mm=gap_mm,
    )


def presence_unseen(presence: float, model: MatchingModel) -> float:
    """How probable it is that a seed is there that was not found (Bayes' rule)."""
    kept = presence * (1.0 - model.loss_rate)
    return kept * model.miss_rate / (1.0 - kept * (1.0 - model.miss_rate))


def carried(seed: KnownSeed, row: int, matching: Matching) -> KnownSeed:
    """A seed moved to where the others say it should be now."""
    turn = matching.rotation
    away = turn @ (np.array(seed.home_mm) - np.array(seed.center_mm))
    common = matching.place_covariance_mm2[row]
    return replace(
        seed,
        center_mm=as_vector(matching.place_mm[row]),
        covariance_mm2=seed.covariance_mm2 + common,
        axis=as_vector(turn @ np.array(seed.axis)),
        home_mm=as_vector(matching.place_mm[row] + away),
        home_covariance_mm2=seed.home_covariance_mm2 + common,
    )


def updated(
    seed: KnownSeed, row: int, scan: ScanFinds, matching: Matching, model: MatchingModel
) -> KnownSeed:
    """A carried seed with what the scan showed of it."""
    alone = float(matching.row_alone[row])
    unseen = presence_unseen(seed.presence, model)
    presence = max(_LEAST_PRESENCE, 1.0 - alone * (1.0 - unseen))
    index = int(matching.link[row])
    if index < 0:
        own = model.own_mm**2 * np.eye(3)
        return replace(seed, presence=presence, covariance_mm2=seed.covariance_mm2 + own)
    found = scan.seeds[index]
    return replace(
        seed,
        center_mm=found.center_mm,
        covariance_mm2=scan.covariance_mm2[index],
        axis=found.axis,
        confidence=found.confidence,
        presence=presence,
        sightings=(
            *seed.sightings,
            Sighting(scan.scan, index, float(matching.pair[row, index])),
        ),
    )


def new_seed(find: IdentifiedFind, scan: ScanFinds) -> KnownSeed:
    """A find that is no known seed, as the register keeps it."""
    found = scan.seeds[find.index]
    covariance = scan.covariance_mm2[find.index]
    return KnownSeed(
        seed_id=find.seed_id,
        center_mm=found.center_mm,
        covariance_mm2=covariance,
        axis=found.axis,
        home_mm=found.center_mm,
        home_covariance_mm2=covariance,
        home_outside_mm=find.outside_mm,
        confidence=found.confidence,
        presence=max(_LEAST_PRESENCE, found.confidence),
        sightings=(Sighting(scan.scan, find.index, find.identity_certainty),),
    )


def as_vector(values: FloatArray) -> Vector:
    """Three numbers of an array."""
    x, y, z = values
    return float(x), float(y), float(z)
