"""The pixels of a DICOM Segmentation, frame by frame."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.pixels.utils import iter_pixels

from drivers.dicom.reading import text_of, transfer_syntax_of
from drivers.dicom.segmentation_frames import SegmentFrame
from drivers.dicom.slice_checks import numbers_of
from drivers.dicom.transfer_syntaxes import USABLE_FOR_DOSIMETRY

BINARY, FRACTIONAL = "BINARY", "FRACTIONAL"

_BITS_ALLOCATED = {BINARY: 1.0, FRACTIONAL: 8.0}
_MOST_PIXELS = 1 << 26


class SegmentPixelsError(Exception):
    """The pixels are cut short or cannot be decoded."""


def pixel_faults(dataset: Dataset) -> list[str]:
    """All reasons why the pixels cannot be masks of segments; empty where there is none."""
    kind = text_of(dataset, "SegmentationType")
    if kind not in _BITS_ALLOCATED:
        return [f"it has the segmentation type {kind or 'unset'}, not BINARY or FRACTIONAL"]
    reasons: list[str] = []
    bits = numbers_of(dataset, "BitsAllocated")
    if bits != (_BITS_ALLOCATED[kind],) or numbers_of(dataset, "SamplesPerPixel") != (1.0,):
        reasons.append(f"its pixels are not of one sample of {_BITS_ALLOCATED[kind]:g} bits")
    sides = numbers_of(dataset, "Rows") + numbers_of(dataset, "Columns")
    if len(sides) != 2 or min(sides) < 1 or sides[0] * sides[1] > _MOST_PIXELS:
        reasons.append("it has no valid Rows and Columns")
    if kind == FRACTIONAL and not _maximum(dataset):
        reasons.append("it has no valid MaximumFractionalValue")
    syntax = transfer_syntax_of(dataset)
    if syntax not in USABLE_FOR_DOSIMETRY or text_of(dataset, "LossyImageCompression") == "01":
        reasons.append(
            "it is compressed with loss, or in a way that cannot be read here: "
            f"{syntax.name or 'no'} transfer syntax"
        )
    if "PixelData" not in dataset:
        reasons.append("it has no PixelData")
    return reasons


def frame_masks(
    dataset: Dataset, frames: Sequence[SegmentFrame]
) -> Iterator[tuple[SegmentFrame, NDArray[np.bool_]]]:
    """Each frame with its mask (rows, columns), decoded one after another.

    A FRACTIONAL pixel counts where its value is at least half of the highest possible.

    Args:
        dataset: one without ``pixel_faults``.
        frames: all of its frames, in order.

    Raises:
        SegmentPixelsError: the pixels are cut short or cannot be decoded.
    """
    shape = int(numbers_of(dataset, "Rows")[0]), int(numbers_of(dataset, "Columns")[0])
    least = _maximum(dataset) / 2 if text_of(dataset, "SegmentationType") == FRACTIONAL else 1
    decoded = _decoded(dataset)
    for frame in frames:
        stored = next(decoded, None)
        if stored is None or stored.shape != shape:
            raise SegmentPixelsError(
                f"the pixels of frame {frame.index + 1} are missing or have another shape"
            )
        yield frame, stored >= least


def _decoded(dataset: Dataset) -> Iterator[NDArray[np.uint8]]:
    try:
        yield from iter_pixels(dataset)
    except Exception as error:  # the decoders raise many types on broken data
        raise SegmentPixelsError(f"its pixels cannot be decoded: {error}") from error


def _maximum(dataset: Dataset) -> float:
    """The value that stands for a whole pixel; 0 where it is not valid."""
    value = numbers_of(dataset, "MaximumFractionalValue")
    return value[0] if len(value) == 1 and 1.0 <= value[0] <= 255.0 else 0.0
