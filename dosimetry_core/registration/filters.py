"""The image filters that registration needs, with types (scipy.ndimage has none to speak of)."""

# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportArgumentType=false

from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage  # pyright: ignore[reportMissingTypeStubs]

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]


def blurred(values: Floats, sigma: float) -> Floats:
    """Gaussian blur by ``sigma`` voxels."""
    return cast("Floats", ndimage.gaussian_filter(values, sigma, truncate=3.0))


def largest_region(mask: Bools) -> Bools:
    """The largest of the regions that hang together by faces; the mask itself if it is empty."""
    label, count = cast("tuple[NDArray[np.int32], int]", ndimage.label(mask))
    if count == 0:
        return mask
    sizes = np.bincount(label.ravel())
    sizes[0] = 0
    return cast("Bools", label == int(sizes.argmax()))


def opened(mask: Bools, reach: int) -> Bools:
    """Without what is thinner than ``2 * reach + 1`` voxels within a slice."""
    size = (1, 2 * reach + 1, 2 * reach + 1)
    eroded = ndimage.minimum_filter(mask, size=size, mode="nearest")
    return cast("Bools", ndimage.maximum_filter(eroded, size=size, mode="nearest"))


def without_holes(mask: Bools) -> Bools:
    """With the cavities of every slice filled."""
    return np.stack([cast("Bools", ndimage.binary_fill_holes(plane)) for plane in mask])


def within(mask: Bools, reach_mm: float, spacing_mm: tuple[float, float, float]) -> Bools:
    """Voxels within a reach of those of the mask."""
    if not mask.any():
        return mask
    away = cast("NDArray[np.float64]", ndimage.distance_transform_edt(~mask, sampling=spacing_mm))
    return away <= reach_mm


def spread(mask: Bools, reach: NDArray[np.integer]) -> Bools:
    """Dilation by a box that reaches ``reach`` voxels along (k, j, i) to each side."""
    return cast("Bools", ndimage.maximum_filter(mask, size=tuple(2 * reach + 1)))


def boxed_mean(values: Floats, size: int) -> Floats:
    """Mean over a cube of ``size`` voxels, an odd number."""
    return cast("Floats", ndimage.uniform_filter(values, size))


def highest_nearby(values: Floats, size: int) -> Floats:
    """Greatest value in a cube of ``size`` voxels."""
    return cast("Floats", ndimage.maximum_filter(values, size))


def lowest_nearby(values: Floats, size: int) -> Floats:
    """Least value in a cube of ``size`` voxels."""
    return cast("Floats", ndimage.minimum_filter(values, size))


def resampled(
    values: Floats, matrix: NDArray[np.float64], offset: NDArray[np.float64], shape: tuple[int, ...]
) -> Floats:
    """Value, linear, at index ``matrix @ index + offset``; NaN outside of ``values``."""
    diagonal = np.diag(matrix)
    if np.array_equal(matrix, np.diag(diagonal)):
        matrix = diagonal  # three times as fast
    return cast(
        "Floats",
        ndimage.affine_transform(
            values, matrix, offset, shape, output=np.float32, order=1, cval=np.nan
        ),
    )


def sampled(values: Floats, at: NDArray[np.floating]) -> Floats:
    """Value, linear, at indices (..., 3), (k, j, i); NaN outside of ``values``."""
    return cast(
        "Floats",
        ndimage.map_coordinates(
            values, np.moveaxis(at, -1, 0), output=np.float32, order=1, cval=np.nan
        ),
    )
