"""Signed distance from a structure's surface, positive outside.

A structure is a pile of slabs (polygons times an interval of z), so its distance is exact: from
outside it is the least of ``hypot(distance in the plane, distance along z)`` over all slabs, from
inside the same to the outside of every slab and to the ends of the stack.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dosimetry_core.structures.scanline import (
    boxes_of,
    distance_plane,
    is_inside,
    outline_distance_mm,
)
from dosimetry_core.structures.stack import AxialStack, axial_stack
from dosimetry_core.values import ContouredStructure, Volume

FloatArray = NDArray[np.float64]


def signed_distance_mm(
    structure: ContouredStructure,
    points_mm: FloatArray,
    *,
    plane_spacing_mm: float | None = None,
) -> FloatArray:
    """Distance from the structure's surface at points (p, 3); negative inside.

    Exact for the slab model of the structure, whose steps differ from a smooth surface by up to
    half a plane spacing along z.

    Returns:
        Shape (p,), mm.

    Raises:
        StructureError: the structure has no sound shape (see ``axial_stack``).
    """
    stack = axial_stack(structure, plane_spacing_mm)
    points = np.asarray(points_mm, dtype=np.float64)
    outside_sq = np.full(points.shape[0], np.inf)
    inside_sq = _distance_to_ends(stack, points[:, 2]) ** 2
    in_structure = np.zeros(points.shape[0], dtype=np.bool_)
    for slab in stack.slabs:
        _nearer_slab(
            slab.edges,
            boxes_of(slab.edges),
            np.array([slab.lower_mm, slab.upper_mm]),
            points,
            outside_sq,
            inside_sq,
            in_structure,
        )
    return np.where(in_structure, -np.sqrt(inside_sq), np.sqrt(outside_sq))


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
    pixel and plane of the structure.

    Args:
        structure: the structure.
        origin_mm: centre (x, y, z) of voxel [0, 0, 0].
        spacing_mm: voxel pitch along (k, j, i), that is along (z, y, x).
        shape_kji: number of voxels along (k, j, i).
        plane_spacing_mm: see ``axial_stack``.

    Returns:
        mm, float32, positive outside.

    Raises:
        StructureError: the structure has no sound shape (see ``axial_stack``).
        ValueError: a spacing or a size is not above zero.
    """
    if min(spacing_mm) <= 0 or min(shape_kji) < 1:
        raise ValueError(f"a grid needs spacing and size above zero: {spacing_mm}, {shape_kji}")
    stack = axial_stack(structure, plane_spacing_mm)
    z, y, x = (
        origin_mm[2 - n] + spacing_mm[n] * np.arange(shape_kji[n], dtype=np.float64)
        for n in range(3)
    )
    planes = np.empty((len(stack.slabs), y.size, x.size), dtype=np.float32)
    for plane, slab in zip(planes, stack.slabs, strict=True):
        distance_plane(slab.edges, x, y, plane)
    limits = np.array([(slab.lower_mm, slab.upper_mm) for slab in stack.slabs])
    ends = _distance_to_ends(stack, z)
    values = np.empty(shape_kji, dtype=np.float32)
    for k, height in enumerate(z):
        _field_slice(planes, limits, float(height), float(ends[k]), values[k])
    affine = np.diag([spacing_mm[2], spacing_mm[1], spacing_mm[0], 1.0])
    affine[:3, 3] = origin_mm
    return Volume(values, affine)


def _distance_to_ends(stack: AxialStack, z_mm: FloatArray) -> FloatArray:
    """Distance along z to the end of the unbroken stack around each height; zero outside."""
    distance = np.zeros_like(z_mm)
    for slab in stack.slabs:
        depth = np.minimum(z_mm - slab.run_lower_mm, slab.run_upper_mm - z_mm)
        distance = np.where((z_mm >= slab.lower_mm) & (z_mm < slab.upper_mm), depth, distance)
    return distance


@njit(nogil=True, cache=True)
def _nearer_slab(
    edges: FloatArray,
    boxes: FloatArray,
    limits: FloatArray,
    points: FloatArray,
    outside_sq: FloatArray,
    inside_sq: FloatArray,
    in_structure: NDArray[np.bool_],
) -> None:
    """Let one slab lower the squared distances of all points."""
    for p in range(points.shape[0]):
        x, y, z = points[p, 0], points[p, 1], points[p, 2]
        dz = max(limits[0] - z, z - limits[1], 0.0)
        if dz * dz >= outside_sq[p] and dz * dz >= inside_sq[p]:
            continue
        flat = outline_distance_mm(edges, boxes, x, y)
        if is_inside(edges, x, y):
            outside_sq[p] = min(outside_sq[p], dz * dz)
            inside_sq[p] = min(inside_sq[p], flat * flat + dz * dz)
            if limits[0] <= z < limits[1]:
                in_structure[p] = True
        else:
            outside_sq[p] = min(outside_sq[p], flat * flat + dz * dz)
            inside_sq[p] = min(inside_sq[p], dz * dz)


@njit(nogil=True, cache=True)
def _field_slice(
    planes: NDArray[np.float32],
    limits: FloatArray,
    z: float,
    end: float,
    out: NDArray[np.float32],
) -> None:
    """One slice of the field from the signed distances in every plane."""
    gaps = np.empty(limits.shape[0])
    for n in range(limits.shape[0]):
        gaps[n] = max(limits[n, 0] - z, z - limits[n, 1], 0.0)
    order = np.argsort(gaps)
    for row in range(out.shape[0]):
        for column in range(out.shape[1]):
            outside_sq = np.inf
            inside_sq = end * end
            within = False
            for n in order:
                dz2 = gaps[n] * gaps[n]
                if dz2 >= outside_sq and dz2 >= inside_sq:
                    break
                flat = planes[n, row, column]
                if flat < 0.0:
                    outside_sq = min(outside_sq, dz2)
                    inside_sq = min(inside_sq, flat * flat + dz2)
                    if limits[n, 0] <= z < limits[n, 1]:
                        within = True
                else:
                    outside_sq = min(outside_sq, flat * flat + dz2)
                    inside_sq = min(inside_sq, dz2)
            out[row, column] = -math.sqrt(inside_sq) if within else math.sqrt(outside_sq)
