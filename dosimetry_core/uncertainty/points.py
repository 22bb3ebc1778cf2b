"""Few points of a structure that answer for a few of its dose-volume figures."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.dvh import DoseFunction
from dosimetry_core.structures import StructureSamples

FloatArray = NDArray[np.float64]

LEVEL_WIDTH = 0.15
"""How far from a level, as a logarithm of dose, cells are half as likely to be chosen."""
LEAST_GY = 1e-30
"""What lies so far away that its dose is less has none."""
DOSE_BINS = 8
"""Within each bin the cells are taken in order of place, so that all sides are represented."""
CURVE_BITS = 7
"""Places are told apart to 1/128 of the structure's extent along each axis."""
FINE_CELLS = 300
"""Cells that the smallest hottest volume is to hold."""
HOT_REACH = 3.0
"""How many times a hottest volume is divided into fine cells: errors move it about."""


@dataclass(frozen=True, slots=True, eq=False)
class FewPoints:
    """Points with the volume that each stands for.

    Attributes:
        points_mm: shape (m, 3), LPS mm.
        weights_mm3: shape (m,).
    """

    points_mm: FloatArray
    weights_mm3: FloatArray

    def dose_to_hottest(self, dose_gy: FloatArray, volume_mm3: float) -> FloatArray:
        """Dose to the hottest volume for each of the doses (s, m); shape (s,)."""
        order = np.argsort(-dose_gy, axis=1)
        weights = self.weights_mm3[order]
        middle = np.cumsum(weights, axis=1) - weights / 2.0
        last = dose_gy.shape[1] - 1
        above = np.clip(np.sum(middle < volume_mm3, axis=1), 1, last)
        rows: NDArray[np.intp] = np.arange(len(dose_gy))
        low, high = middle[rows, above - 1], middle[rows, above]
        part = np.clip((volume_mm3 - low) / (high - low), 0.0, 1.0)
        hotter = dose_gy[rows, order[rows, above - 1]]
        colder = dose_gy[rows, order[rows, above]]
        return hotter + part * (colder - hotter)

    def volume_percent_at(self, dose_gy: FloatArray, level_gy: float) -> FloatArray:
        """Percent of the volume with at least ``level_gy`` for each of the doses (s, m)."""
        return (dose_gy >= level_gy) @ self.weights_mm3 / self.weights_mm3.sum() * 100.0


def divide_hottest(
    samples: StructureSamples, dose_gy: FloatArray, volumes_mm3: Sequence[float]
) -> StructureSamples:
    """The samples with their hottest cells divided until the least of the volumes is resolved.

    Args:
        samples: n cells.
        dose_gy: their dose, shape (n,).
        volumes_mm3: the hottest volumes that are asked for.
    """
    target_mm = (min(volumes_mm3) / FINE_CELLS) ** (1 / 3)
    into_x, into_y, into_z = (
        max(1, math.ceil(size / target_mm)) for size in np.median(samples.cells_mm, axis=0)
    )
    if into_x * into_y * into_z == 1:
        return samples
    order = np.argsort(-dose_gy)
    reached = np.cumsum(samples.weights_mm3[order])
    count = int(np.searchsorted(reached, HOT_REACH * max(volumes_mm3))) + 1
    fine = samples.chosen(order[:count]).divided((into_x, into_y, into_z))
    rest = samples.chosen(order[count:])
    return StructureSamples(
        np.concatenate([fine.centers_mm, rest.centers_mm]),
        np.concatenate([fine.cells_mm, rest.cells_mm]),
        np.concatenate([fine.weights_mm3, rest.weights_mm3]),
        samples.frame,
    )


def choose_points(
    samples: StructureSamples,
    dose_function: DoseFunction,
    levels_gy: Sequence[float],
    count: int,
) -> FewPoints:
    """Choose ``count`` points, mostly those whose dose is near one of the levels.

    A cell's chance falls with its distance from the levels, and a chosen cell stands for the
    others by the inverse of its chance. Cells are taken at equal steps in an order by dose and
    place, the same ones every time; those of each bin of dose stand for all of the bin's volume.

    Args:
        samples: the structure's cells.
        dose_function: dose at points, nominal.
        levels_gy: doses at which the structure is judged, at least one.
        count: number of points.
    """
    points = samples.points_mm
    log_dose = np.log(np.maximum(dose_function(points), LEAST_GY))
    chance = np.zeros_like(log_dose)
    for level in levels_gy:
        near = samples.weights_mm3 / (
            1.0 + ((log_dose - math.log(max(level, LEAST_GY))) / LEVEL_WIDTH) ** 2
        )
        chance += near / near.sum()
    chance *= count / chance.sum()
    by_dose = np.argsort(log_dose, kind="stable")
    bin_of = np.empty(log_dose.size, dtype=np.intp)
    bin_of[by_dose] = np.minimum(np.cumsum(chance[by_dose]) * (DOSE_BINS / count), DOSE_BINS - 1)
    order = np.lexsort((_along_a_curve(points), bin_of))
    cumulative = np.cumsum(chance[order])
    steps = (np.arange(count) + 0.5) * (cumulative[-1] / count)
    chosen = order[np.searchsorted(cumulative, steps)]
    weights = samples.weights_mm3[chosen] / chance[chosen]
    own_bin = bin_of[chosen]
    whole = np.bincount(bin_of, weights=samples.weights_mm3)
    told = np.bincount(own_bin, weights=weights, minlength=whole.size)
    return FewPoints(points[chosen], weights * (whole[own_bin] / told[own_bin]))


def _along_a_curve(points_mm: FloatArray) -> NDArray[np.int64]:
    """Positions (n,) of points along Morton's curve: neighbours on it are neighbours in space."""
    low = points_mm.min(axis=0)
    extent = np.maximum(points_mm.max(axis=0) - low, np.finfo(np.float64).tiny)
    steps = ((points_mm - low) / extent * (2**CURVE_BITS - 1)).astype(np.int64)
    position = np.zeros(points_mm.shape[0], dtype=np.int64)
    for bit in range(CURVE_BITS):
        for axis in range(3):
            position |= ((steps[:, axis] >> bit) & 1) << (3 * bit + axis)
    return position
