"""How many seeds a group of bright voxels holds, and where: by evidence, one more at a time."""

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_finding.fit import Fit, Patch, Prior, fit_rods, misfit
from dosimetry_core.seed_finding.nearby import follow
from dosimetry_core.seed_finding.needles import squeeze_of
from dosimetry_core.seed_finding.overlap import overlapping
from dosimetry_core.seed_finding.patches import BACKGROUND_PERCENTILE
from dosimetry_core.seed_finding.population import Population
from dosimetry_core.seed_finding.rod import MASS, Z
from dosimetry_core.seed_finding.stacked import unstacked
from dosimetry_core.seed_finding.starts import (
    added,
    layered,
    parted,
    single_rod,
    split,
    starting_axes,
)

_ROUGH_STEPS, _FINE_STEPS = 5, 20
_HEAVY = 1.2  # times a seed's mass: might be two
_POOR = 15.0  # residual, in scales, that a wrong model leaves and streaks do not
_LEFT_OVER = 3.0  # and the least that one more rod might explain
_LEAST_GAIN = 0.04  # share of the cost of a seed's part of the patch that one more must take away
_LEAST_COST = 7.0  # and how much of it at least
_SHORT_OF_METAL = 0.6  # of a seed: a group must weigh nearly what its seeds weigh
_MOST_SEEDS = 16
_MOST_SPLIT = 3  # rods of a group in one step, the heaviest
_SEED_MM3 = 9.0  # of bright voxels, that a blurred seed has at least
_SHARED_VOXELS = 2  # seeds more than that: close ones share theirs
_MOST_PARTS = 6
_BEST = 3  # starts that are followed to the end


def fit_single(
    patch: Patch, points_mm: NDArray[np.float64], weights: NDArray[np.float64], prior: Prior
) -> Fit:
    """One rod, from several starting directions and from both edges of its slice.

    Within a slice nothing tells where the rod lies, so a fit that starts there may stay there.

    Args:
        patch: the voxels.
        points_mm: shape (n, 3), bright voxel centres (x, y, z) in the patch's frame.
        weights: shape (n,), their excess HU.
        prior: what is believed of the rod.
    """
    center = weights @ points_mm / weights.sum()
    background = _background(patch)
    best = min(
        (
            fit_rods(patch, single_rod(center, axis, prior)[None], background, prior, _ROUGH_STEPS)
            for axis in starting_axes(points_mm - center, weights)
        ),
        key=lambda fit: fit.cost,
    )
    tries = [best]
    for shift in (-0.5, 0.5):
        moved = best.rods.copy()
        moved[0, Z] = center[2] + shift * patch.spacing_mm[0]
        tries.append(fit_rods(patch, moved, best.background_hu, prior, _ROUGH_STEPS))
    best = min(tries, key=lambda fit: fit.cost)
    return fit_rods(patch, best.rods, best.background_hu, prior, _FINE_STEPS)


def fit_group(
    patch: Patch,
    points_mm: NDArray[np.float64],
    weights: NDArray[np.float64],
    population: Population,
    single: Fit,
) -> Fit:
    """As many rods as the evidence asks for.

    Args:
        patch: the voxels.
        points_mm: shape (n, 3), bright voxel centres (x, y, z) in the patch's frame.
        weights: shape (n,), their excess HU.
        population: what is believed of each rod.
        single: the best single object of any kind, as one more place to start from.
    """
    prior = population.prior
    share = _LEAST_GAIN * min(1.0, population.voxels / max(1.0, float(patch.use.sum())))
    if len(patch.ends):
        best = fit_rods(patch, patch.ends, _background(patch), prior, _FINE_STEPS)
    else:
        best = min(
            fit_single(patch, points_mm, weights, prior),
            fit_rods(patch, single.rods, single.background_hu, prior, _FINE_STEPS),
            key=lambda fit: fit.cost,
        )
    volume_mm3 = len(points_mm) * float(np.prod(patch.spacing_mm))
    most = min(_MOST_SEEDS, _SHARED_VOXELS + int(volume_mm3 / _SEED_MM3))
    while len(best.rods) - len(patch.ends) < most:
        better = _one_more(patch, best, points_mm, weights, prior)
        if better is None or best.cost - better.cost < max(_LEAST_COST, share * best.cost):
            break
        best = better
    return unstacked(patch, best, prior)


def _one_more(
    patch: Patch,
    now: Fit,
    points_mm: NDArray[np.float64],
    weights: NDArray[np.float64],
    prior: Prior,
) -> Fit | None:
    """The best explanation with one rod more than ``now``."""
    _, residual = misfit(patch, now.rods, now.background_hu)
    left_over = np.clip(residual, 0.0, None)
    first = len(patch.ends)
    most = float((left_over / patch.scale_hu).max())
    poor = len(now.rods) == 1 and most > _POOR
    heaviest = first + np.argsort(-now.rods[first:, MASS])[:_MOST_SPLIT]
    starts = [
        rods
        for n in heaviest
        if poor or now.rods[n, MASS] >= _HEAVY * prior.mass
        for rods in split(now.rods, int(n), prior, float(patch.spacing_mm[0]))
    ]
    if most > _LEFT_OVER:
        starts += added(patch, now, left_over, prior)
    if not first and len(now.rods) < _MOST_PARTS:
        starts.append(parted(points_mm, weights, len(now.rods) + 1, prior))
    if poor and not first:
        starts += layered(points_mm, weights, prior)
    rough = [follow(patch, now, rods, prior, _ROUGH_STEPS) for rods in starts]
    rough.sort(key=lambda fit: fit.cost)
    fine = [follow(patch, now, fit.rods, prior, _FINE_STEPS) for fit in rough[:_BEST]]
    possible = [fit for fit in fine if _possible(patch, fit.rods, prior)]
    return min(possible, key=lambda fit: fit.cost, default=None)


def _possible(patch: Patch, rods: NDArray[np.float64], prior: Prior) -> bool:
    seeds = rods[len(patch.ends) :]
    enough_metal = seeds[:, MASS].sum() >= (len(seeds) - _SHORT_OF_METAL) * prior.mass
    squeeze = squeeze_of(float(patch.spacing_mm[0]))
    return bool(enough_metal) and not overlapping(seeds, squeeze).any()


def _background(patch: Patch) -> float:
    """HU of the tissue around: the lower half of what is in use, free of metal and streaks."""
    tissue = (patch.data - patch.fixed)[patch.use]
    return float(np.percentile(tissue, BACKGROUND_PERCENTILE)) if tissue.size else 0.0
