"""An RTDOSE as a volume of Gy, or every reason why it is none."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.uid import UID, RTDoseStorage

from drivers.dicom.dose_geometry import GRID_NUMBERS, grid_faults, read_grid
from drivers.dicom.dose_grid import DoseGrid, DoseRefused
from drivers.dicom.dose_volume_histogram import LeftOutError, StructureDvh, read_histogram
from drivers.dicom.generation_mode import mode_of
from drivers.dicom.reading import (
    UnreadableError,
    items_of,
    read_dataset,
    text_of,
    transfer_syntax_of,
)
from drivers.dicom.slice_checks import Numbers, numbers_of
from drivers.dicom.transfer_syntaxes import UNCOMPRESSED, USABLE_FOR_DOSIMETRY
from drivers.dicom.uids import is_uid

_NEEDED_UIDS = ("SOPInstanceUID", "StudyInstanceUID", "FrameOfReferenceUID")
_PIXEL_NUMBERS: dict[str, int | None] = {
    "Rows": 1,
    "Columns": 1,
    "NumberOfFrames": 1,
    "SamplesPerPixel": 1,
    "BitsAllocated": 1,
    "BitsStored": 1,
    "PixelRepresentation": 1,
    "DoseGridScaling": 1,
}
_BITS = frozenset({16.0, 32.0})
_BITS_PER_BYTE = 8


def read_dose(path: Path) -> DoseGrid:
    """Read an RTDOSE: 16 or 32 bits, any orientation, plane offsets relative or absolute.

    Histograms that are not of physical dose in Gy to one structure are left out with a warning.

    Raises:
        DoseRefused: it is no grid of physical dose in Gy, is broken, or contradicts itself.
    """
    try:
        dose = read_dataset(path)
        return _read(dose)
    except UnreadableError as error:
        raise DoseRefused((f"the file cannot be read: {error}",)) from error


def _read(dose: Dataset) -> DoseGrid:
    sop_class = UID(text_of(dose, "SOPClassUID"))
    if sop_class != RTDoseStorage:
        raise DoseRefused(
            (f"it is a {sop_class.name or 'file without SOP Class'}, not an RT Dose",)
        )
    needed = GRID_NUMBERS | _PIXEL_NUMBERS
    numbers = {keyword: numbers_of(dose, keyword) for keyword in needed}
    reasons = _wrong_kind(dose) + [
        f"has no valid {keyword}"
        for keyword, count in needed.items()
        if (len(numbers[keyword]) < 2 if count is None else len(numbers[keyword]) != count)
    ]
    if "PixelData" not in dose:
        reasons.append("has no PixelData")
    plan_uids = _references(dose, "ReferencedRTPlanSequence")
    structure_set_uids = _references(dose, "ReferencedStructureSetSequence")
    for uids, what in ((plan_uids, "plans"), (structure_set_uids, "structure sets")):
        if len(uids) > 1:
            reasons.append(f"refers to {len(uids)} {what}: which is meant?")
    if not reasons:
        reasons += _wrong_pixels(numbers)
        reasons += grid_faults(numbers, int(numbers["NumberOfFrames"][0]))
    if reasons:
        raise DoseRefused(tuple(reasons))
    histograms, warnings = _histograms(dose)
    summation = text_of(dose, "DoseSummationType")
    if summation != "PLAN":
        warnings.append(f"its doses are of {summation or 'an unstated sum'}, not of a whole PLAN")
    scaling_gy = numbers["DoseGridScaling"][0]
    return DoseGrid(
        volume=read_grid(numbers, _doses(dose, numbers)),
        sop_instance_uid=text_of(dose, "SOPInstanceUID"),
        study_uid=text_of(dose, "StudyInstanceUID"),
        frame_of_reference_uid=text_of(dose, "FrameOfReferenceUID"),
        largest_rounding_gy=scaling_gy / 2.0,
        summation=summation,
        comment=text_of(dose, "DoseComment"),
        plan_uid=plan_uids[0] if plan_uids else None,
        structure_set_uid=structure_set_uids[0] if structure_set_uids else None,
        histograms=histograms,
        mode=mode_of(dose),
        warnings=tuple(warnings),
    )


def _wrong_kind(dose: Dataset) -> list[str]:
    reasons: list[str] = []
    units, kind = text_of(dose, "DoseUnits"), text_of(dose, "DoseType")
    if units != "GY":
        reasons.append(f"its doses are in {units or 'no unit'}, not in GY")
    if kind != "PHYSICAL":
        reasons.append(f"its doses are {kind or 'of no type'}, not PHYSICAL")
    syntax = transfer_syntax_of(dose)
    if syntax not in USABLE_FOR_DOSIMETRY:
        reasons.append(f"its doses cannot be read without loss: {syntax.name or 'no'} syntax")
    if text_of(dose, "LossyImageCompression") == "01":
        reasons.append("was once compressed with loss (Lossy Image Compression is 01)")
    reasons += [
        f"has no valid {keyword}" for keyword in _NEEDED_UIDS if not is_uid(text_of(dose, keyword))
    ]
    return reasons


def _wrong_pixels(of: Numbers) -> list[str]:
    reasons: list[str] = []
    bits = of["BitsAllocated"][0]
    if (
        of["SamplesPerPixel"] != (1.0,)
        or bits not in _BITS
        or of["BitsStored"][0] != bits
        or of["PixelRepresentation"] != (0.0,)
    ):
        reasons.append(
            f"has {of['SamplesPerPixel'][0]:g} samples of {bits:g} bits with "
            f"{of['BitsStored'][0]:g} stored, representation {of['PixelRepresentation'][0]:g}: "
            "a dose has one unsigned sample of 16 or 32 bits"
        )
    if min(of["Rows"][0], of["Columns"][0], of["NumberOfFrames"][0]) < 1:
        reasons.append("has no rows, columns or planes")
    if of["DoseGridScaling"][0] <= 0.0:
        reasons.append("has a Dose Grid Scaling that is not above 0")
    return reasons


def _doses(dose: Dataset, of: Numbers) -> NDArray[np.float32]:
    shape = tuple(int(of[key][0]) for key in ("NumberOfFrames", "Rows", "Columns"))
    size = int(of["BitsAllocated"][0]) // _BITS_PER_BYTE
    try:
        if transfer_syntax_of(dose) in UNCOMPRESSED:
            stored = _native(dose, shape, size)
        else:
            stored = dose.pixel_array
    except Exception as error:  # the decoders raise many types on broken data
        raise DoseRefused((f"has doses that cannot be decoded: {error}",)) from error
    if stored.shape != shape or stored.dtype.itemsize != size:
        raise DoseRefused((f"has doses of the shape {stored.shape}, not {shape}",))
    with np.errstate(over="ignore"):
        values_gy = (stored * of["DoseGridScaling"][0]).astype(np.float32)
    if not np.isfinite(values_gy).all():
        raise DoseRefused(("has doses that are no finite numbers",))
    return values_gy


def _native(dose: Dataset, shape: tuple[int, ...], size: int) -> NDArray[Any]:
    content = bytes(dose.PixelData)
    byte_count = shape[0] * shape[1] * shape[2] * size
    # An odd number of bytes is padded to an even one (PS3.5 section 7.1.1).
    if len(content) != byte_count + byte_count % 2:
        raise ValueError(f"there are {len(content)} bytes where {byte_count} should be")
    order = "<" if transfer_syntax_of(dose).is_little_endian else ">"
    return np.frombuffer(content, dtype=f"{order}u{size}", count=byte_count // size).reshape(shape)


def _references(dose: Dataset, keyword: str) -> tuple[str, ...]:
    uids = (text_of(item, "ReferencedSOPInstanceUID") for item in items_of(dose, keyword))
    return tuple(dict.fromkeys(uid for uid in uids if is_uid(uid)))


def _histograms(dose: Dataset) -> tuple[tuple[StructureDvh, ...], list[str]]:
    histograms: list[StructureDvh] = []
    warnings: list[str] = []
    for n, item in enumerate(items_of(dose, "DVHSequence"), start=1):
        try:
            histograms.append(read_histogram(item))
        except LeftOutError as why:
            warnings.append(f"histogram {n} {why}; left out")
    return tuple(histograms), warnings
