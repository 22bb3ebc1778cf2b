"""Connected regions of cells beyond a dose level."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from dosimetry_core.subvolumes.grid import StructureGrid
from dosimetry_core.tg43 import ImplantedSources, total_dose_gy

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IndexArray = NDArray[np.intp]

TOUCHING = np.ones((3, 3, 3), dtype=np.bool_)
"""Cells that share a face, an edge or a corner are connected."""
APART_MM = 10.0
"""About the distance of neighbouring seeds: nearer places are served by the same seed."""
MOST_EXTREMES = 5


@dataclass(frozen=True, slots=True, eq=False)
class Regions:
    """Connected regions, numbered from 0, and the cells in them.

    Attributes:
        grid: the cells.
        labels: shape [k, j, i], number of the region plus one; 0 outside of all regions.
        center_mm: centres of the cells in regions, shape (n, 3).
        dose_gy: their dose, shape (n,).
        cells: number of cells of each region, shape (r,).
        centroid_mm: centre of volume of each region, shape (r, 3).
        by_dose: the n cells in order of region, then from the most extreme dose on.
        is_local: which cells are as extreme as all cells that touch them, shape (n,).
        at_surface: which regions touch the structure's surface, shape (r,).
    """

    grid: StructureGrid
    labels: NDArray[np.int32]
    center_mm: FloatArray
    dose_gy: FloatArray
    cells: IndexArray
    centroid_mm: FloatArray
    by_dose: IndexArray
    is_local: BoolArray
    at_surface: BoolArray

    def largest_first(self) -> list[int]:
        """Numbers of the regions."""
        return [int(n) for n in np.argsort(-self.cells, kind="stable")]

    def extremes(self, n: int) -> list[int]:
        """Cells of region ``n`` that are local extremes well apart, the most extreme first."""
        first = int(self.cells[:n].sum())
        own = self.by_dose[first : first + int(self.cells[n])]
        left = own[self.is_local[own]]
        found: list[int] = []
        while left.size and len(found) < MOST_EXTREMES:
            found.append(int(left[0]))
            away = np.linalg.norm(self.center_mm[left] - self.center_mm[left[0]], axis=1)
            left = left[away >= APART_MM]
        return found

    def at(self, points_mm: FloatArray) -> IndexArray:
        """Number of the region that holds each point (p, 3); -1 where none does."""
        k, j, i = self.grid.cells_at(points_mm).T
        return np.where(k >= 0, self.labels[k, j, i].astype(np.intp) - 1, -1)


def connected_regions(
    grid: StructureGrid, implant: Sequence[ImplantedSources], level_gy: float, *, hot: bool
) -> Regions:
    """Regions of the cells inside whose dose is at least (hot) or below (cold) a level."""
    points = grid.centers_mm(grid.inside)
    dose = total_dose_gy(implant, points, engine="table")
    beyond = dose >= level_gy if hot else dose < level_gy
    mask = np.zeros_like(grid.inside)
    mask[grid.inside] = beyond
    labels, count = cast(
        tuple[NDArray[np.int32], int],
        ndimage.label(mask, TOUCHING),
    )
    number = labels[mask].astype(np.intp) - 1
    center, own_dose = points[beyond], dose[beyond]
    cells = np.bincount(number, minlength=count)
    sums = [np.bincount(number, weights=center[:, axis], minlength=count) for axis in range(3)]
    at_surface = np.zeros(count, dtype=np.bool_)
    at_surface[number[_beside_outside(grid.inside)[mask]]] = True
    return Regions(
        grid=grid,
        labels=labels,
        center_mm=center,
        dose_gy=own_dose,
        cells=cells,
        centroid_mm=np.column_stack(sums) / cells[:, None],
        by_dose=np.lexsort((-own_dose if hot else own_dose, number)),
        is_local=_is_local(grid, -dose if hot else dose)[beyond],
        at_surface=at_surface,
    )


def _is_local(grid: StructureGrid, value: FloatArray) -> BoolArray:
    """Which cells inside (n,) have no lower value beside them, be it across a corner."""
    field = np.full(grid.inside.shape, np.inf)
    field[grid.inside] = value
    lowest = cast(FloatArray, ndimage.minimum_filter(field, size=3))
    return lowest[grid.inside] == value


def _beside_outside(inside: BoolArray) -> BoolArray:
    """Cells with a neighbour outside across a face; what lies beyond the grid is not known."""
    outside = ~inside
    beside = np.zeros_like(inside)
    for axis in range(3):
        near, far = [slice(None)] * 3, [slice(None)] * 3
        near[axis], far[axis] = slice(None, -1), slice(1, None)
        beside[tuple(near)] |= outside[tuple(far)]
        beside[tuple(far)] |= outside[tuple(near)]
    return beside
