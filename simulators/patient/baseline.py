"""The demonstration patient's CT before any treatment."""

import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from pydicom import Dataset, dcmread  # pyright: ignore[reportUnknownVariableType] (untyped path)

from dosimetry_core.values import Volume

DATA = Path(__file__).with_name("data")
_ARCHIVE = DATA / "CRLM-CT-1004.zip"

SOURCE = "TCIA Colorectal-Liver-Metastases, patient CRLM-CT-1004, CC BY 4.0, doi 10.7937/QXK2-QG03"
"""Where the CT comes from: its licence asks that whatever is made of it says so."""


@dataclass(frozen=True, slots=True, eq=False)
class PatientCt:
    """A real CT of the abdomen with liver metastases.

    Attributes:
        volume: HU as int16; outside of the reconstructed circle the padding, -3024 HU.
        datasets: the images as published, from the feet to the head as the volume's slices.
    """

    volume: Volume
    datasets: tuple[Dataset, ...]

    @property
    def study_uid(self) -> str:
        """Study Instance UID as published."""
        return str(self.datasets[0].StudyInstanceUID)

    @property
    def frame_of_reference_uid(self) -> str:
        """Frame of Reference UID as published."""
        return str(self.datasets[0].FrameOfReferenceUID)


def load_baseline() -> PatientCt:
    """Read the CT from the archive in the package (JPEG-LS lossless)."""
    datasets: list[Dataset] = []
    with zipfile.ZipFile(_ARCHIVE) as archive:
        for name in archive.namelist():
            dataset = dcmread(BytesIO(archive.read(name)))
            dataset.decode()
            datasets.append(dataset)
    datasets.sort(key=lambda one: float(one.ImagePositionPatient[2]))
    values = np.stack([_hounsfield(one) for one in datasets])
    first, second = datasets[:2]
    affine = np.eye(4)
    row_mm, column_mm = map(float, first.PixelSpacing)
    z_mm = [float(one.ImagePositionPatient[2]) for one in (first, second)]
    affine[:3, :3] = np.diag([column_mm, row_mm, z_mm[1] - z_mm[0]])
    affine[:3, 3] = [float(value) for value in first.ImagePositionPatient]
    return PatientCt(Volume(values, affine), tuple(datasets))


def _hounsfield(dataset: Dataset) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    return dataset.pixel_array.astype(np.int16) + np.int16(int(dataset.RescaleIntercept))
