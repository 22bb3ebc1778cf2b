"""Whether two DICOM files say the same, however each is encoded."""

import numpy as np
from pydicom import Dataset, Sequence

from drivers.dicom.generation_mode import mode_of
from drivers.dicom.reading import read_dataset

_PIXEL_DATA = 0x7FE00010


def has_same_content(one: bytes, other: bytes) -> bool:
    """Compare two DICOM files by public attributes, pixels and generation mode.

    An archive may give an image back in another transfer syntax than the scanner pushed it in, and
    may drop private elements: neither makes it another image. A file that cannot be read is the
    same only as its exact copy.
    """
    if one == other:
        return True
    try:
        first, second = read_dataset(one), read_dataset(other)
        return (
            mode_of(first) is mode_of(second)
            and _has_same_attributes(first, second)
            and _has_same_pixels(first, second)
        )
    except Exception:  # pydicom and its decoders raise many types on broken data
        return False


def _public_tags(dataset: Dataset) -> set[int]:
    return {
        int(tag)
        for tag in dataset.keys()  # noqa: SIM118 - iterating a Dataset decodes its values
        if not tag.is_private and tag.element != 0 and tag != _PIXEL_DATA
    }


def _has_same_attributes(first: Dataset, second: Dataset) -> bool:
    tags = _public_tags(first)
    return tags == _public_tags(second) and all(
        _is_same_value(first[tag].value, second[tag].value) for tag in tags
    )


def _is_same_value(first: object, second: object) -> bool:
    if isinstance(first, Dataset) and isinstance(second, Dataset):
        return _has_same_attributes(first, second)
    if isinstance(first, Sequence) and isinstance(second, Sequence):
        return len(first) == len(second) and all(map(_is_same_value, first, second))
    return first == second


def _has_same_pixels(first: Dataset, second: Dataset) -> bool:
    if (_PIXEL_DATA in first) != (_PIXEL_DATA in second):
        return False
    return _PIXEL_DATA not in first or np.array_equal(first.pixel_array, second.pixel_array)
