"""How many seeds a group of bright voxels holds, and where: by evidence, one more at a time."""

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_finding.fit import Fit, Patch, Prior, fit_rods, misfit
from dosimetry_core.seed_finding.needles import squeeze_of
from dosimetry_core.seed_finding.overlap import overlapping
from dosimetry_core.seed_finding.patches import BACKGROUND_PERCENTILE
from dosimetry_core.seed_finding.rod import BLUR, LENGTH, MASS, ROD_FIELDS, UX, UZ, X, Z

_START_TILT = 0.6  # sine of the tilt out of the slice that the side starts have
_ROUGH_STEPS, _FINE_STEPS = 5, 20
_HEAVY = 1.4  # times a seed's mass: might be two
_POOR = 15.0  # residual, in scales, that a wrong model leaves and streaks do not
_LEFT_OVER = 3.0  # and the least that one more rod might explain
_LEAST_GAIN = 0.15  # share of the cost that one more seed must take away
_LEAST_COST = 12.0  # and how much of it at least
_SHORT_OF_METAL = 0.6  # of a seed: a group must weigh nearly what its seeds weigh
_MOST_SEEDS = 40
_MOST_PARTS = 6
_BEST = 3  # starts that are followed to the end


def fit_single(
    patch: Patch, points_mm: NDArray[np.float64], weights: NDArray[np.float64], prior: Prior
) -> Fit:
    """One rod, from several starting directions.

    Args:
        patch: the voxels.
        points_mm: shape (n, 3), bright voxel centres (x, y, z) in the patch's frame.
        weights: shape (n,), their excess HU.
        prior: what is believed of the rod.
    """
    center = weights @ points_mm / weights.sum()
    background = _background(patch)
    best: Fit | None = None
    for axis in _starting_axes(points_mm - center, weights):
        rod = _rod(center, axis, prior)
        trial = fit_rods(patch, rod[None], background, prior, _ROUGH_STEPS)
        if best is None or trial.cost < best.cost:
            best = trial
    assert best is not None
    return fit_rods(patch, best.rods, best.background_hu, prior, _FINE_STEPS)


def fit_group(
    patch: Patch,
    points_mm: NDArray[np.float64],
    weights: NDArray[np.float64],
    prior: Prior,
    single: Fit,
) -> Fit:
    """As many rods as the evidence asks for.

    Args:
        patch: the voxels.
        points_mm: shape (n, 3), bright voxel centres (x, y, z) in the patch's frame.
        weights: shape (n,), their excess HU.
        prior: what is believed of each rod.
        single: the best single object of any kind, as one more place to start from.
    """
    best = min(
        fit_single(patch, points_mm, weights, prior),
        fit_rods(patch, single.rods, single.background_hu, prior, _FINE_STEPS),
        key=lambda fit: fit.cost,
    )
    while len(best.rods) < _MOST_SEEDS:
        better = _one_more(patch, best, points_mm, weights, prior)
        if better is None or best.cost - better.cost < max(_LEAST_COST, _LEAST_GAIN * best.cost):
            return best
        best = better
    return best


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
    poor = len(now.rods) == 1 and float(left_over.max()) > _POOR * patch.scale_hu
    starts = [
        rods
        for n in range(len(now.rods))
        if poor or now.rods[n, MASS] >= _HEAVY * prior.mass
        for rods in _split(now.rods, n, prior)
    ]
    if left_over.max() > _LEFT_OVER * patch.scale_hu:
        starts.append(_added(patch, now, left_over, prior))
    if len(now.rods) < _MOST_PARTS:
        starts.append(_parted(points_mm, weights, len(now.rods) + 1, prior))
    rough = [fit_rods(patch, rods, now.background_hu, prior, _ROUGH_STEPS) for rods in starts]
    rough.sort(key=lambda fit: fit.cost)
    fine = [
        fit_rods(patch, fit.rods, fit.background_hu, prior, _FINE_STEPS) for fit in rough[:_BEST]
    ]
    possible = [fit for fit in fine if _possible(patch, fit.rods, prior)]
    return min(possible, key=lambda fit: fit.cost, default=None)


def _possible(patch: Patch, rods: NDArray[np.float64], prior: Prior) -> bool:
    enough_metal = rods[:, MASS].sum() >= (len(rods) - _SHORT_OF_METAL) * prior.mass
    squeeze = squeeze_of(float(patch.spacing_mm[0]))
    return bool(enough_metal) and not overlapping(rods, squeeze).any()


def _split(rods: NDArray[np.float64], which: int, prior: Prior) -> list[NDArray[np.float64]]:
    """Ways to see one rod as two: end to end, side by side, crossed."""
    rod = rods[which]
    axis = rod[UX : UZ + 1]
    side = np.cross(axis, [0.0, 0.0, 1.0])
    if np.linalg.norm(side) < 0.1:
        side = np.cross(axis, [1.0, 0.0, 0.0])
    side /= np.linalg.norm(side)
    over = np.cross(axis, side)
    ways: list[NDArray[np.float64]] = []
    for shift, along, turn in (
        (0.6 * prior.length_mm * axis, axis, 0.0 * axis),
        (0.85 * side, axis, 0.0 * axis),
        (0.85 * over, axis, 0.0 * axis),
        (0.85 * axis, side, 0.0 * axis),
        (0.85 * axis, over, 0.0 * axis),
        (0.5 * over, axis, 0.7 * side),
        (0.9 * over, axis, 0.9 * side),
        (0.9 * over, axis, -0.9 * side),
        (0.5 * side, axis, 0.7 * over),
    ):
        pair = np.repeat(rod[None], 2, axis=0)
        for one, sign in zip(pair, (-1.0, 1.0), strict=True):
            one[X : Z + 1] += sign * shift
            one[UX : UZ + 1] = (along + sign * turn) / np.linalg.norm(along + sign * turn)
            one[MASS], one[LENGTH], one[BLUR] = prior.mass, prior.length_mm, prior.blur_mm
        ways.append(np.concatenate([np.delete(rods, which, axis=0), pair]))
    return ways


def _added(
    patch: Patch, now: Fit, left_over: NDArray[np.float64], prior: Prior
) -> NDArray[np.float64]:
    """The rods with one more where the residual is greatest."""
    peak = np.unravel_index(int(left_over.argmax()), left_over.shape)
    at = np.array(peak) * patch.spacing_mm
    kji = np.argwhere(left_over >= 0.4 * left_over[peak])
    points = (kji * patch.spacing_mm)[:, ::-1]
    near = np.linalg.norm(points - at[::-1], axis=1) <= 3.0 + 0.5 * patch.spacing_mm[0]
    points, weights = points[near], left_over[tuple(kji[near].T)]
    center = weights @ points / weights.sum()
    axis = _starting_axes(points - center, weights)[0]
    return np.concatenate([now.rods, _rod(center, axis, prior)[None]])


def _parted(
    points_mm: NDArray[np.float64], weights: NDArray[np.float64], count: int, prior: Prior
) -> NDArray[np.float64]:
    """A fresh start: the bright voxels in ``count`` parts (k-means from the farthest points)."""
    centers = points_mm[[int(weights.argmax())]]
    while len(centers) < count:
        distance = np.linalg.norm(points_mm[:, None] - centers, axis=2).min(axis=1)
        centers = np.concatenate([centers, points_mm[[int((distance * weights).argmax())]]])
    part = np.zeros(len(points_mm), np.int64)
    for _ in range(8):
        part = np.linalg.norm(points_mm[:, None] - centers, axis=2).argmin(axis=1)
        for n in range(count):
            mine = part == n
            if mine.any():
                centers[n] = weights[mine] @ points_mm[mine] / weights[mine].sum()
    rods = [
        _rod(
            centers[n],
            _starting_axes(points_mm[part == n] - centers[n], weights[part == n])[0],
            prior,
        )
        for n in range(count)
    ]
    return np.array(rods)


def _rod(
    center: NDArray[np.float64], axis: NDArray[np.float64], prior: Prior
) -> NDArray[np.float64]:
    rod = np.empty(ROD_FIELDS)
    rod[MASS], rod[LENGTH], rod[BLUR] = prior.mass, prior.length_mm, prior.blur_mm
    rod[X : Z + 1], rod[UX : UZ + 1] = center, axis
    return rod


def _starting_axes(
    offsets: NDArray[np.float64], weights: NDArray[np.float64]
) -> list[NDArray[np.float64]]:
    """The main axis of the bright voxels, its variants tilted out of the slice, and z."""
    spread = (offsets * weights[:, None]).T @ offsets + 1e-6 * np.eye(3)
    main = np.linalg.eigh(spread)[1][:, -1]
    flat = np.linalg.eigh(spread[:2, :2])[1][:, -1]
    lean = np.sqrt(1.0 - _START_TILT**2)
    tilted = [np.array([*(lean * flat), sign * _START_TILT]) for sign in (-1.0, 1.0)]
    return [main, *tilted, np.array([0.0, 0.0, 1.0])]


def _background(patch: Patch) -> float:
    """HU of the tissue around: the lower half of what is in use, free of metal and streaks."""
    tissue = (patch.data - patch.fixed)[patch.use]
    return float(np.percentile(tissue, BACKGROUND_PERCENTILE)) if tissue.size else 0.0
