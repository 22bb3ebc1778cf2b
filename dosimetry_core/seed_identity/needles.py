"""Needles as lines: planned ones matched with those that are seen, and seeds given to them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_identity.matching import Matching, match_points
from dosimetry_core.seed_identity.model import PLAN_TO_SCAN, MatchingModel
from dosimetry_core.seed_identity.points import Points, free_points
from dosimetry_core.values import Vector

FloatArray = NDArray[np.float64]

_UNIT = 1e-3
_FLATTEST = 0.5
_EXACT_MM = 0.1
_SURE_NEEDLE = 0.99
_STRAY_PER_MM2 = 1e-4

STRAY_MM = 3.0
"""How far seeds lie from where a needle was planned or told, across it, one standard deviation."""

TRACK_MM = 2.0
"""How far seeds lie from the track of a needle that was seen, across it, one standard deviation."""

NEEDLES = replace(PLAN_TO_SCAN, own_mm=2.5, own_along_mm=0.0, axis_deg=4.0, miss_rate=0.1)
"""Planned needles against needles that are seen: tips stray by some mm, directions by degrees."""


@dataclass(frozen=True, slots=True)
class NeedleLine:
    """A needle as a line.

    Attributes:
        name: the plan's name of it, or a name for one that is seen.
        tip_mm: LPS mm.
        direction: unit vector along it, LPS; its sign carries no meaning.

    Raises:
        ValueError: the direction is no unit vector, or a number is not finite.
    """

    name: str
    tip_mm: Vector
    direction: Vector

    def __post_init__(self) -> None:
        if not np.all(np.isfinite(self.tip_mm)):
            raise ValueError(f"needle {self.name!r}: the tip is three finite mm")
        if not abs(float(np.linalg.norm(self.direction)) - 1.0) < _UNIT:
            raise ValueError(f"needle {self.name!r}: the direction is a unit vector")


@dataclass(frozen=True, slots=True)
class NeedleMatch:
    """Which needle that is seen a planned needle is.

    Attributes:
        planned: the planned needle's name.
        seen: the name of the needle that is seen; None if it is none of them.
        certainty: how probable that is.
        depth_mm: how much further the tip is than planned, along the planned direction; None
            without a needle.
    """

    planned: str
    seen: str | None
    certainty: float
    depth_mm: float | None


def match_needles(
    planned: Sequence[NeedleLine],
    seen: Sequence[NeedleLine],
    *,
    sigma_mm: float = 1.0,
    model: MatchingModel = NEEDLES,
) -> tuple[NeedleMatch, ...]:
    """Say which planned needle is which of those that are seen.

    Needles are compared where they cross the plane through the middle of the planned tips, across
    the planned needles' mean direction: how deep a tip is says nothing of which needle it is. One
    that is flatter than 30 degrees to that plane is compared by its tip.

    Args:
        planned: needles of the plan.
        seen: needles found, or told by the operator.
        sigma_mm: error of a seen needle's place, one standard deviation.
        model: sizes of errors and motions.
    """
    if not planned:
        return ()
    matching = match_lines(planned, seen, (_EXACT_MM, sigma_mm), model)
    matches: list[NeedleMatch] = []
    for row, needle in enumerate(planned):
        column = int(matching.link[row])
        if column < 0:
            matches.append(NeedleMatch(needle.name, None, float(matching.row_alone[row]), None))
            continue
        deeper = np.array(seen[column].tip_mm) - np.array(needle.tip_mm)
        depth = float(deeper @ np.array(needle.direction))
        matches.append(
            NeedleMatch(needle.name, seen[column].name, float(matching.pair[row, column]), depth)
        )
    return tuple(matches)


def match_lines(
    before: Sequence[NeedleLine],
    after: Sequence[NeedleLine],
    sigmas_mm: tuple[float, float],
    model: MatchingModel,
) -> Matching:
    """Match lines where they cross the plane through the middle of the tips of those before.

    Args:
        before: one or more.
        after: any number.
        sigmas_mm: errors of the places of both, one standard deviation.
        model: sizes of errors and motions.
    """
    directions = np.array([needle.direction for needle in before])
    across = np.linalg.eigh(directions.T @ directions)[1][:, -1]
    middle = np.array([needle.tip_mm for needle in before]).mean(axis=0)
    return match_points(
        _crossings(before, middle, across, sigmas_mm[0]),
        _crossings(after, middle, across, sigmas_mm[1]),
        model,
    )


def needle_chances(
    centers_mm: FloatArray,
    needles: Sequence[NeedleLine],
    *,
    sigma_mm: float | Sequence[float] = STRAY_MM,
) -> dict[str, FloatArray]:
    """How probable it is of each seed that it came through each needle, by its distance from it.

    Args:
        centers_mm: shape (n, 3), LPS mm.
        needles: where they lay when the seeds were left.
        sigma_mm: how far seeds stray across the needle, one standard deviation; one for all or one
            for each needle.

    Returns:
        For each needle's name shape (n,); what a seed lacks to 1 is the chance of none of them.
    """
    density = np.zeros((len(needles), len(centers_mm)))
    spread = np.broadcast_to(np.asarray(sigma_mm, dtype=np.float64), (len(needles),))
    for row, needle in enumerate(needles):
        arm = centers_mm - np.array(needle.tip_mm)
        along = arm @ np.array(needle.direction)
        square = (arm**2).sum(axis=1) - along**2
        variance = spread[row] ** 2
        density[row] = np.exp(-0.5 * square / variance) / (2.0 * np.pi * variance)
    share = density / (density.sum(axis=0) + _STRAY_PER_MM2)
    return {needle.name: share[row] for row, needle in enumerate(needles)}


def _crossings(
    needles: Sequence[NeedleLine], middle: FloatArray, across: FloatArray, sigma_mm: float
) -> Points:
    tips = np.array([needle.tip_mm for needle in needles]).reshape(-1, 3)
    directions = np.array([needle.direction for needle in needles]).reshape(-1, 3)
    slope = directions @ across
    steep = np.abs(slope) >= _FLATTEST
    way = np.where(steep, ((middle - tips) @ across) / np.where(steep, slope, 1.0), 0.0)
    return free_points(
        center_mm=tips + way[:, None] * directions,
        covariance_mm2=np.tile(sigma_mm**2 * np.eye(3), (len(needles), 1, 1)),
        axis=directions,
        chance=np.full(len(needles), _SURE_NEEDLE),
    )
