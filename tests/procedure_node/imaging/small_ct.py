"""A small synthetic patient as DICOM files: tissue, seeds and ice where a test wants them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from pydicom import Dataset

from dosimetry_core.values import ContouredStructure, Vector, Volume
from drivers.dicom import WrittenStructure
from simulators.phantom import (
    IceEllipsoid,
    SeedPose,
    Shaft,
    StudyIdentity,
    WrittenSeries,
    with_ice,
    with_noise,
    with_seeds,
    with_shafts,
    write_series,
    write_structure_set,
)

TISSUE_HU = 60
SHAPE_KJI = (24, 88, 88)
SPACING_MM = (2.5, 0.8, 0.8)
ORIGIN_MM = (-35.0, -35.0, -30.0)
TAKEN = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
FRAME = "1.2.826.0.1.3680043.8.498.20"
STUDY = "1.2.826.0.1.3680043.8.498.21"
SEEDS = tuple(
    SeedPose((x, y, z), (0.0, 0.0, 1.0))
    for x, y, z in ((-5.0, 0.0, -2.0), (5.0, 1.0, -2.0), (0.0, 6.0, 6.0))
)


def identity(frame: str = FRAME, name: str = "small") -> StudyIdentity:
    return StudyIdentity(STUDY, frame, TAKEN, seed=name)


def volume(
    seeds: Sequence[SeedPose] = (),
    ice: Sequence[IceEllipsoid] = (),
    shafts: Sequence[Shaft] = (),
) -> Volume:
    """Noisy tissue with seeds, ice and needles."""
    affine = np.diag([SPACING_MM[2], SPACING_MM[1], SPACING_MM[0], 1.0])
    affine[:3, 3] = ORIGIN_MM
    tissue = Volume(np.full(SHAPE_KJI, TISSUE_HU, dtype=np.int16), affine)
    noisy = with_noise(with_ice(tissue, ice), 6.0, seed=len(ice))
    return with_seeds(with_shafts(noisy, shafts), seeds)


def scan(
    folder: Path,
    seeds: Sequence[SeedPose] = (),
    ice: Sequence[IceEllipsoid] = (),
    shafts: Sequence[Shaft] = (),
    *,
    number: int = 1,
    who: StudyIdentity | None = None,
) -> WrittenSeries:
    """A CT series in ``folder``."""
    return write_series(
        volume(seeds, ice, shafts),
        [_template(k) for k in range(SHAPE_KJI[0])],
        who or identity(),
        number=number,
        description=f"Control {number}",
        derivation="Made for a test",
        acquired_at=TAKEN,
        directory=folder,
    )


def cube(name: str, center_mm: Vector, side_mm: float) -> WrittenStructure:
    """A cube drawn in every image plane that it reaches."""
    z = ORIGIN_MM[2] + SPACING_MM[0] * np.arange(SHAPE_KJI[0])
    drawn = z[np.abs(z - center_mm[2]) < side_mm / 2]
    return structure(name, center_mm, side_mm, drawn.tolist())


def structure(
    name: str, center_mm: Vector, side_mm: float, planes_mm: Sequence[float]
) -> WrittenStructure:
    """Squares in some planes."""
    corners = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]]) * side_mm / 2
    square = corners + np.array(center_mm[:2])
    polygons = tuple(np.column_stack([square, np.full(4, z)]) for z in planes_mm)
    return WrittenStructure(ContouredStructure(name, polygons), "GTV", (255, 0, 0), "SEMIAUTOMATIC")


def structures(
    path: Path,
    series: WrittenSeries,
    drawn: Sequence[WrittenStructure],
    who: StudyIdentity | None = None,
) -> str:
    """An RTSTRUCT on a series; its SOP Instance UID."""
    return write_structure_set(
        drawn, series, who or identity(), number=9, drawn_at=TAKEN, path=path
    )


def _template(k: int) -> Dataset:
    image = Dataset()
    image.PatientPosition = "HFS"
    image.KVP = "120"
    image.SliceThickness = str(SPACING_MM[0])
    image.ImagePositionPatient = [
        ORIGIN_MM[0],
        ORIGIN_MM[1],
        ORIGIN_MM[2] + SPACING_MM[0] * k,
    ]
    image.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    image.PositionReferenceIndicator = ""
    image.PixelSpacing = [SPACING_MM[1], SPACING_MM[2]]
    image.SamplesPerPixel = 1
    image.PhotometricInterpretation = "MONOCHROME2"
    _, image.Rows, image.Columns = SHAPE_KJI
    image.BitsAllocated = image.BitsStored = 16
    image.HighBit = 15
    image.PixelRepresentation = 1
    image.RescaleIntercept, image.RescaleSlope = "-1024", "1"
    image.RescaleType = "HU"
    return image
