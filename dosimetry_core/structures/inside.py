"""What is inside a structure: its volume, points, voxels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.structures.errors import StructureError
from dosimetry_core.structures.scanline import are_inside, fill
from dosimetry_core.structures.stack import SlabStack, slab_stack
from dosimetry_core.values import ContouredStructure

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

OVERHANG_VOXELS = 0.5
"""How far a structure may stick out of a grid before that counts as being cut off."""
ROUNDING_VOXELS = 1e-6


def volume_cc(structure: ContouredStructure, *, plane_spacing_mm: float | None = None) -> float:
    """Volume of a structure, cm3: the areas of its slabs times their thickness.

    Raises:
        StructureError: the structure has no sound shape (see ``slab_stack``).
    """
    return slab_stack(structure, plane_spacing_mm).volume_mm3 / 1000.0


def bounds_mm(
    structure: ContouredStructure, *, plane_spacing_mm: float | None = None
) -> tuple[FloatArray, FloatArray]:
    """Low and high corner, each (3,), LPS mm, of the box round a structure.

    The box holds what a structure reaches beyond its first and last plane.

    Raises:
        StructureError: the structure has no sound shape (see ``slab_stack``).
    """
    corners = _corners_mm(slab_stack(structure, plane_spacing_mm))
    return corners.min(axis=0), corners.max(axis=0)


@dataclass(frozen=True, slots=True)
class VolumeEstimate:
    """A volume and how well its contours tell it.

    Attributes:
        volume_cc: the volume, cm3.
        error_cc: the true volume lies within so much of it in about 95 % of cases, cm3.
    """

    volume_cc: float
    error_cc: float


def volume_estimate(
    structure: ContouredStructure, *, plane_spacing_mm: float | None = None
) -> VolumeEstimate:
    """Volume of a structure with its error.

    The error covers what is not known between planes and beyond the last ones, in about 95 % of
    solids that lie at random to their planes. It does not cover how well the contours were drawn.

    Raises:
        StructureError: the structure has no sound shape (see ``slab_stack``).
    """
    stack = slab_stack(structure, plane_spacing_mm)
    return VolumeEstimate(stack.volume_mm3 / 1000.0, stack.volume_error_mm3 / 1000.0)


def contains(
    structure: ContouredStructure,
    points_mm: FloatArray,
    *,
    plane_spacing_mm: float | None = None,
) -> BoolArray:
    """Which of the points (p, 3), LPS mm, are inside; shape (p,).

    Raises:
        StructureError: the structure has no sound shape (see ``slab_stack``).
    """
    stack = slab_stack(structure, plane_spacing_mm)
    return _contains(stack, np.asarray(points_mm, dtype=np.float64))


def _contains(stack: SlabStack, points_mm: FloatArray) -> BoolArray:
    points = stack.frame.to_stack(points_mm)
    numbers = stack.slab_numbers(points[:, 2])
    order = np.argsort(numbers, kind="stable")
    first = np.searchsorted(numbers[order], np.arange(len(stack.slabs) + 1))
    inside = np.zeros(points.shape[0], dtype=np.bool_)
    for slab, low, high in zip(stack.slabs, first[:-1], first[1:], strict=True):
        if high > low:
            own = order[low:high]
            inside[own] = are_inside(slab.edges, points[own, 0], points[own, 1])
    return inside


def mask_on(
    structure: ContouredStructure,
    affine: FloatArray,
    shape_kji: tuple[int, int, int],
    *,
    clip: bool = False,
    plane_spacing_mm: float | None = None,
) -> BoolArray:
    """Voxels whose centre is inside.

    Args:
        structure: the structure.
        affine: (4, 4), as in ``Volume``.
        shape_kji: the grid's size.
        clip: cut off what lies outside the grid, rather than refuse.
        plane_spacing_mm: see ``slab_stack``.

    Returns:
        Shape ``shape_kji``.

    Raises:
        StructureError: the structure has no sound shape; it reaches out of the grid by more than
            half a voxel and ``clip`` is not set; or no voxel centre is inside it.
    """
    stack = slab_stack(structure, plane_spacing_mm)
    if not clip:
        _check_fits(stack, affine, shape_kji)
    mask = np.zeros(shape_kji, dtype=np.bool_)
    straight = np.allclose(affine[:3, :3], np.diag(np.diag(affine[:3, :3])), rtol=0, atol=1e-9)
    if straight and stack.frame.is_axial:
        x, y, z = (
            float(affine[n, n]) * np.arange(shape_kji[2 - n], dtype=np.float64) + affine[n, 3]
            for n in range(3)
        )
        for layer, number in zip(mask, stack.slab_numbers(z), strict=True):
            if number >= 0:
                fill(stack.slabs[int(number)].edges, x, y, layer)
    else:
        _fill_by_points(stack, affine, mask)
    if not mask.any():
        raise StructureError(
            f"{stack.name}: no voxel centre is inside; the structure ({stack.volume_mm3:.3g} mm3) "
            "is too small for the grid or lies outside it"
        )
    return mask


def _fill_by_points(stack: SlabStack, affine: FloatArray, mask: BoolArray) -> None:
    """Set the voxels inside one by one, where slabs and slices are not parallel."""
    corners = _corners_ijk(stack, affine)
    size = np.array(mask.shape[::-1])
    first = np.clip(np.floor(corners.min(axis=0)), 0, size).astype(np.intp)
    stop = np.clip(np.ceil(corners.max(axis=0)) + 1, first, size).astype(np.intp)
    i, j, k = (np.arange(first[n], stop[n], dtype=np.float64) for n in range(3))
    row, column = np.meshgrid(j, i, indexing="ij")
    for height in k:
        ijk = np.stack([column, row, np.full_like(row, height)], axis=-1).reshape(-1, 3)
        found = _contains(stack, ijk @ affine[:3, :3].T + affine[:3, 3])
        mask[int(height), first[1] : stop[1], first[0] : stop[0]] = found.reshape(row.shape)


def _corners_mm(stack: SlabStack) -> FloatArray:
    """Corners (n, 3) of all slabs, LPS mm."""
    corners = [
        np.column_stack([slab.edges[:, :2], np.full(slab.edges.shape[0], height_mm)])
        for slab in stack.slabs
        for height_mm in (slab.lower_mm, slab.upper_mm)
    ]
    return stack.frame.to_patient(np.concatenate(corners))


def _corners_ijk(stack: SlabStack, affine: FloatArray) -> FloatArray:
    inverse = np.linalg.inv(affine[:3, :3])
    return (_corners_mm(stack) - affine[:3, 3]) @ inverse.T


def _check_fits(stack: SlabStack, affine: FloatArray, shape_kji: tuple[int, int, int]) -> None:
    ijk = _corners_ijk(stack, affine)
    last = np.array(shape_kji[::-1]) - 1
    margin = 0.5 + OVERHANG_VOXELS + ROUNDING_VOXELS
    if (ijk < -margin).any() or (ijk > last + margin).any():
        low, high = _corners_mm(stack).min(axis=0), _corners_mm(stack).max(axis=0)
        raise StructureError(
            f"{stack.name}: reaches out of the image (structure from {_xyz(low)} to {_xyz(high)} "
            "mm); use an image that holds all of it"
        )


def _xyz(point: FloatArray) -> str:
    return "(" + ", ".join(f"{value:.1f}" for value in point) + ")"
