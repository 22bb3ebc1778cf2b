"""The few image filters that finding ice needs, with types (scipy.ndimage has none to speak of)."""

# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportArgumentType=false

from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage  # pyright: ignore[reportMissingTypeStubs]
from scipy.spatial import KDTree

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Spacing = NDArray[np.float64]


def blurred(values: Floats, sigma: Spacing) -> Floats:
    """Gaussian blur; ``sigma`` in voxels along (k, j, i)."""
    return cast("Floats", ndimage.gaussian_filter(values, sigma, truncate=3.0))


def slope(values: Floats, axis: int) -> Floats:
    """Central difference along an axis, per voxel."""
    return cast("Floats", ndimage.correlate1d(values, [-0.5, 0.0, 0.5], axis=axis))


def spread(mask: Bools, reach: NDArray[np.integer]) -> Bools:
    """Dilation by a box that reaches ``reach`` voxels along (k, j, i) to each side."""
    return cast("Bools", ndimage.maximum_filter(mask, size=tuple(2 * reach + 1)))


def eroded(mask: Bools) -> Bools:
    """Without the voxels that touch, by a face, what is not in the mask or not in the volume."""
    return cast("Bools", ndimage.binary_erosion(mask, border_value=0))


def without_holes(mask: Bools) -> Bools:
    """With all cavities filled."""
    return cast("Bools", ndimage.binary_fill_holes(mask))


def depth_mm(mask: Bools, spacing: Spacing) -> NDArray[np.float64]:
    """Distance of each voxel in the mask to the nearest one outside it; 0 outside."""
    return cast("NDArray[np.float64]", ndimage.distance_transform_edt(mask, sampling=spacing))


def regions(mask: Bools) -> tuple[NDArray[np.int32], int]:
    """Connected regions (by faces) numbered from 1, and how many there are."""
    label = np.zeros(mask.shape, np.int32)
    return label, int(ndimage.label(mask, output=label))


def closed(mask: Bools, spacing: Spacing, radius_mm: float) -> Bools:
    """Gaps narrower than twice ``radius_mm`` filled."""
    if not mask.any():
        return mask
    near = depth_mm(~mask, spacing) <= radius_mm
    return mask | (depth_mm(near, spacing) > radius_mm)


def resampled(
    values: Floats,
    matrix: NDArray[np.float64],
    offset: NDArray[np.float64],
    shape: tuple[int, ...],
    outside: float,
) -> Floats:
    """Linear interpolation at ``matrix @ index + offset`` for each index of a grid of ``shape``."""
    return cast(
        "Floats",
        ndimage.affine_transform(
            values, matrix, offset, output_shape=shape, order=1, mode="constant", cval=outside
        ),
    )


def interpolated(values: NDArray[np.float64], kji: NDArray[np.float64]) -> NDArray[np.float64]:
    """Linear interpolation at fractional indices (n, 3)."""
    return cast("NDArray[np.float64]", ndimage.map_coordinates(values, kji.T, order=1))


def nearest(
    places: NDArray[np.float64], asked: NDArray[np.float64], count: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Distances (m, count) from points (m, 3) to the nearest of places (n, 3), and which."""
    gap, index = KDTree(places).query(asked, k=count)
    return cast("NDArray[np.float64]", gap), cast("NDArray[np.int64]", index)
