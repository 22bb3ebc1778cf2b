"""Dose-volume histograms as items of an RTDOSE's DVH Sequence (PS3.3 C.8.8.4)."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from drivers.dicom.reading import items_of, text_of
from drivers.dicom.result_object import decimal
from drivers.dicom.slice_checks import numbers_of

VolumeUnit = Literal["CM3", "PERCENT"]
# DVH Data is one value of at most 65,534 bytes in explicit VR: 2,000 pairs of up to 16 characters.
MOST_POINTS = 2000
_VOLUME_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class StructureDvh:
    """The cumulative dose-volume histogram of one structure.

    Attributes:
        roi_number: of the structure in its structure set.
        dose_gy: increasing, Gy.
        volume: of each dose, the part of the structure that gets at least that dose.
        volume_unit: of ``volume``: CM3 or PERCENT of the structure.
        minimum_gy: least dose in the structure; None where it is not stated, and so the others.
        maximum_gy: greatest dose.
        mean_gy: mean dose.

    Raises:
        ValueError: there are not at least two doses with a volume each, they are not finite, doses
            do not increase from 0 or more, or volumes are below 0 or increase.
    """

    roi_number: int
    dose_gy: tuple[float, ...]
    volume: tuple[float, ...]
    volume_unit: VolumeUnit
    minimum_gy: float | None = None
    maximum_gy: float | None = None
    mean_gy: float | None = None

    def __post_init__(self) -> None:
        fault = _fault(np.array(self.dose_gy), np.array(self.volume))
        if fault:
            raise ValueError(f"the histogram of structure {self.roi_number} {fault}")


class LeftOutError(Exception):
    """A histogram cannot be used; the dose can be without it."""


def read_histogram(item: Dataset) -> StructureDvh:
    """One item of a DVH Sequence; a differential histogram is summed up.

    The n-th volume of a cumulative histogram belongs to the sum of the first n bin widths, as
    planning systems write it.

    Raises:
        LeftOutError: it is not of physical dose in Gy to one structure, or is malformed.
        UnreadableError: a sequence is broken.
    """
    roi_number = _roi_number(item)
    unit = text_of(item, "DVHVolumeUnits")
    _require(text_of(item, "DoseUnits") == "GY", f"is in {text_of(item, 'DoseUnits')}, not GY")
    _require(text_of(item, "DoseType") in {"", "PHYSICAL"}, "is not of physical dose")
    _require(unit in {"CM3", "PERCENT"}, f"has its volumes in {unit or 'no unit'}")
    data = np.array(numbers_of(item, "DVHData"))
    scaling = numbers_of(item, "DVHDoseScaling")
    _require(data.size >= 2 and data.size % 2 == 0, "has no pairs of dose and volume")
    _require(len(scaling) == 1 and scaling[0] > 0.0, "has no DVH Dose Scaling above 0")
    with np.errstate(over="ignore", invalid="ignore"):
        dose_gy, volume = np.cumsum(data[0::2]) * scaling[0], data[1::2]
        kind = text_of(item, "DVHType")
        if kind == "DIFFERENTIAL":
            received = np.concatenate([[0.0], np.cumsum(volume)])
            dose_gy, volume = np.concatenate([[0.0], dose_gy]), received[-1] - received
    _require(kind in {"CUMULATIVE", "DIFFERENTIAL"}, f"is {kind or 'of no type'}")
    _require(_is_finite(dose_gy, volume), "is not of finite numbers")
    distinct = np.concatenate([np.diff(dose_gy) != 0.0, [True]])
    dose_gy, volume = dose_gy[distinct], volume[distinct]
    fault = _fault(dose_gy, volume)
    _require(not fault, fault)
    return StructureDvh(
        roi_number,
        tuple(dose_gy.tolist()),
        tuple(volume.tolist()),
        "CM3" if unit == "CM3" else "PERCENT",
        _stated(item, "DVHMinimumDose"),
        _stated(item, "DVHMaximumDose"),
        _stated(item, "DVHMeanDose"),
    )


def histogram_item(histogram: StructureDvh) -> Dataset:
    """A histogram as an item of a DVH Sequence, to nine digits.

    The first bin width is the first dose, so that every volume belongs to the sum of the widths up
    to it.

    Raises:
        ValueError: it has more than 2000 points.
    """
    if len(histogram.dose_gy) > MOST_POINTS:
        raise ValueError(
            f"the histogram of structure {histogram.roi_number} has {len(histogram.dose_gy)} "
            f"points, at most {MOST_POINTS} fit into a DICOM file: give fewer"
        )
    structure = Dataset()
    structure.ReferencedROINumber = histogram.roi_number
    structure.DVHROIContributionType = "INCLUDED"
    item = Dataset()
    item.DVHReferencedROISequence = [structure]
    item.DVHType = "CUMULATIVE"
    item.DoseUnits = "GY"
    item.DoseType = "PHYSICAL"
    item.DVHDoseScaling = decimal(1.0)
    item.DVHVolumeUnits = histogram.volume_unit
    item.DVHNumberOfBins = len(histogram.dose_gy)
    item.DVHData = _pairs(histogram)
    for keyword, dose_gy in (
        ("DVHMinimumDose", histogram.minimum_gy),
        ("DVHMaximumDose", histogram.maximum_gy),
        ("DVHMeanDose", histogram.mean_gy),
    ):
        if dose_gy is not None:
            setattr(item, keyword, decimal(dose_gy))
    return item


def _pairs(histogram: StructureDvh) -> list[str]:
    pairs: list[str] = []
    written_gy = 0.0
    for dose_gy, volume in zip(histogram.dose_gy, histogram.volume, strict=True):
        width = f"{dose_gy - written_gy:.9g}"
        # The next width makes up for the rounding of this one, so that it does not add up.
        written_gy += float(width)
        pairs += [width, f"{volume:.9g}"]
    return pairs


def _fault(dose_gy: NDArray[np.float64], volume: NDArray[np.float64]) -> str:
    if len(dose_gy) != len(volume) or len(dose_gy) < 2:
        return "has not at least two doses with a volume each"
    if not _is_finite(dose_gy, volume):
        return "is not of finite numbers"
    if dose_gy[0] < 0.0 or (np.diff(dose_gy) <= 0.0).any():
        return "has doses that do not increase from 0 or more"
    if volume.min() < 0.0 or np.diff(volume).max() > _VOLUME_ROUNDING * volume.max():
        return "has volumes that increase with dose or are below 0"
    return ""


def _is_finite(*numbers: NDArray[np.float64]) -> bool:
    return all(bool(np.isfinite(some).all()) for some in numbers)


def _roi_number(item: Dataset) -> int:
    structures = items_of(item, "DVHReferencedROISequence")
    _require(len(structures) == 1, f"is of {len(structures)} structures, not of one")
    contribution = text_of(structures[0], "DVHROIContributionType")
    _require(contribution in {"", "INCLUDED"}, f"has its structure {contribution}")
    number = numbers_of(structures[0], "ReferencedROINumber")
    _require(len(number) == 1, "does not say of which structure it is")
    return int(number[0])


def _stated(item: Dataset, keyword: str) -> float | None:
    """A dose of the item, which is in its own units and not scaled."""
    number = numbers_of(item, keyword)
    return number[0] if len(number) == 1 else None


def _require(is_so: bool, otherwise: str) -> None:
    if not is_so:
        raise LeftOutError(otherwise)
