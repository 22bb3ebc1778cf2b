"""The least and the greatest dose in a structure, its surface included."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.dvh.cells import to_patient
from dosimetry_core.dvh.dose import DosePoints
from dosimetry_core.dvh.region import Region

FloatArray = NDArray[np.float64]

STARTS = 4
"""Places that are looked at closer."""
DIRECTIONS = 32
ROUNDS = 5
SHRINK = 0.35
"""Each round searches in so much smaller a ball: the last one is a 70th of the spacing."""
INNER_SAMPLES = 64
"""Samples, the coldest or hottest, that may show an extreme within the structure."""
PEAK_POINTS = 9
"""Points of a seed's line that may hold the greatest dose."""
BAR_FACTOR = 2.0
"""Error bar, as a multiple of what the last step found still."""
LEAST_BAR = 0.003
"""Least error bar, as a part of the dose (measured)."""

_SCATTER = np.random.default_rng(43).normal(size=(DIRECTIONS, 3))
_RADII = (np.arange(DIRECTIONS) % 4 + 1.0)[:, None] / 4.0
_BALL = _RADII * _SCATTER / np.linalg.norm(_SCATTER, axis=1, keepdims=True)
_SIDES = np.concatenate([np.eye(3), -np.eye(3)]) / 2.0


@dataclass(frozen=True, slots=True)
class Extreme:
    """An extreme dose.

    Attributes:
        dose_gy: the most extreme dose that was found; the true one is not less extreme.
        error_gy: by how much it may be more extreme.
    """

    dose_gy: float
    error_gy: float


def extreme(
    region: Region,
    dose: DosePoints,
    pairs_gy: FloatArray,
    surface_gy: FloatArray,
    *,
    greatest: bool,
) -> Extreme:
    """The least or the greatest dose: on the surface, in a sample, or at a peak inside.

    Args:
        region: the structure.
        dose: the dose elsewhere.
        pairs_gy: in its cells, shape (n, 2).
        surface_gy: at the points of its surface, shape (s,).
        greatest: whether the greatest dose is sought.
    """
    sign = -1.0 if greatest else 1.0
    found = _on_surface(region, dose, sign * surface_gy, sign)
    flat = sign * pairs_gy.reshape(-1)
    few = np.argpartition(flat, min(INNER_SAMPLES, flat.size) - 1)[:INNER_SAMPLES]
    places = region.points_mm.reshape(-1, 3)[few[flat[few] < found[-1]]]
    places = places[_is_within(region, places)]
    if greatest and dose.peaks_mm.size:
        along = np.linspace(0.0, 1.0, PEAK_POINTS)[:, None, None]
        start, end = dose.peaks_mm.transpose(1, 0, 2)
        peaks = ((1.0 - along) * start + along * end).reshape(-1, 3)
        places = np.concatenate([places, peaks[region.inside(peaks)]])
    values = sign * dose.once(places)
    if (values < found[-1]).any():
        found = _searched(region, dose, places, values, sign)
    bar_gy = max(BAR_FACTOR * (found[-2] - found[-1]), LEAST_BAR * abs(found[-1]))
    return Extreme(sign * found[-1], bar_gy)


def _on_surface(
    region: Region, dose: DosePoints, values: FloatArray, sign: float
) -> tuple[float, float]:
    """The least value on the surface, among its points and among closer ones around the least."""
    starts = _apart(region.surface_mm, values, region.spacing_mm)
    coarse = float(values[starts[0]])
    finer = sign * dose.once(region.fine_surface_near(region.surface_mm[starts]))
    return coarse, float(finer.min(initial=coarse))


def _is_within(region: Region, points_mm: FloatArray) -> NDArray[np.bool_]:
    """Which points are inside, and farther from the surface than half a cell."""
    sides = to_patient(_SIDES * region.spacing_mm, region.cells.boxes.axes)
    around = points_mm[:, None, :] + sides
    inside = region.inside(around.reshape(-1, 3)).reshape(around.shape[:2])
    return np.asarray(inside.all(axis=1))


def _searched(
    region: Region, dose: DosePoints, places: FloatArray, values: FloatArray, sign: float
) -> tuple[float, float]:
    """The least value that a search at random around some places finds, before its end and at it.

    Around each a ball is searched, and then a smaller one around the best that was found in it.
    """
    starts = _apart(places, values, region.spacing_mm)
    places, best = places[starts], values[starts]
    found = [float(best.min())]
    radius_mm = region.spacing_mm
    for _ in range(ROUNDS):
        cloud = places[:, None, :] + radius_mm * _BALL
        flat = cloud.reshape(-1, 3)
        within = np.flatnonzero(region.inside(flat))
        tried = np.full(flat.shape[0], np.inf)
        tried[within] = sign * dose.once(flat[within])
        values = tried.reshape(places.shape[0], DIRECTIONS)
        winner = np.argmin(values, axis=1)
        rows = np.arange(places.shape[0], dtype=np.intp)
        better = values[rows, winner] < best
        places = np.where(better[:, None], cloud[rows, winner], places)
        best = np.where(better, values[rows, winner], best)
        found.append(float(best.min()))
        radius_mm *= SHRINK
    return found[-3], found[-1]


def _apart(points_mm: FloatArray, values: FloatArray, spacing_mm: float) -> NDArray[np.intp]:
    """The lowest values' points, none nearer than two spacings to a lower one."""
    few = min(values.size, 20 * STARTS)
    lowest = np.argpartition(values, few - 1)[:few]
    lowest = lowest[np.argsort(values[lowest])]
    chosen: list[int] = []
    left = np.ones(lowest.size, dtype=np.bool_)
    while left.any() and len(chosen) < STARTS:
        first = int(lowest[int(np.argmax(left))])
        chosen.append(first)
        off = points_mm[lowest] - points_mm[first]
        left &= np.sqrt(np.sum(off**2, axis=1)) > 2.0 * spacing_mm
    return np.array(chosen, dtype=np.intp)
