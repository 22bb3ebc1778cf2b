"""Signed distance from a structure's surface, positive outside.

The surface runs straight from one cross-section of the structure's slabs to the next, without their
steps (see ``walls``).
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dosimetry_core.structures.scanline import (
    distance_plane,
    is_inside,
    nearest_edge,
)
from dosimetry_core.structures.stack import SlabStack, slab_stack
from dosimetry_core.structures.walls import (
    Walls,
    fill_field,
    first_wall,
    gap_to,
    is_within,
    square_to,
    walls_of,
)
from dosimetry_core.values import ContouredStructure, Volume

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]
Outlines = tuple[FloatArray, FloatArray, IndexArray, IndexArray]
"""Edges of all sections, their boxes, and where those of each section start in both."""


def signed_distance_mm(
    structure: ContouredStructure,
    points_mm: FloatArray,
    *,
    plane_spacing_mm: float | None = None,
) -> FloatArray:
    """Distance from the structure's surface at points (p, 3), LPS mm; negative inside.

    Exact where outlines do not change along the stack. Elsewhere the nearest point is sought in the
    direction of the nearest outline in each cross-section: exact for solids of revolution, but for
    the chords between cross-sections.

    Returns:
        Shape (p,), mm.

    Raises:
        StructureError: the structure has no sound shape (see ``slab_stack``).
    """
    stack = slab_stack(structure, plane_spacing_mm)
    return _distances(stack, stack.frame.to_stack(np.asarray(points_mm, dtype=np.float64)))


def distance_field_mm(
    structure: ContouredStructure,
    *,
    origin_mm: tuple[float, float, float],
    spacing_mm: tuple[float, float, float],
    shape_kji: tuple[int, int, int],
    plane_spacing_mm: float | None = None,
) -> Volume:
    """``signed_distance_mm`` at the voxel centres of an axis-aligned LPS grid.

    Meant for grids around a structure: it needs 4 bytes for each voxel of the grid and for each
    pixel and slab of the structure. Of oblique stacks every voxel is computed by itself, which
    takes several times as long.

    Args:
        structure: the structure.
        origin_mm: centre (x, y, z) of voxel [0, 0, 0].
        spacing_mm: voxel pitch along (k, j, i), that is along (z, y, x).
        shape_kji: number of voxels along (k, j, i).
        plane_spacing_mm: see ``slab_stack``.

    Returns:
        mm, float32, positive outside.

    Raises:
        StructureError: the structure has no sound shape (see ``slab_stack``).
        ValueError: a spacing or a size is not above zero.
    """
    if min(spacing_mm) <= 0 or min(shape_kji) < 1:
        raise ValueError(f"a grid needs spacing and size above zero: {spacing_mm}, {shape_kji}")
    stack = slab_stack(structure, plane_spacing_mm)
    z, y, x = (
        origin_mm[2 - n] + spacing_mm[n] * np.arange(shape_kji[n], dtype=np.float64)
        for n in range(3)
    )
    values = np.empty(shape_kji, dtype=np.float32)
    if stack.frame.is_axial:
        planes = np.empty((len(stack.slabs), y.size, x.size), dtype=np.float32)
        for plane, slab in zip(planes, stack.slabs, strict=True):
            distance_plane(slab.edges, slab.boxes, x, y, plane)
        fill_field(planes, walls_of(stack), z, values)
    else:
        row, column = np.meshgrid(y, x, indexing="ij")
        for k, height in enumerate(z):
            points = np.stack([column, row, np.full_like(row, height)], axis=-1).reshape(-1, 3)
            values[k] = _distances(stack, stack.frame.to_stack(points)).reshape(row.shape)
    affine = np.diag([spacing_mm[2], spacing_mm[1], spacing_mm[0], 1.0])
    affine[:3, 3] = origin_mm
    return Volume(values, affine)


def _distances(stack: SlabStack, points: FloatArray) -> FloatArray:
    """Distances at points (p, 3) in the axes of the stack."""
    edges = np.concatenate([slab.edges for slab in stack.slabs])
    boxes = np.concatenate([slab.boxes for slab in stack.slabs])
    starts = np.cumsum([0, *(slab.edges.shape[0] for slab in stack.slabs)])
    box_starts = np.cumsum([0, *(slab.boxes.shape[0] for slab in stack.slabs)])
    outlines = (edges, boxes, starts, box_starts)
    return _to_nearest_wall(outlines, walls_of(stack), np.ascontiguousarray(points))


@njit(nogil=True, cache=True)
def _to_nearest_wall(outlines: Outlines, walls: Walls, points: FloatArray) -> FloatArray:
    """Signed distance of each point from the walls around it, while they may be nearest."""
    out = np.empty(points.shape[0])
    sections = walls[0]
    flat = np.empty(outlines[2].size - 1)
    for p in range(points.shape[0]):
        x, y, z = points[p, 0], points[p, 1], points[p, 2]
        flat[:] = np.nan
        start = first_wall(walls, z)
        best_sq = np.inf
        within = False
        for upwards in (False, True):
            wall = start + 1 if upwards else start
            while 0 <= wall < sections.shape[0]:
                if gap_to(walls, wall, z) ** 2 >= best_sq:
                    break
                for section in sections[wall]:
                    if math.isnan(flat[section]):
                        flat[section] = _flat_distance(outlines, section, x, y)
                best_sq = min(best_sq, square_to(flat, walls, wall, z))
                if wall == start:
                    within = is_within(flat, walls, wall, z)
                wall += 1 if upwards else -1
        out[p] = -math.sqrt(best_sq) if within else math.sqrt(best_sq)
    return out


@njit(nogil=True, cache=True)
def _flat_distance(outlines: Outlines, section: int, x: float, y: float) -> float:
    """Signed distance in the plane from the outline of one section."""
    edges, boxes, starts, box_starts = outlines
    own = edges[starts[section] : starts[section + 1]]
    own_boxes = boxes[box_starts[section] : box_starts[section + 1]]
    _, square = nearest_edge(own, own_boxes, x, y, 0, np.inf)
    return -math.sqrt(square) if is_inside(own, x, y) else math.sqrt(square)
