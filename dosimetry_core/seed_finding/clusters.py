"""How many seeds a group of bright voxels holds, and where: by evidence, one more at a time."""

import itertools
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_finding.fit import Fit, Patch, Prior, fit_rods, misfit
from dosimetry_core.seed_finding.rod import BLUR, LENGTH, MASS, ROD_FIELDS, UX, UZ, X, Z

_START_TILT = 0.6  # sine of the tilt out of the slice that the side starts have
_ROUGH_STEPS, _FINE_STEPS = 5, 20
_HEAVY = 1.4  # times a seed's mass: might be two
_LEAST_GAIN = 0.12  # share of the cost that one more seed must take away
_LEAST_COST = 8.0  # and how much of it at least
_JOINT_MM = 7.0  # seeds with centres nearer than this are fitted together
_MOST_SEEDS = 40


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
    patch: Patch, points_mm: NDArray[np.float64], weights: NDArray[np.float64], prior: Prior
) -> Fit:
    """As many rods as the evidence asks for; arguments as in :func:`fit_single`."""
    best = fit_single(patch, points_mm, weights, prior)
    while len(best.rods) < _MOST_SEEDS:
        better = _one_more(patch, best, prior)
        needed = max(_LEAST_COST, _LEAST_GAIN * best.cost)
        if better is None or best.cost - better.cost < needed:
            return best
        best = better
    return best


def _one_more(patch: Patch, now: Fit, prior: Prior) -> Fit | None:
    """The best explanation with one rod more than ``now``."""
    trials = [_split(now.rods, n, prior) for n in range(len(now.rods))]
    starts = [rods for group in trials for rods in group]
    added = _added(patch, now, prior)
    if added is not None:
        starts.append(added)
    best: Fit | None = None
    for rods in starts:
        rough = _refit(patch, rods, now.background_hu, prior, _ROUGH_STEPS)
        if best is None or rough.cost < best.cost:
            best = rough
    if best is None:
        return None
    return _refit(patch, best.rods, best.background_hu, prior, _FINE_STEPS)


def _refit(
    patch: Patch, rods: NDArray[np.float64], background: float, prior: Prior, steps: int
) -> Fit:
    return fit_rods(patch, rods, background, prior, steps)


def _split(
    rods: NDArray[np.float64], which: int, prior: Prior
) -> list[NDArray[np.float64]]:
    """Ways to see one heavy rod as two: end to end, side by side, crossed."""
    rod = rods[which]
    if rod[MASS] < _HEAVY * prior.mass:
        return []
    axis = rod[UX : UZ + 1]
    side = np.cross(axis, [0.0, 0.0, 1.0])
    if np.linalg.norm(side) < 0.1:
        side = np.cross(axis, [1.0, 0.0, 0.0])
    side /= np.linalg.norm(side)
    over = np.cross(axis, side)
    ways = []
    for shift, turn in (
        (0.6 * prior.length_mm * axis, 0.0 * axis),
        (0.6 * side, 0.0 * axis),
        (0.8 * over, 0.0 * axis),
        (0.2 * over, 0.6 * side),
        (0.2 * side, 0.6 * over),
    ):
        pair = np.repeat(rod[None], 2, axis=0)
        for one, sign in zip(pair, (-1.0, 1.0), strict=True):
            one[X : Z + 1] += sign * shift
            turned = axis + sign * turn
            one[UX : UZ + 1] = turned / np.linalg.norm(turned)
            one[MASS], one[LENGTH], one[BLUR] = prior.mass, prior.length_mm, prior.blur_mm
        ways.append(np.concatenate([np.delete(rods, which, axis=0), pair]))
    return ways


def _added(patch: Patch, now: Fit, prior: Prior) -> NDArray[np.float64] | None:
    """The rods with one more where the residual is greatest."""
    _, residual = misfit(patch, now.rods, now.background_hu)
    positive = np.clip(residual, 0.0, None)
    peak = np.unravel_index(int(positive.argmax()), positive.shape)
    if positive[peak] < 3.0 * patch.scale_hu:
        return None
    at = np.array(peak) * patch.spacing_mm
    kji = np.argwhere(positive >= 0.4 * positive[peak])
    points = (kji * patch.spacing_mm)[:, ::-1]
    near = np.linalg.norm(points - at[::-1], axis=1) <= 3.0 + 0.5 * patch.spacing_mm[0]
    points, weights = points[near], positive[tuple(kji[near].T)]
    center = weights @ points / weights.sum()
    axis = _starting_axes(points - center, weights)[0]
    return np.concatenate([now.rods, _rod(center, axis, prior)[None]])


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
    return float(np.percentile(patch.data[patch.use], 35.0)) if patch.use.any() else 0.0
