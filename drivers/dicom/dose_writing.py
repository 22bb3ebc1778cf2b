"""A dose volume as an RTDOSE of 16 bits."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydicom.uid import RTDoseStorage, RTPlanStorage, RTStructureSetStorage

from dosimetry_core.values import Volume
from drivers.dicom.dose_geometry import with_k_along_the_normal, write_grid
from drivers.dicom.dose_volume_histogram import StructureDvh, histogram_item
from drivers.dicom.result_object import (
    ResultIdentity,
    date_of,
    decimal,
    marked,
    new_result,
    reference_to,
    save,
    time_of,
)
from drivers.dicom.study_context import StudyContext

_HIGHEST_STORED = 65_535
# Half a step may be this part of the least dose that matters.
_LARGEST_ROUNDING = 1e-3
# The scaling is rounded to the 16 characters of a DS: the greatest dose must still fit below it.
_ROUNDING_SLACK = 1.0 + 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class DoseContent:
    """What an RTDOSE is written from.

    Attributes:
        volume: physical dose, Gy, all finite and at least 0, on perpendicular axes.
        exact_from_gy: least dose that must be exact to 0.1 %, for instance a tenth of the
            prescription. Since 16 bits must do, doses above 131 times as much are written as that
            ceiling; near a seed there always are some.
        plan_uid: SOP Instance UID of the plan whose dose it is.
        structure_set_uid: of the structure set that the histograms' structures are in.
        histograms: one for each structure; may be empty.

    Raises:
        ValueError: the above does not hold.
    """

    volume: Volume
    exact_from_gy: float
    plan_uid: str
    structure_set_uid: str
    histograms: tuple[StructureDvh, ...] = ()

    def __post_init__(self) -> None:
        values_gy = self.volume.values
        if not values_gy.size or not np.isfinite(values_gy).all() or values_gy.min() < 0.0:
            raise ValueError("a dose to be written is finite and not below 0 Gy everywhere")
        if not (math.isfinite(self.exact_from_gy) and self.exact_from_gy > 0.0):
            raise ValueError(f"exact_from_gy is a dose above 0 Gy, got {self.exact_from_gy}")
        numbers = [one.roi_number for one in self.histograms]
        if len(set(numbers)) != len(numbers):
            raise ValueError("each structure has one histogram; a number is there twice")


@dataclass(frozen=True, slots=True)
class WrittenDose:
    """How a dose was rounded when it was written.

    Attributes:
        largest_rounding_gy: what any written dose may be off, but for those above the ceiling.
        ceiling_gy: the highest dose that could be written.
        clipped_voxels: how many voxels had more and are written as the ceiling.
        highest_gy: the greatest dose before that.
    """

    largest_rounding_gy: float
    ceiling_gy: float
    clipped_voxels: int
    highest_gy: float


def write_dose(
    content: DoseContent, context: StudyContext, identity: ResultIdentity, path: Path
) -> WrittenDose:
    """Write an RTDOSE: Gy, PHYSICAL, PLAN, 16 bits unsigned, with its histograms.

    Where doses are above the ceiling, the Dose Comment says so with their number; histograms keep
    their true doses.

    Raises:
        ValueError: the volume's axes are not perpendicular, a histogram has over 2000 points, the
            images are simulated and the result claims to be REAL, or a UID is none.
        OSError: the file cannot be written.
    """
    volume = with_k_along_the_normal(content.volume)
    scaling_gy, written = _scaling(volume, content.exact_from_gy)
    dose = new_result(RTDoseStorage, "RTDOSE", "Seed dose", context, identity)
    dose.ContentDate = date_of(identity.made_at, context)
    dose.ContentTime = time_of(identity.made_at, context)
    write_grid(dose, volume)
    dose.SamplesPerPixel = 1
    dose.PhotometricInterpretation = "MONOCHROME2"
    dose.BitsAllocated = dose.BitsStored = 16
    dose.HighBit = 15
    dose.PixelRepresentation = 0
    dose.DoseUnits = "GY"
    dose.DoseType = "PHYSICAL"
    dose.DoseSummationType = "PLAN"
    dose.DoseComment = marked(_comment(written), identity.mode)
    # TG-43 takes the whole patient for water.
    dose.TissueHeterogeneityCorrection = "WATER"
    dose.DoseGridScaling = scaling_gy
    dose.ReferencedRTPlanSequence = [reference_to(RTPlanStorage, content.plan_uid)]
    dose.ReferencedStructureSetSequence = [
        reference_to(RTStructureSetStorage, content.structure_set_uid)
    ]
    if content.histograms:
        dose.DVHSequence = [histogram_item(one) for one in content.histograms]
    dose.PixelData = _stored(volume, float(scaling_gy))
    dose["PixelData"].VR = "OW"
    save(dose, path)
    return written


def _scaling(volume: Volume, exact_from_gy: float) -> tuple[str, WrittenDose]:
    highest_gy = float(volume.values.max())
    largest_gy = 2.0 * _LARGEST_ROUNDING * exact_from_gy * _HIGHEST_STORED
    # A grid without any dose needs a scaling above 0 as well.
    top_gy = min(max(highest_gy * _ROUNDING_SLACK, 1e-6 * largest_gy), largest_gy)
    scaling_gy = decimal(top_gy / _HIGHEST_STORED)
    ceiling_gy = float(scaling_gy) * _HIGHEST_STORED
    return scaling_gy, WrittenDose(
        largest_rounding_gy=float(scaling_gy) / 2.0,
        ceiling_gy=ceiling_gy,
        clipped_voxels=int(np.count_nonzero(volume.values > ceiling_gy)),
        highest_gy=highest_gy,
    )


def _comment(written: WrittenDose) -> str:
    if not written.clipped_voxels:
        return "TG-43, advisory, research use"
    return f"TG-43, advisory; {written.clipped_voxels} voxels cut to {written.ceiling_gy:.6g} Gy"


def _stored(volume: Volume, scaling_gy: float) -> bytes:
    steps = np.rint(volume.values.astype(np.float64) / scaling_gy)
    return np.minimum(steps, _HIGHEST_STORED).astype("<u2").tobytes()
