"""Planned seeds and needles matched with what is found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_identity.carrying import as_vector
from dosimetry_core.seed_identity.identify import common_motion
from dosimetry_core.seed_identity.matching import Matching, match_points
from dosimetry_core.seed_identity.model import PLAN_TO_SCAN, MatchingModel
from dosimetry_core.seed_identity.points import Points, group_numbers
from dosimetry_core.seed_identity.result import Alternative, CommonMotion
from dosimetry_core.seed_identity.scan import ScanFinds
from dosimetry_core.values import Vector

FloatArray = NDArray[np.float64]

_EXACT_MM2 = 0.01
_LEAST_TOLD = 0.01
_LEAST_CHANCE, _MOST_CHANCE = 0.02, 0.99


@dataclass(frozen=True, slots=True)
class PlannedPlace:
    """Where a plan puts one seed.

    Attributes:
        center_mm: LPS mm.
        axis: unit vector along the capsule, LPS; None where the plan does not tell it.
        needle: the needle that it comes through; empty where the plan names none.
        strand: the strand that it hangs in; empty for a loose seed. The seeds of a strand keep the
            distances of the plan.
    """

    center_mm: Vector
    axis: Vector | None
    needle: str = ""
    strand: str = ""


@dataclass(frozen=True, slots=True)
class PlannedSeedMatch:
    """What became of one planned seed.

    Attributes:
        planned: which, counted from 0.
        found: which find it is; None if it is none of them.
        certainty: how probable that is.
        deviation_mm: from the planned place to the find, LPS mm, as they lie; None without a find.
        deviation_alone_mm: the same without what all seeds have in common.
        alternatives: which planned seeds the find might be instead, by probability, above 1 %;
            ``seed_id`` counts planned seeds from 0.
    """

    planned: int
    found: int | None
    certainty: float
    deviation_mm: Vector | None
    deviation_alone_mm: Vector | None
    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True, slots=True, eq=False)
class PlanMatch:
    """A plan held against a scan.

    Attributes:
        seeds: one for each planned seed.
        unplanned: finds that are no planned seed, and how probable that is.
        motion: of the finds against the plan; None where one of them is empty.
        needle_chances: for each needle of the plan how probable it is of each find that it is one
            of the needle's seeds, shape (finds,).
    """

    seeds: tuple[PlannedSeedMatch, ...]
    unplanned: tuple[tuple[int, float], ...]
    motion: CommonMotion | None
    needle_chances: Mapping[str, FloatArray]


def match_plan(
    planned: Sequence[PlannedPlace],
    scan: ScanFinds,
    *,
    implanted: Mapping[str, int] | None = None,
    model: MatchingModel = PLAN_TO_SCAN,
) -> PlanMatch:
    """Say which find is which planned seed.

    Seeds of one needle share its deviation, those of a strand keep their distances. Plan and scan
    are in one frame of reference, up to the motion that the model allows.

    Args:
        planned: the plan's seeds.
        scan: the finds.
        implanted: how many seeds the operator says were put in so far, by needle; a needle that is
            not named counts as not implanted. None takes the whole plan as implanted. It is a prior
            alone.
        model: sizes of errors and motions.

    Raises:
        ValueError: a number of seeds is below zero.
    """
    matching = match_points(_planned_points(planned, implanted), scan.points(), model)
    row_of = {int(column): row for row, column in enumerate(matching.link) if column >= 0}
    return PlanMatch(
        seeds=tuple(_seed_match(n, planned, scan, matching) for n in range(len(planned))),
        unplanned=tuple(
            (index, float(matching.column_alone[index]))
            for index in range(len(scan.seeds))
            if index not in row_of
        ),
        motion=common_motion(matching) if planned and scan.seeds else None,
        needle_chances=_needle_chances(planned, matching),
    )


def _planned_points(planned: Sequence[PlannedPlace], implanted: Mapping[str, int] | None) -> Points:
    count = len(planned)
    return Points(
        center_mm=np.array([place.center_mm for place in planned]).reshape(-1, 3),
        covariance_mm2=np.tile(_EXACT_MM2 * np.eye(3), (count, 1, 1)),
        axis=np.array([place.axis or (0.0, 0.0, 0.0) for place in planned]).reshape(-1, 3),
        chance=_chances(planned, implanted),
        group=group_numbers([place.needle or place.strand for place in planned]),
        gap_mm=_strand_gaps(planned),
    )


def _chances(planned: Sequence[PlannedPlace], implanted: Mapping[str, int] | None) -> FloatArray:
    """How probable it is of each planned seed that it has been put in."""
    if implanted is None:
        return np.full(len(planned), _MOST_CHANCE)
    chances = np.zeros(len(planned))
    for needle in {place.needle for place in planned}:
        members = [n for n, place in enumerate(planned) if place.needle == needle]
        count = implanted.get(needle, 0)
        if count < 0:
            raise ValueError(f"needle {needle!r}: the number of seeds is zero or more, got {count}")
        chances[members] = np.clip(count / len(members), _LEAST_CHANCE, _MOST_CHANCE)
    return chances


def _strand_gaps(planned: Sequence[PlannedPlace]) -> FloatArray:
    number = group_numbers([place.strand for place in planned])
    centers = np.array([place.center_mm for place in planned]).reshape(-1, 3)
    gaps = np.sqrt(((centers[:, None] - centers[None]) ** 2).sum(axis=2))
    same = (number[:, None] == number[None]) & (number[:, None] >= 0)
    return np.where(same, gaps, np.nan)


def _seed_match(
    row: int, planned: Sequence[PlannedPlace], scan: ScanFinds, matching: Matching
) -> PlannedSeedMatch:
    index = int(matching.link[row])
    if index < 0:
        return PlannedSeedMatch(row, None, float(matching.row_alone[row]), None, None, ())
    chances = matching.pair[:, index]
    others = [Alternative(n, float(p)) for n, p in enumerate(chances) if n != row]
    others.append(Alternative(None, float(matching.column_alone[index])))
    others.sort(key=lambda other: -other.certainty)
    at = np.array(scan.seeds[index].center_mm)
    common = matching.motion.moved_mm(np.array([planned[row].center_mm]))[0, 0]
    return PlannedSeedMatch(
        planned=row,
        found=index,
        certainty=float(chances[row]),
        deviation_mm=as_vector(at - np.array(planned[row].center_mm)),
        deviation_alone_mm=as_vector(at - common),
        alternatives=tuple(other for other in others if other.certainty > _LEAST_TOLD),
    )


def _needle_chances(planned: Sequence[PlannedPlace], matching: Matching) -> dict[str, FloatArray]:
    needles = sorted({place.needle for place in planned if place.needle})
    return {
        needle: np.minimum(
            matching.pair[[place.needle == needle for place in planned]].sum(axis=0), 1.0
        )
        for needle in needles
    }
