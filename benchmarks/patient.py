"""A patient of the size that the budgets speak of: 512 x 512 x 100 voxels, 60 seeds.

He is the demonstration's patient, resampled along z to 2.5 mm. The CT of 205 mm is mirrored at its
upper end to make up 100 slices.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, dcmread  # pyright: ignore[reportUnknownVariableType] (untyped path)

from dosimetry_core.values import ContouredStructure, Volume
from drivers.dicom import WrittenStructure
from simulators.patient import contours, load_baseline
from simulators.phantom import (
    SeedPose,
    StudyIdentity,
    WrittenSeries,
    with_noise,
    with_seeds,
    write_series,
    write_structure_set,
)

SLICE_MM = 2.5
SLICES = 100
QUICK_SLICES = 66
QUICK_WINDOW = (slice(140, 340), slice(90, 380))
"""Rows and columns. Slices and window of a quick run: just enough to hold every structure."""

SEEDS = {"L1": 20, "L2": 15, "L3": 25}
"""How many of the 60 lie in each lesion."""

SOURCE = "TCIA Colorectal-Liver-Metastases, patient CRLM-CT-1004, CC BY 4.0, doi 10.7937/QXK2-QG03"
LATTICE_MM = 7.0
SCATTER_MM = 0.4
NOISE_HU = 8.0

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class LargePatient:
    """The patient without seeds, and what is drawn in him.

    Attributes:
        volume: HU as int16, [k, j, i].
        template: one image per slice: geometry and technique.
        structures: each contour of the demonstration on the two slices that it stands for.
        study_uid: Study Instance UID.
        frame_of_reference_uid: Frame of Reference UID.
    """

    volume: Volume
    template: tuple[Dataset, ...]
    structures: tuple[WrittenStructure, ...]
    study_uid: str
    frame_of_reference_uid: str

    def identity(self, seed: str) -> StudyIdentity:
        """The study under the demonstration's pseudonym, with UIDs of its own for each ``seed``."""
        return StudyIdentity(self.study_uid, self.frame_of_reference_uid, datetime.now(UTC), seed)

    def write(self, identity: StudyIdentity, number: int, directory: Path) -> WrittenSeries:
        """Write the scan number ``number``: its own noise, and 60 seeds in places of its own."""
        noisy = with_noise(self.volume, NOISE_HU, seed=number)
        return write_series(
            with_seeds(noisy, seed_poses(number)),
            self.template,
            identity,
            number=200 + number,
            description=self.label(number),
            derivation=f"Benchmark: resampled, seeds and noise put by a program into {SOURCE}",
            acquired_at=datetime.now(UTC),
            directory=directory,
        )

    def copy(
        self, scan: WrittenSeries, identity: StudyIdentity, number: int, directory: Path
    ) -> WrittenSeries:
        """A written scan once more as scan number ``number``: the same pixels, taken now."""
        directory.mkdir(parents=True)
        now = datetime.now(UTC)
        series_uid = identity.uid("copied series", str(number))
        uids: list[str] = []
        files: list[Path] = []
        for source in scan.files:
            dataset = dcmread(source)
            dataset.SeriesInstanceUID = series_uid
            dataset.SeriesDescription = f"DEMO {self.label(number)}"
            dataset.AcquisitionDate, dataset.AcquisitionTime = now.date(), now.time()
            dataset.SOPInstanceUID = identity.uid(str(dataset.SOPInstanceUID), str(number))
            dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
            uids.append(dataset.SOPInstanceUID)
            files.append(directory / source.name)
            dataset.save_as(files[-1], enforce_file_format=True)
        return WrittenSeries(series_uid, tuple(uids), scan.positions_mm, tuple(files))

    def label(self, number: int) -> str:
        """What the description of scan number ``number`` ends with."""
        return f"Benchmark {number}"

    def write_structures(self, series: WrittenSeries, identity: StudyIdentity, path: Path) -> str:
        """Write the structure set on a written series; returns its SOP Instance UID."""
        return write_structure_set(
            self.structures,
            series,
            identity,
            number=199,
            drawn_at=datetime.now(UTC),
            path=path,
        )


def large_patient(*, quick: bool = False) -> LargePatient:
    """The demonstration's patient in slices of 2.5 mm; only his liver, if it must be quick."""
    ct = load_baseline()
    rows, columns = QUICK_WINDOW if quick else (slice(None), slice(None))
    source = ct.volume.values[:, rows, columns]
    affine = ct.volume.affine.copy()
    affine[2, 2] = SLICE_MM
    if quick:
        affine[:2, 3] += affine[[0, 1], [0, 1]] * (columns.start, rows.start)
    above = np.arange(QUICK_SLICES if quick else SLICES) * SLICE_MM / ct.volume.spacing_mm[0]
    last = source.shape[0] - 1
    above = np.where(above <= last, above, 2 * last - above)
    low = np.minimum(above.astype(np.intp), last - 1)
    part = (above - low).astype(np.float32)
    values = np.empty((len(low), *source.shape[1:]), dtype=np.int16)
    for k, (index, weight) in enumerate(zip(low.tolist(), part.tolist(), strict=True)):
        pair = source[index : index + 2].astype(np.float32)
        mixed = np.rint(pair[0] * (1 - weight) + pair[1] * weight)
        values[k] = np.where(pair.min(axis=0) < -1024, pair[0], mixed)
    volume = Volume(values, affine)
    sources: list[Dataset] = [ct.datasets[index] for index in low.tolist()]
    return LargePatient(
        volume,
        tuple(_template(one, volume, k) for k, one in enumerate(sources)),
        tuple(_redrawn(one) for one in contours()),
        ct.study_uid,
        ct.frame_of_reference_uid,
    )


def seed_poses(number: int = 0) -> tuple[SeedPose, ...]:
    """60 seeds in the three lesions on a scattered lattice; each ``number`` scatters them anew."""
    rng = np.random.default_rng(1000 + number)
    polygons = {one.structure.name: one.structure.polygons_mm for one in contours()}
    poses: list[SeedPose] = []
    for lesion, count in SEEDS.items():
        points = np.concatenate(polygons[lesion])
        middle = (points.min(axis=0) + points.max(axis=0)) / 2
        for center in _lattice(count) + middle + rng.normal(scale=SCATTER_MM, size=(count, 3)):
            axis = rng.normal(loc=(0.0, 1.0, 0.0), scale=0.1)
            poses.append(SeedPose(_vector(center), _vector(axis / np.linalg.norm(axis))))
    return tuple(poses)


def _lattice(count: int) -> FloatArray:
    """The ``count`` points of a lattice nearest to 0, farther apart along the needles (y)."""
    steps = np.arange(-3, 4) * LATTICE_MM
    grid = np.stack(np.meshgrid(steps, 1.3 * steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    nearest = np.argsort(np.linalg.norm(grid, axis=1), kind="stable")[:count]
    return np.asarray(grid[nearest], dtype=np.float64)


def _template(source: Dataset, volume: Volume, k: int) -> Dataset:
    x_mm, y_mm, z_mm = (float(value) for value in volume.to_patient_mm(np.array([k, 0, 0])))
    template = Dataset()
    template.update(source)
    for keyword, value in {
        "ImagePositionPatient": [x_mm, y_mm, z_mm],
        "SliceLocation": z_mm,
        "SliceThickness": SLICE_MM,
        "Rows": volume.values.shape[1],
        "Columns": volume.values.shape[2],
    }.items():
        del template[keyword]  # the element itself is shared with the source
        setattr(template, keyword, value)
    return template


def _redrawn(drawn: WrittenStructure) -> WrittenStructure:
    up = np.array([0.0, 0.0, SLICE_MM])
    polygons = tuple(p for one in drawn.structure.polygons_mm for p in (one, one + up))
    structure = ContouredStructure(drawn.structure.name, polygons)
    return replace(drawn, structure=structure)


def _vector(values: Any) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in values)
    return x, y, z
