"""A real CT and the same patient moved, as DICOM files: what registration has to do with."""

from functools import cache
from pathlib import Path

import numpy as np
from pydicom import Dataset

from benchmarks.registration_pairs import LESIONS_MM, Case, Motion, Pair, make_pair
from dosimetry_core.values import ContouredStructure, Volume
from drivers.dicom import WrittenStructure
from procedure_node.imaging.reading import read_scan
from procedure_node.imaging.registration_request import ImageSeries
from simulators.phantom import StudyIdentity, WrittenSeries, write_series
from tests.procedure_node.imaging.small_ct import TAKEN

SIDE_MM = 24.0
FARTHER_MM = np.array([35.0, -20.0, 310.0])
"""Between the origins of two frames of reference that nothing relates."""


@cache
def pair() -> Pair:
    """L1 moved by 9 mm and turned by 4 degrees."""
    return make_pair(Case("", "L1", Motion((5.0, -6.0, 4.0), (3.0, 2.0, 2.0)), seeds=8, shafts=0))


def true_matrix(offset_mm: np.ndarray) -> np.ndarray:
    """The motion of ``pair``, fitted to its true points, in a frame of reference so far off."""
    ours, theirs = pair().target_mm, pair().true_mm + offset_mm
    middle, other = ours.mean(axis=0), theirs.mean(axis=0)
    u, _, vt = np.linalg.svd((theirs - other).T @ (ours - middle))
    matrix = np.eye(4)
    matrix[:3, :3] = u @ np.diag([1.0, 1.0, np.linalg.det(u @ vt)]) @ vt
    matrix[:3, 3] = other - matrix[:3, :3] @ middle
    return matrix


def elsewhere(volume: Volume, offset_mm: np.ndarray) -> Volume:
    """The same images in a frame of reference with another origin."""
    affine = volume.affine.copy()
    affine[:3, 3] += offset_mm
    return Volume(volume.values, affine)


def write_ct(volume: Volume, folder: Path, who: StudyIdentity, number: int) -> WrittenSeries:
    """A volume with even axial slices as a series in ``folder``."""
    return write_series(
        Volume(np.clip(volume.values, -1024, 3071).astype(np.int16), volume.affine),
        [_template(volume, k) for k in range(volume.values.shape[0])],
        who,
        number=number,
        description=f"CT {number}",
        derivation="Made for a test",
        acquired_at=TAKEN,
        directory=folder,
    )


def received(folder: Path, uid: str) -> ImageSeries:
    """The series in a folder, as a registration is asked for it."""
    told, _ = read_scan(uid, [str(path) for path in sorted(folder.glob("*.dcm"))], "UTC")
    assert told.kind == "scan-received", told
    return ImageSeries(series_uid=uid, directory=told.directory, content_sha256=told.content_sha256)


def lesion(volume: Volume, name: str = "L1") -> WrittenStructure:
    """A cube round the lesion, drawn in the slices of a CT."""
    x, y, z = LESIONS_MM["L1"]
    heights = volume.affine[2, 3] + volume.affine[2, 2] * np.arange(volume.values.shape[0])
    half = SIDE_MM / 2.0
    corners = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
    square = corners * half + np.array([x, y])
    polygons = tuple(
        np.column_stack([square, np.full(4, at)]) for at in heights if abs(at - z) < half
    )
    return WrittenStructure(ContouredStructure(name, polygons), "GTV", (255, 0, 0), "SEMIAUTOMATIC")


def _template(volume: Volume, k: int) -> Dataset:
    origin, spacing = volume.affine[:3, 3], volume.spacing_mm
    image = Dataset()
    image.PatientPosition = "HFS"
    image.KVP = "120"
    image.SliceThickness = f"{spacing[0]:.4f}"
    image.ImagePositionPatient = [
        f"{origin[0]:.6f}",
        f"{origin[1]:.6f}",
        f"{origin[2] + k * volume.affine[2, 2]:.6f}",
    ]
    image.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    image.PositionReferenceIndicator = ""
    image.PixelSpacing = [f"{spacing[1]:.6f}", f"{spacing[2]:.6f}"]
    image.SamplesPerPixel = 1
    image.PhotometricInterpretation = "MONOCHROME2"
    _, image.Rows, image.Columns = volume.values.shape
    image.BitsAllocated = image.BitsStored = 16
    image.HighBit = 15
    image.PixelRepresentation = 1
    image.RescaleIntercept, image.RescaleSlope = "-1024", "1"
    image.RescaleType = "HU"
    return image
