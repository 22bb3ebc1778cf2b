"""Cut cells finer until the figures that are wanted of them are certain enough."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.dvh.cells import Cells
from dosimetry_core.dvh.distribution import Distribution
from dosimetry_core.dvh.dose import DosePoints
from dosimetry_core.dvh.peaks import extents_seen, hold_peak

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

DEVIATIONS = 2.4
"""An error bar is so many standard errors: the true value is within it some 95 times in 100.

Two would do if standard errors were known exactly, and cells to be cut were never overlooked.
"""
TOLERANCE = 0.005
"""Error bar, as a part of a dose or a mean, below which nothing is cut finer."""
MOST_ROUNDS = 5
MOST_POINTS = 300_000
"""Where refining ends; what is less certain then says so by its error bar."""
FEWEST_CELLS = 50
"""Cells that a hottest volume is to hold at least, so that its error can be told at all."""
NEIGHBOURS = (16, 400)
"""At least and at most so many cells nearest in dose to a threshold tell how dose differs in one.

Between them it is twice the number of cells over the threshold: around the hottest spot dose
differs more than elsewhere.
"""
MARGIN = 2.0
"""How far a threshold that passes through a cell may be off the dose in its middle.

In mean differences between a cell's two samples, which lie a third of its length apart on average;
for a larger cell so much more.
"""
LARGE_PART = 0.2
"""Cells smaller than this part of the largest at their threshold make little of its error."""
STEEPNESS = 1.5
"""How far it may be off beside a peak, in half diagonals per distance: dose falls as 1 / r2."""
FALL = 2.0
"""The same towards the far corner of a cell, in logarithms of distance."""
STEEPEST = 3.0
"""Cells farther off than this are not looked at."""
CUT_LEAVES = 16.0 / 15.0
"""One over the part of its variance that a cell loses by being cut."""
GOAL = 0.8
"""Part of the variance allowed that refining aims at, so that one round is enough."""
_GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0
"""Multiples of it, without their whole parts, are spread evenly from 0 to 1."""
LEAST_GY = 1e-12
"""Stands for zero in logarithms."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What has to be certain.

    Attributes:
        hottest_mm3: volumes whose least dose is wanted.
        levels_gy: doses that the volume of at least them is wanted for.
        level_tolerance_mm3: error bar that such a volume may have.
        mean: whether the mean dose is wanted.
        tolerance: error bar that a dose may have, as a part of it.
    """

    hottest_mm3: Sequence[float] = ()
    levels_gy: Sequence[float] = ()
    level_tolerance_mm3: float = 0.0
    mean: bool = False
    tolerance: float = TOLERANCE


def refined(
    cells: Cells, pairs_gy: FloatArray, dose: DosePoints, key: str, wanted: Wanted
) -> Distribution:
    """The dose distribution in cells, cut in eight where a wanted figure needs it.

    Args:
        cells: what fills the region.
        pairs_gy: the dose at their points, shape (n, 2).
        dose: the dose elsewhere.
        key: names the region to ``dose``.
        wanted: which figures have to be certain.
    """
    pairs, middles = pairs_gy, np.full(cells.count, np.nan)
    points = 2 * cells.count
    found = Distribution.of(pairs, cells.weights_mm3)
    for number in range(1, MOST_ROUNDS + 1):
        thresholds = _uncertain(found, wanted)
        if not thresholds:
            break
        new = np.isnan(middles)
        asked = cells if new.all() else cells.chosen(new)
        middles[new] = dose.kept(f"{key}, middles {number}", asked.ids, asked.middles_mm())[:, 0]
        which = _to_be_cut(cells, middles, pairs, thresholds, dose.peaks_mm, number)
        children = cells.chosen(which).divided()
        points += 2 * children.count + asked.count
        if not children.count or points > MOST_POINTS:
            break
        theirs = dose.kept(f"{key}, cut {number}", children.ids, children.points_mm())
        cells = cells.chosen(~which).joined(children)
        pairs = np.concatenate([pairs[~which], theirs])
        middles = np.concatenate([middles[~which], np.full(children.count, np.nan)])
        found = Distribution.of(pairs, cells.weights_mm3)
    return found


def _to_be_cut(
    cells: Cells,
    middles_gy: FloatArray,
    pairs_gy: FloatArray,
    thresholds: Sequence[tuple[float, float]],
    peaks_mm: FloatArray,
    number: int,
) -> BoolArray:
    """Cells that a threshold may pass through; where there are many, as large a part as it needs.

    Each is judged by the dose in its middle alone. Were its samples asked too, those that happen to
    lie on one side would tend to stay, and the volume would be biased.
    """
    levels = np.log(np.maximum(middles_gy, LEAST_GY))
    apart = np.abs(np.log(np.maximum(pairs_gy, LEAST_GY)) @ np.array([1.0, -1.0]))
    extent = np.cbrt(cells.sizes_mm[:, 0] * cells.sizes_mm[:, 1] * cells.sizes_mm[:, 2])
    lines = peaks_mm @ cells.boxes.axes.T
    lot = (cells.ids * _GOLDEN + number * math.sqrt(2.0)) % 1.0
    which = np.zeros(cells.count, dtype=np.bool_)
    for threshold_gy, part in thresholds:
        threshold = np.log(threshold_gy)
        off = np.abs(levels - threshold)
        few = np.clip(2 * np.count_nonzero(levels >= threshold), *NEIGHBOURS).item()
        nearest = np.argpartition(off, min(few, off.size) - 1)[:few]
        near = off < MARGIN * (apart[nearest] / extent[nearest]).mean() * extent
        steep = np.flatnonzero(~near & (off < STEEPEST))
        seen = extents_seen(cells.centers_mm[steep], cells.sizes_mm[steep], lines)
        colder = np.where(levels[steep] > threshold, FALL * np.log1p(seen), 0.0)
        near[steep] = off[steep] < np.maximum(np.minimum(STEEPNESS * seen, 1.0), colder)
        hidden = np.flatnonzero(~near & (levels < threshold))
        near[hidden] = hold_peak(cells.centers_mm[hidden], cells.sizes_mm[hidden], lines)
        large = LARGE_PART * cells.weights_mm3[near].max(initial=0.0)
        which |= near & (lot < part) & (cells.weights_mm3 >= large)
    return which


def _uncertain(found: Distribution, wanted: Wanted) -> list[tuple[float, float]]:
    """Doses at which the histogram is not certain enough, and the part of cells to be cut there.

    For the mean it is an infinite dose: only cells that may hold a peak are cut.
    """
    thresholds: list[tuple[float, float]] = []
    mean, error = found.mean()
    if wanted.mean and DEVIATIONS * error > wanted.tolerance * mean:
        thresholds.append((np.inf, 1.0))
    for volume in wanted.hottest_mm3:
        dose_gy = found.dose_to_hottest(volume)
        if not dose_gy > 0:
            continue
        held = np.searchsorted(found.volume_mm3, volume) / 2
        if held < FEWEST_CELLS:
            thresholds.append((dose_gy, 1.0))
            continue
        excess = found.dose_error(volume, DEVIATIONS) / (wanted.tolerance * dose_gy)
        if excess > 1.0:
            thresholds.append((dose_gy, _part_to_cut(excess)))
    for level in wanted.levels_gy:
        error = DEVIATIONS * found.volume_error_mm3(level)
        if error > wanted.level_tolerance_mm3:
            thresholds.append((level, _part_to_cut(error / wanted.level_tolerance_mm3)))
    return thresholds


def _part_to_cut(excess: float) -> float:
    """Part of the cells at a threshold to be cut, so that an error ``excess`` times too large fits.

    Of the eight cells that one is cut into a threshold passes through four, each of an eighth of
    the volume: a sixteenth of the variance is left.
    """
    return min(1.0, (1.0 - GOAL / excess**2) * CUT_LEAVES)
