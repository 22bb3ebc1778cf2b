"""The shape of ice: round a probe, its surface is met once in every direction and is smooth."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.ice.filters import Bools, Floats, interpolated, nearest
from dosimetry_core.values import Volume

_DIRECTIONS = 642
_STEP_MM = 0.75
_NEIGHBOURS = 12
_ROUNDS = 30
_PASSED_ON = 0.5  # of its neighbours' say, by a direction that shows nothing itself
_SURE_MM = 1.0  # of frozen inside and of unfrozen outside: no direction has more say than this
_NARROWEST_SHARE = -0.6
_WIDEST_SHARE = 1.6
_LEAST_SAY = 0.02  # of a direction in a wall told together: what is farther off has none

FloatArray = NDArray[np.float64]


class Wall(NamedTuple):
    """Tissue that ends the ice in a direction for good, whatever lies behind it.

    Attributes:
        thick_mm: how much of it does, counted half for each mm of tissue that is surely not frozen.
        beyond_mm: no wall stands nearer to the centre: beside a probe little is known.
        together_deg: directions so far apart tell it together, so that no noise opens a gap in it.
    """

    thick_mm: float
    beyond_mm: float
    together_deg: float


ANY_WALL = Wall(1.5, 0.0, 0.0)
"""For a fall from a baseline, which no tissue but ice shows."""


def star_shaped(
    share: Floats,
    weight: Floats,
    part: Volume,
    center_mm: FloatArray,
    *,
    reach_mm: float,
    stiffness: float,
    wall: Wall = ANY_WALL,
) -> Bools:
    """The body about a centre that best parts what is frozen from what is not.

    In each of many directions the surface lies where it leaves most of the frozen inside and of the
    unfrozen outside, less a price for lying off the mean of the directions around.

    Args:
        share: how much of each voxel is frozen, by its HU, shape (k, j, i).
        weight: how far that is known, 0 to 1.
        part: gives the grid.
        center_mm: LPS mm, inside the ice.
        reach_mm: largest radius.
        stiffness: price of a surface 1 mm off its neighbours' mean, in mm of wrong voxels per mm.
        wall: what ends the ice for good.

    Returns:
        Voxels whose centres lie inside.
    """
    directions = _sphere()
    radii = np.arange(0.5 * _STEP_MM, reach_mm, _STEP_MM)
    points = center_mm + directions[:, None, :] * radii[None, :, None]
    kji = part.to_index(points.reshape(-1, 3))
    shape = (len(directions), len(radii))
    frozen = interpolated(np.asarray(share, dtype=np.float64), kji).reshape(shape)
    known = interpolated(np.asarray(weight, dtype=np.float64), kji).reshape(shape)
    # to_index beyond the part: interpolation gives 0 for both, which says nothing.
    gain = known * (0.5 - np.clip(frozen, _NARROWEST_SHARE, _WIDEST_SHARE)) * _STEP_MM
    cost = np.concatenate([np.zeros((shape[0], 1)), np.cumsum(gain, axis=1)], axis=1)
    if wall.together_deg > 0:
        cost = _together(directions, wall.together_deg) @ cost
    risen = cost - np.minimum.accumulate(cost, axis=1)
    risen[:, : int(wall.beyond_mm / _STEP_MM)] = 0.0
    cost[np.maximum.accumulate(risen, axis=1) > wall.thick_mm] = np.inf
    at = np.arange(shape[1] + 1) * _STEP_MM
    best_cost = cost.min(axis=1)
    last = np.where(np.isfinite(cost), cost, -np.inf).max(axis=1)
    sure = np.clip(np.minimum(-best_cost, last - best_cost), 0.0, _SURE_MM)
    surface: FloatArray = at[cost.argmin(axis=1)].astype(np.float64)
    near = np.argsort(-(directions @ directions.T), axis=1)[:, 1 : _NEIGHBOURS + 1]
    say = np.maximum(sure, 1e-3)
    for _ in range(_ROUNDS):
        mean = (say[near] * surface[near]).sum(axis=1) / say[near].sum(axis=1)
        say = np.maximum(sure, _PASSED_ON * say[near].mean(axis=1))
        best = at[(cost + stiffness * (at[None, :] - mean[:, None]) ** 2).argmin(axis=1)]
        if np.abs(best - surface).max() < 0.5 * _STEP_MM:
            break
        surface = (0.5 * (best + surface)).astype(np.float64)
    return _inside(part, center_mm, directions, surface)


def _sphere() -> FloatArray:
    """Unit vectors spread evenly (Fibonacci lattice)."""
    n = np.arange(_DIRECTIONS) + 0.5
    z = 1.0 - 2.0 * n / _DIRECTIONS
    turn = n * math.pi * (1.0 + math.sqrt(5.0))
    flat = np.sqrt(1.0 - z * z)
    return np.stack([flat * np.cos(turn), flat * np.sin(turn), z], axis=1)


def _together(directions: FloatArray, angle_deg: float) -> FloatArray:
    """Say of each direction in that of each, (n, n): a bell on the sphere, rows add up to 1."""
    cosine = np.clip(directions @ directions.T, -1.0, 1.0)
    say = np.exp((cosine - 1.0) / math.radians(angle_deg) ** 2)
    say[say < _LEAST_SAY] = 0.0
    return say / say.sum(axis=1, keepdims=True)


def _inside(
    part: Volume,
    center_mm: FloatArray,
    directions: FloatArray,
    surface: FloatArray,
) -> Bools:
    inside = np.zeros(part.values.shape, np.bool_)
    longest = float(surface.max())
    if longest <= 0:
        return inside
    spacing = np.array(part.spacing_mm)
    middle = part.to_index(center_mm)
    low = np.clip(np.floor(middle - longest / spacing), 0, np.array(inside.shape)).astype(int)
    high = np.clip(np.ceil(middle + longest / spacing) + 1, 0, np.array(inside.shape)).astype(int)
    box = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    kji = np.moveaxis(np.indices(inside[box].shape, dtype=np.float64), 0, -1).reshape(-1, 3) + low
    offset = part.to_patient_mm(kji) - center_mm
    distance = np.linalg.norm(offset, axis=1)
    unit = offset / np.maximum(distance, 1e-9)[:, None]
    gap, index = nearest(directions, unit, 3)
    closeness = 1.0 / (gap + 1e-6)
    radius = (surface[index] * closeness).sum(axis=1) / closeness.sum(axis=1)
    inside[box] = (distance <= radius).reshape(inside[box].shape)
    return inside
