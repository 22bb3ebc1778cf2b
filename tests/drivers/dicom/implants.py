"""Implants and dose volumes to be written, with the study that they belong to."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np

from dosimetry_core.values import GenerationMode, Volume
from drivers.dicom import (
    DoseContent,
    PlanContent,
    PlannedSeed,
    ResultIdentity,
    StructureDvh,
    StudyContext,
    WrittenDose,
    read_study_context,
    uid_from,
    write_dose,
    write_implant_plan,
)
from tests.drivers.dicom.synthetic import contour, square, structure_set, write, write_series

MADE_AT = datetime(2026, 3, 4, 11, 22, 33, 444000, tzinfo=timezone(timedelta(hours=1)))
ASSAYED = datetime(2026, 3, 1, 12, 0, 0, 250000, tzinfo=UTC)
PLAN_UID, DOSE_UID = uid_from("plan", "1"), uid_from("dose", "1")
HALF_LIFE_D = 59.4
EXACT_FROM_GY = 14.5


@dataclass(frozen=True)
class Study:
    """A CT series and a structure set on disk, and what results take from them."""

    context: StudyContext
    structure_set_uid: str
    structures_path: Path


def study(folder: Path) -> Study:
    series = write_series(folder / "ct", 3)
    contours = [contour(square((0.0, 0.0, 2.5 * n), 10.0)) for n in range(3)]
    drawn = structure_set(series, {"GTV": contours, "Liver": contours})
    path = write(drawn, folder / "structures")
    return Study(read_study_context(series.paths[0]), str(drawn.SOPInstanceUID), path)


def identity(what: str, mode: GenerationMode = GenerationMode.TEST) -> ResultIdentity:
    return ResultIdentity(
        sop_instance_uid=PLAN_UID if what == "plan" else DOSE_UID,
        series_uid=uid_from(what, "series"),
        series_number=901,
        made_at=MADE_AT,
        software_versions="0.1.0",
        mode=mode,
    )


def seeds(count: int = 12) -> tuple[PlannedSeed, ...]:
    """On three needles, two batches, every third one without an axis."""
    return tuple(
        PlannedSeed(
            center_mm=(7.5 * (n % 3) + 0.123456, -3.25 + n / 7.0, -100.0 + 5.0 * (n // 3)),
            axis=None if n % 3 == 2 else (0.0, 0.6, 0.8),
            strength_u=0.512 if n < 6 else 0.498,
            strength_reference_utc=ASSAYED,
            needle=f"Needle {n % 3 + 1}",
            channel_number=1,
            source_model="6711",
        )
        for n in range(count)
    )


def plan_content(of: Study) -> PlanContent:
    return PlanContent("As implanted", seeds(), HALF_LIFE_D, of.structure_set_uid, DOSE_UID)


def affine() -> np.ndarray:
    """Columns, rows and planes of 1, 1.5 and 2.5 mm."""
    matrix = np.diag([1.0, 1.5, 2.5, 1.0])
    matrix[:3, 3] = (-15.0, -12.5, -105.0)
    return matrix


def dose_volume(highest_gy: float = 900.0) -> Volume:
    """As around one seed: 1 / r^2 from a tenth of a Gy upwards, cut at ``highest_gy``."""
    k, j, i = np.mgrid[0:9, 0:17, 0:31]
    squared_mm2 = ((i - 14.3) * 1.0) ** 2 + ((j - 8.2) * 1.5) ** 2 + ((k - 4.1) * 2.5) ** 2
    return Volume(np.minimum(5000.0 / squared_mm2, highest_gy), affine())


def histograms() -> tuple[StructureDvh, ...]:
    dose_gy = tuple(2.5 * n for n in range(100))
    volume = tuple(31.25 * float(np.exp(-((n / 60.0) ** 3))) for n in range(100))
    percent = tuple(100.0 * float(np.exp(-n / 7.0)) for n in range(100))
    return (
        StructureDvh(1, dose_gy, volume, "CM3", 81.5, 1234.5, 160.25),
        StructureDvh(2, dose_gy, percent, "PERCENT", 0.25, 90.0, 11.0),
    )


def dose_content(of: Study, volume: Volume | None = None) -> DoseContent:
    return DoseContent(
        volume=dose_volume() if volume is None else volume,
        exact_from_gy=EXACT_FROM_GY,
        plan_uid=PLAN_UID,
        structure_set_uid=of.structure_set_uid,
        histograms=histograms(),
    )


def write_both(folder: Path, of: Study) -> tuple[Path, Path, WrittenDose]:
    """A plan and its dose, each of which refers to the other."""
    plan, dose = folder / "plan.dcm", folder / "dose.dcm"
    write_implant_plan(plan_content(of), of.context, identity("plan"), plan)
    written = write_dose(dose_content(of), of.context, identity("dose"), dose)
    return plan, dose, written
