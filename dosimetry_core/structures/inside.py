"""What is inside a structure: its volume, points, voxels."""

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.structures.errors import StructureError
from dosimetry_core.structures.scanline import are_inside, fill
from dosimetry_core.structures.stack import AxialStack, Slab, axial_stack
from dosimetry_core.values import ContouredStructure

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

OVERHANG_VOXELS = 0.5
"""How far a structure may stick out of a grid before that counts as being cut off."""


def volume_cc(structure: ContouredStructure, *, plane_spacing_mm: float | None = None) -> float:
    """Volume of a structure: the areas of its planes times their slabs' thickness, cm3.

    Raises:
        StructureError: the structure has no sound shape (see ``axial_stack``).
    """
    return axial_stack(structure, plane_spacing_mm).volume_mm3 / 1000.0


def contains(
    structure: ContouredStructure,
    points_mm: FloatArray,
    *,
    plane_spacing_mm: float | None = None,
) -> BoolArray:
    """Which of the points (p, 3), LPS mm, are inside; shape (p,).

    Raises:
        StructureError: the structure has no sound shape (see ``axial_stack``).
    """
    stack = axial_stack(structure, plane_spacing_mm)
    points = np.asarray(points_mm, dtype=np.float64)
    inside = np.zeros(points.shape[0], dtype=np.bool_)
    for slab in stack.slabs:
        within = np.flatnonzero((points[:, 2] >= slab.lower_mm) & (points[:, 2] < slab.upper_mm))
        inside[within] = are_inside(slab.edges, points[within, 0], points[within, 1])
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
        plane_spacing_mm: see ``axial_stack``.

    Returns:
        Shape ``shape_kji``.

    Raises:
        StructureError: the structure has no sound shape; it reaches out of the grid by more than
            half a voxel and ``clip`` is not set; or no voxel centre is inside it.
    """
    stack = axial_stack(structure, plane_spacing_mm)
    if not clip:
        _check_fits(stack, affine, shape_kji)
    mask = np.zeros(shape_kji, dtype=np.bool_)
    k, j, i = (np.arange(size, dtype=np.float64) for size in shape_kji)
    if np.allclose(affine[:3, :3], np.diag(np.diag(affine[:3, :3])), rtol=0, atol=1e-9):
        x, y, z = (affine[n, n] * index + affine[n, 3] for n, index in enumerate((i, j, k)))
        for n, height in enumerate(z):
            slab = slab_at(stack, float(height))
            if slab is not None:
                fill(slab.edges, x, y, mask[n])
    else:
        row, column = np.meshgrid(j, i, indexing="ij")
        for n, slice_index in enumerate(k):
            ijk = np.stack([column, row, np.full_like(row, slice_index)], axis=-1).reshape(-1, 3)
            points = ijk @ affine[:3, :3].T + affine[:3, 3]
            found = contains(structure, points, plane_spacing_mm=plane_spacing_mm)
            mask[n] = found.reshape(row.shape)
    if not mask.any():
        raise StructureError(
            f"{stack.name}: no voxel centre is inside; the structure ({stack.volume_mm3:.3g} mm3) "
            "is too small for the grid or lies outside it"
        )
    return mask


def slab_at(stack: AxialStack, z_mm: float) -> Slab | None:
    """The slab that holds height ``z_mm``, if there is one."""
    for slab in stack.slabs:
        if slab.lower_mm <= z_mm < slab.upper_mm:
            return slab
    return None


def _check_fits(stack: AxialStack, affine: FloatArray, shape_kji: tuple[int, int, int]) -> None:
    low, high = stack.lower_mm, stack.upper_mm
    corners = np.array(
        [[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])]
    )
    ijk = np.linalg.solve(affine[:3, :3], (corners - affine[:3, 3]).T).T
    last = np.array(shape_kji[::-1]) - 1
    margin = 0.5 + OVERHANG_VOXELS
    if (ijk < -margin).any() or (ijk > last + margin).any():
        raise StructureError(
            f"{stack.name}: reaches out of the image (structure from {_xyz(low)} to {_xyz(high)} "
            "mm); use an image that holds all of it"
        )


def _xyz(point: FloatArray) -> str:
    return "(" + ", ".join(f"{value:.1f}" for value in point) + ")"
