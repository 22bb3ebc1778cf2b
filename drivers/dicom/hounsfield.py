"""Stored pixel values to HU."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivers.dicom.ct_slice import CtSlice
from drivers.dicom.reading import read_dataset

_INT16 = np.iinfo(np.int16)
# Air. Scanners mark what is outside of the reconstructed circle with values far below it.
_AIR_HU = -1024
_ALLOCATED_BITS = 16


class PixelsRefusedError(Exception):
    """A slice's pixels cannot be decoded or do not fit into the range of HU."""


def read_hounsfield(one: CtSlice, out: NDArray[np.int16]) -> None:
    """Decode a slice and write its HU into ``out``, shape (rows, columns).

    HU that are not whole numbers (a slope or intercept that is not one) are rounded to the nearest.
    Voxels that carry the Pixel Padding Value are outside of the reconstructed field: they become
    -1024 HU where they would lie below it, and are left alone where they would not, since padding
    values that also occur in tissue are met in practice.

    Raises:
        PixelsRefusedError: the pixels are cut short, cannot be decoded, or lie outside of
            -32768 to 32767 HU.
    """
    stored = _native(one) if one.pixel_offset is not None else _decoded(one)
    lowest, highest = int(stored.min()), int(stored.max())
    padding = _padding_to_replace(one, lowest)
    slope, intercept = one.rescale.slope, one.rescale.intercept
    is_padding = None
    if padding is not None:
        is_padding = (stored >= padding[0]) & (stored <= padding[1])
        inside = stored[~is_padding]
        if not inside.size:
            out.fill(_AIR_HU)
            return
        lowest, highest = int(inside.min()), int(inside.max())
    ends_hu = sorted((slope * lowest + intercept, slope * highest + intercept))
    if round(ends_hu[0]) < _INT16.min or round(ends_hu[1]) > _INT16.max:
        raise PixelsRefusedError(
            f"has values beyond {_INT16.min} to {_INT16.max} HU, which is all that 16 bits hold"
        )
    if slope == 1.0 and intercept.is_integer():
        # Two's complement wraps around and back again: exact, as the ends are in range.
        shift = np.array(int(intercept) & 0xFFFF, dtype=np.uint16)
        np.add(stored.view(np.uint16), shift, out=out.view(np.uint16))
    else:
        np.rint(stored * slope + intercept, out=out, casting="unsafe")
    if is_padding is not None:
        out[is_padding] = _AIR_HU


def _padding_to_replace(one: CtSlice, lowest: int) -> tuple[int, int] | None:
    if one.padding is None or lowest > one.padding[1]:
        return None
    ends_hu = [one.rescale.slope * end + one.rescale.intercept for end in one.padding]
    return one.padding if max(ends_hu) < _AIR_HU else None


def _native(one: CtSlice) -> NDArray[Any]:
    stored = np.empty((one.rows, one.columns), dtype="<i2" if one.is_signed else "<u2")
    with one.path.open("rb", buffering=0) as file:
        file.seek(one.pixel_offset or 0)
        count = file.readinto(stored.data.cast("B"))
    if count != stored.nbytes:
        raise PixelsRefusedError(f"has pixel data that ends after {count} of {stored.nbytes} bytes")
    unused_bits = _ALLOCATED_BITS - one.bits_stored
    if unused_bits:
        # What lies above the stored bits is not part of the value; signed values keep their sign.
        np.left_shift(stored, unused_bits, out=stored)
        np.right_shift(stored, unused_bits, out=stored)
    return _in_native_order(stored)


def _decoded(one: CtSlice) -> NDArray[Any]:
    try:
        stored = read_dataset(one.path).pixel_array
    except Exception as error:  # the decoders raise many types on broken data
        raise PixelsRefusedError(f"has pixels that cannot be decoded: {error}") from error
    if stored.shape != (one.rows, one.columns) or stored.dtype.itemsize != 2:
        raise PixelsRefusedError(
            f"has pixels that decode to {stored.shape} values of {stored.dtype}, not to "
            f"({one.rows}, {one.columns}) values of 16 bits"
        )
    return _in_native_order(stored)


def _in_native_order(stored: NDArray[Any]) -> NDArray[Any]:
    return stored.astype(stored.dtype.newbyteorder("="), copy=False)
