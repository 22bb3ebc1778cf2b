"""Distances from the surface of a solid, on a grid and between its voxels."""

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.ice.filters import interpolated
from dosimetry_core.structures import bounds_mm, distance_field_mm
from dosimetry_core.values import ContouredStructure, Volume

FloatArray = NDArray[np.float64]

FINE_MM = 1.0
"""Voxel of a distance: linear between voxels, it is off by voxel^2 / 8R, 0.01 mm at 10 mm."""
_MOST_VOXELS = 1_500_000
_ROUND_MM = 2.0  # so that no surface lies at the edge of its grid


def distance_round(
    structure: ContouredStructure,
    *,
    beyond_mm: float = 0.0,
    pitch_mm: float = FINE_MM,
    plane_spacing_mm: float | None = None,
) -> Volume:
    """Signed distance (mm, positive outside) on a grid that holds all of a structure.

    The grid follows from the structure's own extent, its ends beyond the last planes included, so
    that thick slices are not cut off. Very large structures get larger voxels.

    Args:
        structure: contours.
        beyond_mm: how far round it distances are wanted.
        pitch_mm: of the voxels.
        plane_spacing_mm: thickness of one that is drawn in a single plane.

    Raises:
        StructureError: the structure has no sound shape.
    """
    low, high = bounds_mm(structure, plane_spacing_mm=plane_spacing_mm)
    extent = high - low + 2.0 * (beyond_mm + _ROUND_MM)
    pitch = max(pitch_mm, float(extent.prod() / _MOST_VOXELS) ** (1.0 / 3.0))
    low = low - beyond_mm - _ROUND_MM
    columns, rows, slices = (int(n) + 2 for n in np.ceil(extent / pitch))
    return distance_field_mm(
        structure,
        origin_mm=(float(low[0]), float(low[1]), float(low[2])),
        spacing_mm=(pitch, pitch, pitch),
        shape_kji=(slices, rows, columns),
        plane_spacing_mm=plane_spacing_mm,
    )


def sampled(field: Volume, points_mm: FloatArray) -> tuple[FloatArray, FloatArray]:
    """A field at points (n, 3), linear; and how far each lies outside of the field's grid, mm.

    Points outside are given the value of the nearest point of the grid.
    """
    kji = field.to_index(points_mm)
    held = np.clip(kji, 0.0, np.array(field.values.shape) - 1.0)
    away = np.linalg.norm((kji - held) * np.array(field.spacing_mm), axis=1)
    return interpolated(np.asarray(field.values, dtype=np.float64), held), away
