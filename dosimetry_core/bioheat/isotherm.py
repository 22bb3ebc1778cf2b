"""Isotherms of a field of temperature: the volume within, and the surface."""

import math

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.values import Volume

FloatArray = NDArray[np.float64]


def isotherm_volume_cc(temperature_c: Volume, level_c: float) -> float:
    """Volume that is colder than a level, cm3.

    Temperature is linear in the tetrahedra between voxel centres, so the volume does not go in
    steps of voxels. The half voxel beyond the outermost centres is not counted.
    """
    from dosimetry_core.bioheat import tetrahedra  # noqa: PLC0415 - the compiler is heavy

    cells = tetrahedra.cells_below(_packed(temperature_c), float(level_c))
    return cells * temperature_c.voxel_volume_mm3 / 1000.0


def isotherm_surface_mm(temperature_c: Volume, level_c: float) -> FloatArray:
    """The surface at a level as triangles.

    Returns:
        Shape (n, 3 corners, 3), (x, y, z) LPS mm; closed but where the grid ends. The corners of
        each run counter-clockwise when seen from the warm side.
    """
    from dosimetry_core.bioheat import tetrahedra  # noqa: PLC0415 - the compiler is heavy

    kji = tetrahedra.triangles(_packed(temperature_c), float(level_c))
    xyz = temperature_c.to_patient_mm(kji)
    # Indices run as (k, j, i) and places as (x, y, z): that is a mirror unless the affine is one.
    if float(np.linalg.det(temperature_c.affine[:3, :3])) > 0:
        xyz = xyz[:, ::-1]
    return np.ascontiguousarray(xyz)


def equivalent_radius_mm(volume_cc: float) -> float:
    """Radius of the sphere of a volume."""
    return (3.0 * volume_cc * 1000.0 / (4.0 * math.pi)) ** (1.0 / 3.0)


def values_at(field: Volume, points_mm: FloatArray) -> FloatArray:
    """A field at some places, linear between voxel centres.

    Args:
        field: temperature, or another.
        points_mm: shape (n, 3), LPS mm.

    Raises:
        ValueError: a place lies outside of the outermost voxel centres.
    """
    kji = field.to_index(points_mm)
    last = np.array(field.values.shape) - 1
    if ((kji < -1e-9) | (kji > last + 1e-9)).any():
        raise ValueError("a place at which the temperature is wanted lies outside of the grid")
    low = np.clip(np.floor(kji).astype(np.int64), 0, np.maximum(last - 1, 0))
    part = np.clip(kji - low, 0.0, 1.0)
    total = np.zeros(len(kji))
    for corner in np.ndindex(2, 2, 2):
        weight = np.prod(np.where(np.array(corner) == 1, part, 1.0 - part), axis=1)
        at = np.minimum(low + np.array(corner), last)
        total += weight * field.values[at[:, 0], at[:, 1], at[:, 2]]
    return total


def _packed(field: Volume) -> NDArray[np.float32]:
    return np.ascontiguousarray(field.values, dtype=np.float32)
