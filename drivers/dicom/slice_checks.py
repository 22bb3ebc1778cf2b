"""What can be wrong with one CT image by itself."""

import math
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from pydicom import Dataset
from pydicom.uid import UID, CTImageStorage

from drivers.dicom.reading import text_of, transfer_syntax_of
from drivers.dicom.transfer_syntaxes import USABLE_FOR_DOSIMETRY
from drivers.dicom.uids import is_uid

NEEDED_UIDS = ("SOPInstanceUID", "FrameOfReferenceUID")
# A tool that takes identifiers out may leave these blank; files of one folder still make a series.
BLANKABLE_UIDS = ("SeriesInstanceUID", "StudyInstanceUID")

# Keyword of each numeric attribute that a volume needs: how many values it has.
NUMBERS = {
    "ImagePositionPatient": 3,
    "ImageOrientationPatient": 6,
    "PixelSpacing": 2,
    "Rows": 1,
    "Columns": 1,
    "SamplesPerPixel": 1,
    "BitsAllocated": 1,
    "BitsStored": 1,
    "HighBit": 1,
    "PixelRepresentation": 1,
    "RescaleSlope": 1,
    "RescaleIntercept": 1,
}

Numbers = dict[str, tuple[float, ...]]

# Gantry/Detector Tilt (0018,1120) is a nominal angle; some scanners write hundredths for none.
_TILT_LIMIT_DEGREES = 0.1
# Direction cosines are written with six decimals.
_UNIT_VECTOR_TOLERANCE = 1e-3
_LOCALIZER_PLACE = 2
LOCALISER = "is a localiser, not a slice"


def wrong_kind(header: Dataset) -> str:
    """Why a file is no CT slice at all; empty where it is one."""
    sop_class = UID(text_of(header, "SOPClassUID"))
    if sop_class != CTImageStorage:
        return f"is a {sop_class.name or 'file without SOP Class UID'}, not a CT Image"
    if text_of(header, "Modality") != "CT":
        return f"has the modality {text_of(header, 'Modality') or 'unset'}, not CT"
    image_type: Sequence[str] | str = header.get("ImageType", None) or ()
    if list(image_type)[_LOCALIZER_PLACE : _LOCALIZER_PLACE + 1] == ["LOCALIZER"]:
        return LOCALISER
    return ""


def what_is_missing(header: Dataset, numbers: Numbers) -> tuple[str, ...]:
    """All reasons why an image has no place in a CT volume at all; empty where there is none.

    Args:
        header: the image's attributes.
        numbers: ``numbers_of`` each keyword of ``NUMBERS``.
    """
    return tuple(_missing(header, numbers) or _wrong_numbers(numbers))


def what_is_wrong(header: Dataset) -> tuple[str, ...]:
    """All reasons why an image that has its place must still not be computed on."""
    return (*_wrong_encoding(header), *_tilt(header))


def numbers_of(header: Dataset, keyword: str) -> tuple[float, ...]:
    """The finite values of a numeric attribute; empty where it is missing or not of numbers."""
    try:
        value = header.get(keyword, None)
    except Exception:  # pydicom decodes on access and raises many types on a broken value
        return ()
    try:
        if value is None or isinstance(value, str | bytes):
            return ()
        many = cast("Sequence[Any]", value) if isinstance(value, Sequence) else (value,)
        values = tuple(map(float, many))
    except (ValueError, TypeError, OverflowError):
        return ()
    return values if all(map(math.isfinite, values)) else ()


def _missing(header: Dataset, numbers: Numbers) -> list[str]:
    missing = [
        f"has no valid {keyword}"
        for keyword in (*NEEDED_UIDS, *BLANKABLE_UIDS)
        if not is_uid(text_of(header, keyword))
        and not (keyword in BLANKABLE_UIDS and not text_of(header, keyword))
    ]
    missing += [
        f"has no valid {keyword}"
        for keyword, count in NUMBERS.items()
        if len(numbers[keyword]) != count
    ]
    if "PixelData" not in header:
        missing.append("has no PixelData")
    return missing


def _wrong_encoding(header: Dataset) -> list[str]:
    reasons: list[str] = []
    syntax = transfer_syntax_of(header)
    if syntax not in USABLE_FOR_DOSIMETRY:
        reasons.append(
            f"is compressed with loss, or in a way that cannot be read here: {syntax.name or 'no'} "
            "transfer syntax"
        )
    if text_of(header, "LossyImageCompression") == "01":
        reasons.append("was once compressed with loss (Lossy Image Compression is 01)")
    photometric = text_of(header, "PhotometricInterpretation")
    if photometric != "MONOCHROME2":
        reasons.append(f"has the pixel format {photometric or 'unset'}, not MONOCHROME2")
    if numbers_of(header, "NumberOfFrames") not in {(), (1.0,)}:
        reasons.append("has several frames in one file")
    if text_of(header, "RescaleType") not in {"", "HU"}:
        reasons.append(f"has values in {text_of(header, 'RescaleType')}, not in HU")
    return reasons


def _tilt(header: Dataset) -> list[str]:
    tilt_degrees = numbers_of(header, "GantryDetectorTilt")
    if tilt_degrees and abs(tilt_degrees[0]) > _TILT_LIMIT_DEGREES:
        return [f"was taken with the gantry tilted by {tilt_degrees[0]:g} degrees"]
    return []


def _wrong_numbers(of: Numbers) -> list[str]:
    reasons: list[str] = []
    bits_stored = of["BitsStored"][0]
    if (
        of["SamplesPerPixel"] != (1.0,)
        or of["BitsAllocated"] != (16.0,)
        or not 8 <= bits_stored <= 16
        or of["HighBit"] != (bits_stored - 1,)
        or of["PixelRepresentation"][0] not in {0.0, 1.0}
    ):
        reasons.append(
            "has an unsupported pixel format: "
            f"{of['SamplesPerPixel'][0]:g} samples of {of['BitsAllocated'][0]:g} bits with "
            f"{bits_stored:g} stored up to bit {of['HighBit'][0]:g}"
        )
    if min(of["Rows"][0], of["Columns"][0]) < 1:
        reasons.append("has no rows or no columns")
    if min(of["PixelSpacing"]) <= 0.0:
        reasons.append("has a PixelSpacing that is not positive")
    if of["RescaleSlope"] == (0.0,):
        reasons.append("has a RescaleSlope of 0")
    directions = np.array(of["ImageOrientationPatient"]).reshape(2, 3)
    if np.abs(directions @ directions.T - np.eye(2)).max() > _UNIT_VECTOR_TOLERANCE:
        reasons.append("has an ImageOrientationPatient that is not two perpendicular unit vectors")
    return reasons
