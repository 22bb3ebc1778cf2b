"""The volume of a target's prescription isodose, in it and outside of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import KDTree

from dosimetry_core.dvh.cells import Boxes, Cells
from dosimetry_core.dvh.dose import DosePoints, OutsideDoseError
from dosimetry_core.dvh.refining import DEVIATIONS, Wanted, refined
from dosimetry_core.dvh.region import Region

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

NODES = 30_000
"""Nodes of the grid on which the isodose is first seen."""
MARGINS_MM = (6.0, 12.0, 25.0, 50.0, 100.0)
"""How far around the target it may reach: the first margin that holds it is taken."""
BAND = 0.5
"""Range of dose in a cell, as a part of it, by which its inside may exceed its corners."""
OVERLAP_STEP = 50
"""One in so many cells is asked whether two targets overlap."""
SURELY = 1.25
"""With its corners over so many prescriptions all of a cell is over one, however steep the dose."""

_FACES = ndimage.generate_binary_structure(3, 1)
_ALL_SIDES = ndimage.generate_binary_structure(3, 3)


@dataclass(frozen=True, slots=True)
class Isodose:
    """A prescription isodose.

    Attributes:
        volume_mm3: what it encloses; None if not known.
        error_mm3: ``DEVIATIONS`` standard errors of it.
        unknown: why it is not known, or empty.
    """

    volume_mm3: float | None
    error_mm3: float = 0.0
    unknown: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class _Grid:
    """Nodes of equal pitch; cell [k, j, i] lies between nodes [k, j, i] and [k+1, j+1, i+1]."""

    origin_mm: FloatArray
    pitch_mm: float
    counts: tuple[int, int, int]
    dose_gy: FloatArray

    def cell_of(self, points_mm: FloatArray) -> tuple[NDArray[np.intp], ...]:
        """Indices (k, j, i) of the cells that hold points (p, 3); those outside are left out."""
        index = np.floor((points_mm - self.origin_mm) / self.pitch_mm).astype(np.intp)
        within = ((index >= 0) & (index < np.array(self.counts) - 1)).all(axis=1)
        return tuple(index[within].T[::-1])

    def centers_mm(self, kji: NDArray[np.intp]) -> FloatArray:
        """Centres (n, 3) of cells (n, 3)."""
        return self.origin_mm + (kji[:, ::-1] + 0.5) * self.pitch_mm


def prescription_isodose(
    target: Region,
    reached_mm: FloatArray,
    dose: DosePoints,
    prescription_gy: float,
    others: Sequence[Region],
    tolerance: float,
) -> Isodose:
    """Volume of the connected parts of the prescription isodose that a target has a share in.

    Parts are told apart on a grid; the cells that their surface passes through are sampled, and cut
    finer until the volume is certain enough for CI and EI. Where another target lies in the same
    part, cells count for the target that they are nearest to.

    Args:
        target: the target.
        reached_mm: points of it that get at least the prescription, (p, 3).
        dose: the dose anywhere.
        prescription_gy: the prescription.
        others: the other targets.
        tolerance: error bar that the indices may have.
    """
    if not reached_mm.size:
        return Isodose(0.0)
    try:
        for margin_mm in MARGINS_MM:
            grid = _grid(target.box_mm, margin_mm, dose)
            part = _parts_with(grid, reached_mm, dose.peaks_mm, prescription_gy)
            if not _touches_edge(part):
                whole, surface = _cells(grid, part, prescription_gy)
                sharing = [
                    one
                    for one in others
                    if part[grid.cell_of(one.points_mm[::OVERLAP_STEP, 0])].any()
                    and _is_apart(target, one)
                ]
                if sharing:
                    taken = np.argwhere(whole | surface)
                    own = np.zeros_like(part)
                    own[tuple(taken.T)] = _is_nearest(grid.centers_mm(taken), target, sharing)
                    whole, surface = whole & own, surface & own
                return _volume(
                    grid, whole, surface, dose, prescription_gy, target, margin_mm, tolerance
                )
    except OutsideDoseError:
        return Isodose(None, unknown="the prescription isodose may reach out of the dose grid")
    return Isodose(
        None,
        unknown=f"the prescription isodose reaches more than {MARGINS_MM[-1]:g} mm from the target",
    )


def _grid(box_mm: FloatArray, margin_mm: float, dose: DosePoints) -> _Grid:
    low_mm = box_mm[0] - margin_mm
    extent = box_mm[1] + margin_mm - low_mm
    pitch_mm = float(math.prod(extent.tolist()) / NODES) ** (1 / 3)
    columns, rows, slices = (int(length / pitch_mm) + 2 for length in extent.tolist())
    axes = [low_mm[n] + pitch_mm * np.arange(c) for n, c in enumerate((columns, rows, slices))]
    nodes = np.empty((slices, rows, columns, 3))
    nodes[..., 0] = axes[0]
    nodes[..., 1] = axes[1][:, None]
    nodes[..., 2] = axes[2][:, None, None]
    flat = nodes.reshape(-1, 1, 3)
    values = dose.kept(f"nodes {margin_mm:g}", np.arange(flat.shape[0], dtype=np.int64), flat)
    return _Grid(low_mm, pitch_mm, (columns, rows, slices), values.reshape(slices, rows, columns))


def _parts_with(
    grid: _Grid, reached_mm: FloatArray, peaks_mm: FloatArray, prescription_gy: float
) -> BoolArray:
    """Cells of the connected parts of the isodose that hold one of the points."""
    hot = _over_corners(np.maximum, grid.dose_gy) >= prescription_gy
    hot[grid.cell_of(peaks_mm.mean(axis=1))] = True
    own = grid.cell_of(reached_mm)
    hot[own] = True
    labels = np.empty(hot.shape, dtype=np.int32)
    ndimage.label(hot, _FACES, output=labels)
    return np.isin(labels, np.unique(labels[own]))


def _touches_edge(part: BoolArray) -> bool:
    return any(bool(part.take(end, axis=axis).any()) for axis in range(3) for end in (0, -1))


def _cells(grid: _Grid, part: BoolArray, prescription_gy: float) -> tuple[BoolArray, BoolArray]:
    """Cells wholly within the isodose, and those that its surface may pass through."""
    least = _over_corners(np.minimum, grid.dose_gy)
    most = _over_corners(np.maximum, grid.dose_gy)
    band = BAND * (most - least)
    whole = part & (np.maximum(least - band, least / SURELY) >= prescription_gy)
    around = np.empty_like(part)
    ndimage.binary_dilation(part, _ALL_SIDES, output=around)
    return whole, around & ~whole & (part | (most + band >= prescription_gy))


def _volume(
    grid: _Grid,
    whole: BoolArray,
    surface: BoolArray,
    dose: DosePoints,
    prescription_gy: float,
    target: Region,
    margin_mm: float,
    tolerance: float,
) -> Isodose:
    """Whole cells, and samples of those at the surface."""
    cell_mm3 = grid.pitch_mm**3
    whole_mm3 = cell_mm3 * int(np.count_nonzero(whole))
    index = np.argwhere(surface)
    cells = Cells.single(
        Boxes(
            grid.centers_mm(index),
            np.full((index.shape[0], 3), grid.pitch_mm),
            np.full(index.shape[0], cell_mm3),
            np.eye(3),
        ),
        np.flatnonzero(surface),
        surface.size,
    )
    key = f"isodose {margin_mm:g}"
    tolerance_mm3 = tolerance * _scale_mm3(
        whole_mm3 + cells.count * cell_mm3 / 2.0, target.volume_cc * 1000.0
    )
    found = refined(
        cells,
        dose.kept(key, cells.ids, cells.points_mm()),
        dose,
        key,
        Wanted(levels_gy=(prescription_gy,), level_tolerance_mm3=tolerance_mm3),
    )
    volume_mm3 = whole_mm3 + float(found.volumes_at(np.array([prescription_gy]))[0])
    return Isodose(volume_mm3, DEVIATIONS * found.volume_error_mm3(prescription_gy))


def _scale_mm3(enclosed_mm3: float, target_mm3: float) -> float:
    """The volume that an error of both indices is a part of, less what is left for V100."""
    outside_mm3 = max(enclosed_mm3 - target_mm3, target_mm3)
    return 0.8 * min(enclosed_mm3, outside_mm3)


def _is_apart(target: Region, other: Region) -> bool:
    """Whether two targets have nothing in common, as zones of one lesion have."""
    return not (
        target.inside(other.points_mm[::OVERLAP_STEP, 0]).any()
        or other.inside(target.points_mm[::OVERLAP_STEP, 0]).any()
    )


def _is_nearest(points_mm: FloatArray, target: Region, others: Sequence[Region]) -> BoolArray:
    """Which points (p, 3) are in the target, or nearer to its surface than to that of others."""
    own_mm = _away_mm(target, points_mm)
    nearest = np.ones(points_mm.shape[0], dtype=np.bool_)
    for other in others:
        nearest &= (own_mm <= _away_mm(other, points_mm)) & ~other.inside(points_mm)
    return nearest | target.inside(points_mm)


def _away_mm(region: Region, points_mm: FloatArray) -> FloatArray:
    """Distance of points (p, 3) from the points of a surface."""
    tree: Any = KDTree(region.surface_mm)
    return np.asarray(tree.query(points_mm)[0], dtype=np.float64)


def _over_corners(choose: np.ufunc, nodes: FloatArray) -> FloatArray:
    """The least or the greatest of each cell's eight nodes."""
    for axis in range(3):
        low, high = [slice(None)] * 3, [slice(None)] * 3
        low[axis], high[axis] = slice(None, -1), slice(1, None)
        nodes = choose(nodes[tuple(low)], nodes[tuple(high)])
    return nodes
