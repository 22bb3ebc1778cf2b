"""The image filters that registration needs, with types (scipy.ndimage has none to speak of)."""

# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportArgumentType=false

from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage  # pyright: ignore[reportMissingTypeStubs]

from dosimetry_core.registration.kernels import resample

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
    return resampled_flagged(values, (), matrix, offset, shape)[0]


def resampled_flagged(
    values: Floats,
    flags: Sequence[tuple[Bools, float]],
    matrix: NDArray[np.float64],
    offset: NDArray[np.float64],
    shape: tuple[int, ...],
) -> tuple[Floats, list[Bools]]:
    """The same, with where the share of voxels of a mask is above its limit; nowhere outside."""
    packed = np.zeros(values.shape, dtype=np.uint8)
    for number, (mask, _) in enumerate(flags):
        packed |= mask.astype(np.uint8) << number
    limits = np.array([limit for _, limit in flags], dtype=np.float32)
    out, found = np.empty(shape, dtype=np.float32), np.empty(shape, dtype=np.uint8)
    resample(
        np.ascontiguousarray(values, np.float32),
        packed,
        limits,
        np.ascontiguousarray(matrix, np.float64),
        np.ascontiguousarray(offset, np.float64),
        out,
        found,
    )
    return out, [(found & 1 << number) != 0 for number in range(len(flags))]


def sampled(values: Floats, at: NDArray[np.floating]) -> Floats:
    """Value, linear, at indices (..., 3), (k, j, i); NaN outside of ``values``."""
    return cast(
        "Floats",
        ndimage.map_coordinates(
            values, np.moveaxis(at, -1, 0), output=np.float32, order=1, cval=np.nan
        ),
    )


def fast_length(least: int) -> int:
    """The shortest length, from a least one on, of which Fourier transforms are fast."""
    return cast("int", fft.next_fast_len(int(least), real=True))


def transformed(values: NDArray[np.float64], shape: Sequence[int]) -> NDArray[np.complex128]:
    """Fourier transform of real values, filled up with zeros to a shape."""
    return cast("NDArray[np.complex128]", fft.rfftn(values, s=shape))


def transformed_back(values: NDArray[np.complex128], shape: Sequence[int]) -> NDArray[np.float64]:
    """Real values of a shape, of their Fourier transform."""
    return cast("NDArray[np.float64]", fft.irfftn(values, s=shape))
