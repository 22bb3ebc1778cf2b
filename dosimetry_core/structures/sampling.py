"""Points that stand for a structure in a sum over its volume."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.structures.frame import AXIAL, Frame
from dosimetry_core.structures.scanline import cells
from dosimetry_core.structures.stack import Slab, slab_stack
from dosimetry_core.values import ContouredStructure

FloatArray = NDArray[np.float64]

FEWEST_ROWS = 8
"""Strips that even the smallest contour is cut into."""

AREA_TOLERANCE = 0.1
"""How far the strips of a plane may be from its area before they are made thinner."""
MOST_DOUBLINGS = 10
"""Enough for strips a thousandth of what the point count asks for."""

SCATTER_SEED = 43
"""Any number: it makes the scatter of the points the same every time."""


@dataclass(frozen=True, slots=True, eq=False)
class StructureSamples:
    """Cells that fill a structure without gap or overlap, with one point in each.

    Attributes:
        centers_mm: centres of the cells, shape (n, 3), LPS mm.
        cells_mm: extent of the cells along the axes of the stack, shape (n, 3).
        weights_mm3: volume that each cell stands for, shape (n,); they add up to the volume.
        frame: the axes of the stack: x, y and z for axial contours.
    """

    centers_mm: FloatArray
    cells_mm: FloatArray
    weights_mm3: FloatArray
    frame: Frame = AXIAL

    @property
    def points_mm(self) -> FloatArray:
        """One point in each cell, shape (n, 3), LPS mm; the same ones every time.

        The points are scattered in their cells. Centres would lie in rows, and where an isodose
        surface runs along a row all its cells would count at once.
        """
        scatter = np.random.default_rng(SCATTER_SEED).random(self.centers_mm.shape) - 0.5
        return self.centers_mm + self.frame.to_patient(scatter * self.cells_mm)

    def chosen(self, index: NDArray[np.intp]) -> "StructureSamples":
        """Some of the cells."""
        return StructureSamples(
            self.centers_mm[index], self.cells_mm[index], self.weights_mm3[index], self.frame
        )

    def divided(self, into: tuple[int, int, int]) -> "StructureSamples":
        """The same volume with every cell cut into ``into`` equal parts along its axes."""
        parts = [(np.arange(count) + 0.5) / count - 0.5 for count in into]
        offsets = np.stack(np.meshgrid(*parts, indexing="ij"), axis=-1).reshape(-1, 3)
        count = offsets.shape[0]
        moves = (offsets * self.cells_mm[:, None, :]).reshape(-1, 3)
        return StructureSamples(
            np.repeat(self.centers_mm, count, axis=0) + self.frame.to_patient(moves),
            np.repeat(self.cells_mm / np.array(into), count, axis=0),
            np.repeat(self.weights_mm3 / count, count),
            self.frame,
        )


def sample_structure(
    structure: ContouredStructure,
    *,
    point_count: int = 60_000,
    plane_spacing_mm: float | None = None,
) -> StructureSamples:
    """Cut a structure into about ``point_count`` cells, the same ones every time.

    The spacing follows from the volume, so a small structure gets as many points as a large one.
    Each slab is cut into layers, each layer into strips along x, and each run of a strip inside the
    polygons into equal cells; their volumes are scaled to the slab's exact area.

    Raises:
        StructureError: the structure has no sound shape (see ``slab_stack``).
        ValueError: ``point_count`` is not above zero.
    """
    if point_count < 1:
        raise ValueError(f"point_count must be above zero, is {point_count}")
    stack = slab_stack(structure, plane_spacing_mm)
    spacing_mm = (stack.volume_mm3 / point_count) ** (1 / 3)
    centers: list[FloatArray] = []
    sizes: list[FloatArray] = []
    weights: list[FloatArray] = []
    for slab in stack.slabs:
        layers = max(1, round(slab.thickness_mm / spacing_mm))
        height_mm = slab.thickness_mm / layers
        flat = _slab_cells(slab, math.sqrt(spacing_mm**3 / height_mm))
        area = flat[:, 2] * flat[:, 3]
        area *= slab.area_mm2 / area.sum()
        for layer in range(layers):
            z_mm = np.full(flat.shape[0], slab.lower_mm + (layer + 0.5) * height_mm)
            centers.append(np.column_stack([flat[:, :2], z_mm]))
            weights.append(area * height_mm)
            sizes.append(np.column_stack([flat[:, 2:], np.full(flat.shape[0], height_mm)]))
    return StructureSamples(
        stack.frame.to_patient(np.concatenate(centers)),
        np.concatenate(sizes),
        np.concatenate(weights),
        stack.frame,
    )


def surface_points_mm(
    structure: ContouredStructure, spacing_mm: float, *, plane_spacing_mm: float | None = None
) -> FloatArray:
    """Points on a structure's surface, about ``spacing_mm`` apart: where its least dose lies.

    They are on the cross-section of every slab, and on both ends of every pile of slabs.

    Returns:
        Shape (n, 3), LPS mm.

    Raises:
        StructureError: the structure has no sound shape (see ``slab_stack``).
        ValueError: ``spacing_mm`` is not above zero.
    """
    if not spacing_mm > 0:
        raise ValueError(f"spacing_mm must be above zero, is {spacing_mm}")
    stack = slab_stack(structure, plane_spacing_mm)
    found: list[FloatArray] = []
    for slab, pile_mm in zip(stack.slabs, stack.piles_mm.tolist(), strict=True):
        outline = _outline(slab.edges, spacing_mm)
        ends = sorted(set(pile_mm) & {slab.lower_mm, slab.upper_mm})
        found.extend(_at_height(outline, height_mm) for height_mm in (slab.height_mm, *ends))
        if ends:
            face = _slab_cells(slab, spacing_mm)[:, :2]
            found.extend(_at_height(face, height_mm) for height_mm in ends)
    return stack.frame.to_patient(np.concatenate(found))


def _slab_cells(slab: Slab, spacing_mm: float) -> FloatArray:
    """Cells (n, 4) of a slab's plane: centre x, y and extent x, y.

    Strips are made thinner until small islands far apart cannot fall between them.
    """
    height = float(np.ptp(slab.edges[:, 1]))
    rows = max(FEWEST_ROWS, math.ceil(height / spacing_mm))
    flat = cells(slab.edges, rows, spacing_mm)
    for _ in range(MOST_DOUBLINGS):
        if abs(float(np.sum(flat[:, 2] * flat[:, 3])) / slab.area_mm2 - 1.0) < AREA_TOLERANCE:
            break
        rows *= 2
        flat = cells(slab.edges, rows, spacing_mm)
    return flat


def _outline(edges: FloatArray, spacing_mm: float) -> FloatArray:
    """Points (n, 2) along the edges, one after another, ``spacing_mm`` apart."""
    start, step = edges[:, :2], edges[:, 2:] - edges[:, :2]
    end_mm = np.cumsum(np.hypot(step[:, 0], step[:, 1]))
    along_mm = np.arange(0.0, end_mm[-1], spacing_mm)
    edge = np.searchsorted(end_mm, along_mm, side="right")
    first_mm = np.concatenate([[0.0], end_mm[:-1]])
    part = (along_mm - first_mm[edge]) / (end_mm - first_mm)[edge]
    return start[edge] + step[edge] * part[:, None]


def _at_height(points: FloatArray, z_mm: float) -> FloatArray:
    return np.column_stack([points, np.full(points.shape[0], z_mm)])
