"""Places from which a fit of one rod more can start."""

import itertools

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_finding.fit import Fit, Patch, Prior
from dosimetry_core.seed_finding.rod import BLUR, LENGTH, MASS, ROD_FIELDS, UX, UY, UZ, X, Z

_PLACES = 3
_LEAST_PEAK = 3.0  # scales: what is less is no reason for one more
_STEEP = 0.1  # a rod with less of it in the slice has no direction there
_START_TILT = 0.6  # sine of the tilt out of the slice that the side starts have


def split(
    rods: NDArray[np.float64], which: int, prior: Prior, slice_mm: float
) -> list[NDArray[np.float64]]:
    """Ways to see one rod as two: end to end, side by side, crossed, each in a slice of its own."""
    rod = rods[which]
    level = np.array([rod[UX], rod[UY], 0.0])
    flat = level / np.linalg.norm(level) if np.linalg.norm(level) > _STEEP else np.eye(3)[0]
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
        (0.5 * slice_mm * np.eye(3)[2], flat, 0.0 * axis),
    ):
        pair = np.repeat(rod[None], 2, axis=0)
        for one, sign in zip(pair, (-1.0, 1.0), strict=True):
            one[X : Z + 1] += sign * shift
            one[UX : UZ + 1] = (along + sign * turn) / np.linalg.norm(along + sign * turn)
            one[MASS], one[LENGTH], one[BLUR] = prior.mass, prior.length_mm, prior.blur_mm
        ways.append(np.concatenate([np.delete(rods, which, axis=0), pair]))
    return ways


def added(
    patch: Patch, now: Fit, left_over: NDArray[np.float64], prior: Prior
) -> list[NDArray[np.float64]]:
    """The rods with one more, where the residual is greatest in each of a few places."""
    left = left_over / patch.scale_hu
    ways: list[NDArray[np.float64]] = []
    for _ in range(_PLACES):
        peak = np.unravel_index(int(left.argmax()), left.shape)
        if left[peak] < _LEAST_PEAK:
            break
        at = (np.array(peak) * patch.spacing_mm)[::-1]
        kji = np.argwhere(left_over >= 0.4 * left_over[peak])
        points = (kji * patch.spacing_mm)[:, ::-1]
        near = np.linalg.norm(points - at, axis=1) <= 3.0 + 0.5 * patch.spacing_mm[0]
        points, weights = points[near], left_over[tuple(kji[near].T)]
        center = weights @ points / weights.sum()
        axis = starting_axes(points - center, weights)[0]
        ways.append(np.concatenate([now.rods, single_rod(center, axis, prior)[None]]))
        left = left.copy()
        left[tuple(kji[near].T)] = 0.0
    return ways


def parted(
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
        single_rod(
            centers[n],
            starting_axes(points_mm[part == n] - centers[n], weights[part == n])[0],
            prior,
        )
        for n in range(count)
    ]
    return np.array(rods)


def layered(
    points_mm: NDArray[np.float64], weights: NDArray[np.float64], prior: Prior
) -> list[NDArray[np.float64]]:
    """Fresh starts for two rods that cross: each lying in a slice of its own."""
    rods: list[NDArray[np.float64]] = []
    for z in np.unique(points_mm[:, 2]):
        here = points_mm[:, 2] == z
        center = weights[here] @ points_mm[here] / weights[here].sum()
        offsets = points_mm[here] - center
        rods.append(single_rod(center, starting_axes(offsets, weights[here])[0], prior))
    rods.sort(key=lambda rod: abs(rod[Z] - float(np.median(points_mm[:, 2]))))
    return [np.array(pair) for pair in itertools.combinations(rods[:3], 2)]


def single_rod(
    center: NDArray[np.float64], axis: NDArray[np.float64], prior: Prior
) -> NDArray[np.float64]:
    """A rod at a place that is otherwise what the prior believes, shape (ROD_FIELDS,)."""
    rod = np.empty(ROD_FIELDS)
    rod[MASS], rod[LENGTH], rod[BLUR] = prior.mass, prior.length_mm, prior.blur_mm
    rod[X : Z + 1], rod[UX : UZ + 1] = center, axis
    return rod


def starting_axes(
    offsets: NDArray[np.float64], weights: NDArray[np.float64]
) -> list[NDArray[np.float64]]:
    """The main axis of the bright voxels, its variants tilted out of the slice, and z."""
    spread = (offsets * weights[:, None]).T @ offsets + 1e-6 * np.eye(3)
    main = np.linalg.eigh(spread)[1][:, -1]
    flat = np.linalg.eigh(spread[:2, :2])[1][:, -1]
    lean = np.sqrt(1.0 - _START_TILT**2)
    tilted = [np.array([*(lean * flat), sign * _START_TILT]) for sign in (-1.0, 1.0)]
    return [main, *tilted, np.array([0.0, 0.0, 1.0])]
