"""Keep each seed's identity from scan to scan."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_identity.carrying import (
    as_vector,
    carried,
    known_points,
    new_seed,
    presence_unseen,
    updated,
)
from dosimetry_core.seed_identity.matching import Matching, match_points
from dosimetry_core.seed_identity.migration import MigrationLimits, chance_beyond, chance_moved
from dosimetry_core.seed_identity.model import SCAN_TO_SCAN, MatchingModel
from dosimetry_core.seed_identity.result import (
    Alternative,
    CommonMotion,
    IdentifiedFind,
    KnownSeed,
    ScanIdentities,
    SeedRegister,
    SeedStatus,
    UnfoundSeed,
)
from dosimetry_core.seed_identity.scan import ScanFinds
from dosimetry_core.seed_identity.telling import warnings_of

FloatArray = NDArray[np.float64]

_LEAST_TOLD = 0.01
_LOST_BELOW = 0.2
"""One miss of a seed that was surely one leaves 0.86, a second one 0.15."""


@dataclass(frozen=True, slots=True, eq=False)
class _Compared:
    """A scan held against the known seeds, each carried to where it should be."""

    seeds: tuple[KnownSeed, ...]
    scan: ScanFinds
    matching: Matching
    migrated: FloatArray
    """Shape (n, m): if they are a pair, how probable it is that the seed has migrated."""
    next_id: int


def identify_seeds(
    register: SeedRegister,
    scan: ScanFinds,
    limits: MigrationLimits,
    *,
    model: MatchingModel = SCAN_TO_SCAN,
    expected_new: float | None = None,
) -> ScanIdentities:
    """Say which find is which known seed, which are new, and what became of the rest.

    All finds are matched with all known seeds at once, also with those that were not seen of late,
    by optimal assignment on probabilities that sum over all other ways to match them and over the
    common motions that fit. The same input gives the same result.

    Args:
        register: the seeds known so far; ``SeedRegister()`` before the first scan.
        scan: the finds, and how far they are from the structures.
        limits: from where on a seed has migrated.
        model: sizes of errors and motions.
        expected_new: how many seeds were put in since the scan before, if that is known. It is a
            prior alone: other numbers that are found are told nevertheless.

    Raises:
        ValueError: the scan is in the register already, or ``expected_new`` is below zero.
    """
    if scan.scan in register.scans:
        raise ValueError(f"scan {scan.scan!r} has been identified already")
    if expected_new is not None and not 0.0 <= expected_new < np.inf:
        raise ValueError(f"the number of new seeds is zero or more, got {expected_new}")
    matching = match_points(known_points(register), scan.points(), model, expected_new=expected_new)
    seeds = tuple(carried(seed, row, matching) for row, seed in enumerate(register.seeds))
    compared = _Compared(
        seeds=seeds,
        scan=scan,
        matching=matching,
        migrated=_chances_migrated(seeds, scan, limits),
        next_id=1 + max((seed.seed_id for seed in seeds), default=0),
    )
    finds = _finds(compared)
    unfound = _unfound(compared, register, model)
    linked = {int(index) for index in matching.link if index >= 0}
    kept = [updated(seed, row, scan, matching, model) for row, seed in enumerate(seeds)]
    fresh = [new_seed(find, scan) for find in finds if find.index not in linked]
    motion = common_motion(matching) if seeds and scan.seeds else None
    return ScanIdentities(
        register=SeedRegister((*kept, *fresh), register.strands, (*register.scans, scan.scan)),
        finds=finds,
        unfound=unfound,
        motion=motion,
        noise_factor=matching.noise_factor,
        warnings=warnings_of(finds, unfound, motion, matching.noise_factor, limits),
    )


def _chances_migrated(
    seeds: tuple[KnownSeed, ...], scan: ScanFinds, limits: MigrationLimits
) -> FloatArray:
    """If they are a pair, how probable it is that the seed has migrated, shape (n, m)."""
    if not (seeds and scan.seeds):
        return np.zeros((len(seeds), len(scan.seeds)))
    homes = np.array([seed.home_mm for seed in seeds])
    spread = np.array([seed.home_covariance_mm2 for seed in seeds])
    away = scan.points().center_mm[None] - homes[:, None]
    moved = chance_moved(away, spread[:, None] + scan.covariance_mm2[None], limits.moved_mm)
    if not scan.lesions:
        return moved
    outside = np.array([scan.outside_mm(column) for column in range(len(scan.seeds))], dtype=float)
    variance = np.trace(scan.covariance_mm2, axis1=1, axis2=2) / 3.0
    escaped = chance_beyond(outside, variance, limits.outside_mm)
    was_inside = [(seed.home_outside_mm or 0.0) <= limits.outside_mm for seed in seeds]
    return np.where(np.array(was_inside)[:, None], np.maximum(moved, escaped), moved)


def _finds(compared: _Compared) -> tuple[IdentifiedFind, ...]:
    row_of = {int(c): r for r, c in enumerate(compared.matching.link) if c >= 0}
    finds: list[IdentifiedFind] = []
    next_id = compared.next_id
    for index in range(len(compared.scan.seeds)):
        row = row_of.get(index, -1)
        finds.append(_find(compared, index, row, next_id))
        next_id += row < 0
    return tuple(finds)


def _find(compared: _Compared, index: int, row: int, next_id: int) -> IdentifiedFind:
    """What one find is; ``row`` is the known seed that it was given, -1 for none."""
    seeds, scan, matching = compared.seeds, compared.scan, compared.matching
    pair, migrated = matching.pair[:, index], compared.migrated[:, index]
    alone = float(matching.column_alone[index])
    chance = {
        SeedStatus.NEW: alone,
        SeedStatus.SAME: float(pair @ (1.0 - migrated)),
        SeedStatus.MIGRATED: float(pair @ migrated),
    }
    if row < 0:
        status = max((SeedStatus.NEW, SeedStatus.MIGRATED), key=lambda one: chance[one])
        seed_id, certainty, moved = next_id, alone, None
    else:
        status = SeedStatus.MIGRATED if migrated[row] > 0.5 else SeedStatus.SAME
        seed_id, certainty = seeds[row].seed_id, float(pair[row])
        moved = as_vector(np.array(scan.seeds[index].center_mm) - np.array(seeds[row].home_mm))
    others = [
        Alternative(seeds[other].seed_id, float(pair[other]))
        for other in np.flatnonzero(pair > _LEAST_TOLD)
        if other != row
    ]
    if row >= 0 and alone > _LEAST_TOLD:
        others.append(Alternative(None, alone))
    others.sort(key=lambda other: -other.certainty)
    return IdentifiedFind(
        index=index,
        seed_id=seed_id,
        status=status,
        certainty=min(1.0, chance[status]),
        identity_certainty=certainty,
        moved_mm=moved,
        outside_mm=scan.outside_mm(index),
        nearest_structure=scan.nearest_structure(index),
        alternatives=tuple(others),
    )


def _unfound(
    compared: _Compared, register: SeedRegister, model: MatchingModel
) -> tuple[UnfoundSeed, ...]:
    unfound: list[UnfoundSeed] = []
    for row, seed in enumerate(compared.seeds):
        if compared.matching.link[row] >= 0:
            continue
        alone = float(compared.matching.row_alone[row])
        there = presence_unseen(register.seeds[row].presence, model)
        status = SeedStatus.LOST if there < _LOST_BELOW else SeedStatus.NOT_SEEN
        unfound.append(
            UnfoundSeed(
                seed_id=seed.seed_id,
                status=status,
                certainty=alone,
                presence=there,
                expected_mm=seed.center_mm,
            )
        )
    return tuple(unfound)


def common_motion(matching: Matching) -> CommonMotion:
    """The common motion of a matching, as it is told."""
    shift, turn, log_size = np.split(matching.motion.parameters()[0], [3, 6])
    return CommonMotion(
        shift_mm=as_vector(shift),
        rotation_deg=as_vector(np.degrees(turn)),
        swelling_percent=100.0 * float(np.expm1(log_size[0])),
        certainty=matching.motion_certainty,
    )
