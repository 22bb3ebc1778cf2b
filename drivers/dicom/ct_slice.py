"""What is read of one CT image."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.dataelem import RawDataElement
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from dosimetry_core.values import GenerationMode
from drivers.dicom.acquisition_time import acquired_at
from drivers.dicom.generation_mode import mode_of
from drivers.dicom.reading import read_header, text_of, transfer_syntax_of
from drivers.dicom.slice_checks import (
    NUMBERS,
    numbers_of,
    what_is_missing,
    what_is_wrong,
    wrong_kind,
)

_PIXEL_DATA = 0x7FE00010
_UINT16_VALUES = 1 << 16


@dataclass(frozen=True, slots=True)
class Rescale:
    """Linear map of stored values to HU: ``slope * stored + intercept``."""

    slope: float
    intercept: float


@dataclass(frozen=True, slots=True, eq=False)
class CtSlice:
    """One CT image with everything but its pixels. Stored values have 16 bits allocated.

    Attributes:
        position_mm: centre of the first voxel, LPS, shape (3,).
        row_direction: unit vector along increasing column index, LPS, shape (3,).
        column_direction: unit vector along increasing row index, LPS, shape (3,).
        pixel_spacing_mm: between rows, between columns.
        padding: lowest and highest stored value that mark what is outside of the image; None where
            there is no padding.
        pixel_offset: where the native pixels begin in the file; None where a decoder is needed.
        faults: why it must not be computed on, though its place is known; empty where it may be.
    """

    path: Path
    sop_instance_uid: str
    series_uid: str
    study_uid: str
    frame_of_reference_uid: str
    position_mm: NDArray[np.float64]
    row_direction: NDArray[np.float64]
    column_direction: NDArray[np.float64]
    pixel_spacing_mm: tuple[float, float]
    rows: int
    columns: int
    bits_stored: int
    is_signed: bool
    rescale: Rescale
    padding: tuple[int, int] | None
    acquired_at: datetime | None
    mode: GenerationMode
    pixel_offset: int | None
    faults: tuple[str, ...]

    @property
    def normal(self) -> NDArray[np.float64]:
        """Unit vector across the image, LPS, shape (3,)."""
        normal = np.cross(self.row_direction, self.column_direction)
        return normal / np.linalg.norm(normal)


class SliceRefusedError(Exception):
    """An image has no place in a volume; ``reasons`` says all that is wrong with it."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


def read_ct_slice(path: Path, local_zone: tzinfo) -> CtSlice:
    """Read one CT image's attributes.

    Args:
        path: the file.
        local_zone: zone of the scanner's clock, for images that do not state theirs.

    Raises:
        SliceRefusedError: it is not a CT slice, or lacks what a slice must have.
        UnreadableError: it is not a DICOM file or is broken.
    """
    header = read_header(path)
    kind = wrong_kind(header)
    if kind:
        raise SliceRefusedError((kind,))
    numbers = {keyword: numbers_of(header, keyword) for keyword in NUMBERS}
    missing, faults = what_is_missing(header, numbers), what_is_wrong(header)
    if missing:
        raise SliceRefusedError((*missing, *faults))
    orientation = np.array(numbers["ImageOrientationPatient"])
    row_spacing_mm, column_spacing_mm = numbers["PixelSpacing"]
    is_signed = numbers["PixelRepresentation"] == (1.0,)
    return CtSlice(
        path=path,
        sop_instance_uid=text_of(header, "SOPInstanceUID"),
        series_uid=text_of(header, "SeriesInstanceUID"),
        study_uid=text_of(header, "StudyInstanceUID"),
        frame_of_reference_uid=text_of(header, "FrameOfReferenceUID"),
        position_mm=np.array(numbers["ImagePositionPatient"]),
        row_direction=orientation[:3],
        column_direction=orientation[3:],
        pixel_spacing_mm=(row_spacing_mm, column_spacing_mm),
        rows=int(numbers["Rows"][0]),
        columns=int(numbers["Columns"][0]),
        bits_stored=int(numbers["BitsStored"][0]),
        is_signed=is_signed,
        rescale=Rescale(numbers["RescaleSlope"][0], numbers["RescaleIntercept"][0]),
        padding=_padding(header, is_signed=is_signed),
        acquired_at=acquired_at(header, local_zone),
        mode=mode_of(header),
        pixel_offset=_native_pixel_offset(header),
        faults=faults,
    )


def _padding(header: Dataset, *, is_signed: bool) -> tuple[int, int] | None:
    value = numbers_of(header, "PixelPaddingValue")
    limit = numbers_of(header, "PixelPaddingRangeLimit") or value
    if len(value) != 1 or len(limit) != 1:
        return None
    ends = sorted(_as_stored(int(end), is_signed=is_signed) for end in (*value, *limit))
    return ends[0], ends[1]


def _as_stored(value: int, *, is_signed: bool) -> int:
    """Read a padding value as the pixels are read: writers often give it the other signedness."""
    value %= _UINT16_VALUES
    return value - _UINT16_VALUES if is_signed and value >= _UINT16_VALUES // 2 else value


def _native_pixel_offset(header: Dataset) -> int | None:
    if transfer_syntax_of(header) not in {ExplicitVRLittleEndian, ImplicitVRLittleEndian}:
        return None
    element = header.get_item(_PIXEL_DATA, keep_deferred=True)
    return element.value_tell if isinstance(element, RawDataElement) else None
