"""A fine grid over the part of a structure where a dose level runs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.structures import StructureSamples, mask_on
from dosimetry_core.values import ContouredStructure

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

CELLS = 60_000
"""Cells inside a structure: they are 0.8 mm wide in one of 35 cm3."""
MOST_CELLS = 1_000_000
"""Cells in the box of a thin or branching structure, most of them outside of it."""
ROUNDING = 1e-6
FINEST_MM = 0.2
"""Narrower cells than a quarter of a seed's width tell nothing more."""


@dataclass(frozen=True, slots=True, eq=False)
class StructureGrid:
    """Cells of equal size, and which of them are inside a structure.

    Attributes:
        origin_mm: centre (x, y, z) of cell [0, 0, 0].
        pitch_mm: extent of a cell along x, y, z.
        inside: shape [k, j, i]; a rim of one cell lies beyond the box that was asked for.
        cell_cc: volume that a cell inside stands for.
    """

    origin_mm: FloatArray
    pitch_mm: FloatArray
    inside: BoolArray
    cell_cc: float

    def centers_mm(self, cells: BoolArray) -> FloatArray:
        """Centres (n, 3) of the chosen cells [k, j, i], in order of their index."""
        kji: FloatArray = np.argwhere(cells).astype(np.float64)
        return self.origin_mm + kji[:, ::-1] * self.pitch_mm

    def cells_at(self, points_mm: FloatArray) -> NDArray[np.intp]:
        """Indices (n, 3), k j i, of the cells that hold points (n, 3); -1 outside of the grid."""
        ijk = np.rint((points_mm - self.origin_mm) / self.pitch_mm).astype(np.intp)
        kji = ijk[:, ::-1]
        within: BoolArray = np.all((kji >= 0) & (kji < np.array(self.inside.shape)), axis=1)
        return np.where(within[:, None], kji, -1)


def box_of(samples: StructureSamples) -> FloatArray:
    """Low and high corner (2, 3), LPS mm, of a box that holds a structure's cells."""
    corners = np.concatenate(
        [
            samples.centers_mm + samples.frame.to_patient(samples.cells_mm * np.array(side) / 2.0)
            for side in product((-1.0, 1.0), repeat=3)
        ]
    )
    return np.stack([corners.min(axis=0), corners.max(axis=0)])


def box_around(
    samples: StructureSamples, wanted: BoolArray, others_mm: FloatArray, margin_cells: float
) -> FloatArray | None:
    """Corners (2, 3) of a box around the wanted samples and other points, within the structure's.

    Args:
        samples: cells of the whole structure.
        wanted: which of them the box must hold, shape (n,).
        others_mm: points that it must hold too, shape (m, 3).
        margin_cells: how far it reaches beyond them, in the longest extents of a cell.

    Returns:
        None if there is nothing to hold.
    """
    places = np.concatenate([samples.centers_mm[wanted], others_mm])
    if not places.size:
        return None
    margin = margin_cells * float(samples.cells_mm.max())
    whole = box_of(samples)
    return np.stack(
        [
            np.maximum(whole[0], places.min(axis=0) - margin),
            np.minimum(whole[1], places.max(axis=0) + margin),
        ]
    )


def fine_grid(
    structure: ContouredStructure,
    samples: StructureSamples,
    box_mm: FloatArray,
    plane_spacing_mm: float | None,
) -> StructureGrid:
    """A grid of about ``CELLS`` cells inside the structure and the box.

    The cells end at the box's sides, so flat ends of a structure are no matter of chance. If the
    box holds the whole structure, the cells' volumes are scaled to add up to the structure's.

    Raises:
        StructureError: no cell is inside.
    """
    held = ((samples.centers_mm >= box_mm[0]) & (samples.centers_mm <= box_mm[1])).all(axis=1)
    held_mm3 = float(samples.weights_mm3[held].sum())
    extent = box_mm[1] - box_mm[0]
    box_mm3 = math.prod(float(length) for length in extent)
    width_mm = max(FINEST_MM, (held_mm3 / CELLS) ** (1 / 3), (box_mm3 / MOST_CELLS) ** (1 / 3))
    count: FloatArray = np.maximum(1.0, np.ceil(extent / width_mm - ROUNDING))
    pitch = extent / count
    origin = box_mm[0] - pitch / 2.0
    inside = _mask(structure, origin, pitch, [int(n) + 2 for n in count], plane_spacing_mm)
    whole = bool(held.all())
    cell_mm3 = held_mm3 / int(inside.sum()) if whole else box_mm3 / math.prod(map(int, count))
    return StructureGrid(origin, pitch, inside, cell_mm3 / 1000.0)


def _mask(
    structure: ContouredStructure,
    origin_mm: FloatArray,
    pitch_mm: FloatArray,
    size_ijk: Sequence[int],
    plane_spacing_mm: float | None,
) -> BoolArray:
    affine: FloatArray = np.zeros((4, 4))
    affine[[0, 1, 2, 3], [0, 1, 2, 3]] = [*pitch_mm, 1.0]
    affine[:3, 3] = origin_mm
    i, j, k = size_ijk
    return mask_on(structure, affine, (k, j, i), clip=True, plane_spacing_mm=plane_spacing_mm)
