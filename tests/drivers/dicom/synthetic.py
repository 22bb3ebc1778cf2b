"""Small synthetic CT series and structure sets as DICOM files."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydicom import Dataset, dcmwrite
from pydicom.dataset import FileMetaDataset
from pydicom.uid import (
    CTImageStorage,
    ExplicitVRLittleEndian,
    RTStructureSetStorage,
    generate_uid,
)

from dosimetry_core.values import GenerationMode
from drivers.dicom import mark

ROWS, COLUMNS = 24, 32
PITCH_MM = 2.5
Change = Callable[[Dataset, int], None]


@dataclass(frozen=True)
class Series:
    study_uid: str
    series_uid: str
    frame_of_reference_uid: str
    paths: tuple[Path, ...]

    @property
    def image_uids(self) -> frozenset[str]:
        return frozenset(path.stem for path in self.paths)


def stored_values(k: int) -> np.ndarray:
    """Values that tell slice, row and column apart."""
    rows, columns = np.mgrid[0:ROWS, 0:COLUMNS]
    return (1000 * k + 32 * rows + columns).astype("<i2")


def ct_image(k: int, study_uid: str, series_uid: str, frame_uid: str) -> Dataset:
    image = Dataset()
    image.SpecificCharacterSet = "ISO_IR 100"
    image.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    image.SOPClassUID = CTImageStorage
    image.SOPInstanceUID = generate_uid()
    image.StudyDate = "20250304"
    image.StudyTime = "101500"
    image.AcquisitionDate = "20250304"
    image.AcquisitionTime = f"1015{k % 60:02d}.250000"
    image.AccessionNumber = "A-17"
    image.Modality = "CT"
    image.SeriesDescription = "Liver"
    image.PatientName = "Test^Phantom"
    image.PatientID = "PHANTOM-1"
    image.PatientBirthDate = ""
    image.PatientSex = "O"
    image.StudyInstanceUID = study_uid
    image.SeriesInstanceUID = series_uid
    image.StudyID = "1"
    image.SeriesNumber = 2
    image.InstanceNumber = k + 1
    image.FrameOfReferenceUID = frame_uid
    image.ImagePositionPatient = [-20.0, -15.0, -100.0 + PITCH_MM * k]
    image.ImageOrientationPatient = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]
    image.PixelSpacing = [0.7, 0.8]
    image.SliceThickness = PITCH_MM
    image.SamplesPerPixel = 1
    image.PhotometricInterpretation = "MONOCHROME2"
    image.Rows = ROWS
    image.Columns = COLUMNS
    image.BitsAllocated = 16
    image.BitsStored = 16
    image.HighBit = 15
    image.PixelRepresentation = 1
    image.RescaleIntercept = -1024
    image.RescaleSlope = 1
    image.PixelData = stored_values(k).tobytes()
    mark(image, GenerationMode.TEST)
    return image


def write(dataset: Dataset, folder: Path, transfer_syntax: str = ExplicitVRLittleEndian) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = transfer_syntax
    dataset.file_meta.MediaStorageSOPClassUID = dataset.get("SOPClassUID", CTImageStorage)
    uid = dataset.get("SOPInstanceUID", None) or generate_uid()
    dataset.file_meta.MediaStorageSOPInstanceUID = uid
    path = folder / f"{uid}.dcm"
    dcmwrite(path, dataset, enforce_file_format=True)
    return path


def write_series(
    folder: Path,
    count: int = 12,
    change: Change = lambda _image, _k: None,
    *,
    study_uid: str | None = None,
    transfer_syntax: str = ExplicitVRLittleEndian,
) -> Series:
    """Images k = 0 to count - 1 from low to high, each after ``change(image, k)``."""
    study_uid = study_uid or generate_uid()
    series_uid, frame_uid = generate_uid(), generate_uid()
    paths = []
    for k in range(count):
        image = ct_image(k, study_uid, series_uid, frame_uid)
        change(image, k)
        paths.append(write(image, folder, transfer_syntax))
    return Series(study_uid, series_uid, frame_uid, tuple(paths))


def square(center_mm: tuple[float, float, float], side_mm: float) -> list[float]:
    x, y, z = center_mm
    h = side_mm / 2
    corners = [(x - h, y - h, z), (x + h, y - h, z), (x + h, y + h, z), (x - h, y + h, z)]
    return [value for corner in corners for value in corner]


def contour(points: Sequence[float], kind: str = "CLOSED_PLANAR") -> Dataset:
    item = Dataset()
    item.ContourGeometricType = kind
    item.NumberOfContourPoints = len(points) // 3
    item.ContourData = list(points)
    return item


def structure_set(series: Series, contours: dict[str, list[Dataset]]) -> Dataset:
    dataset = Dataset()
    dataset.SOPClassUID = RTStructureSetStorage
    dataset.SOPInstanceUID = generate_uid()
    dataset.Modality = "RTSTRUCT"
    dataset.PatientName = "Test^Phantom"
    dataset.PatientID = "PHANTOM-1"
    dataset.StudyInstanceUID = series.study_uid
    dataset.SeriesInstanceUID = generate_uid()
    dataset.StructureSetLabel = "PLAN"
    referenced_series = Dataset()
    referenced_series.SeriesInstanceUID = series.series_uid
    referenced_study = Dataset()
    referenced_study.RTReferencedSeriesSequence = [referenced_series]
    frame = Dataset()
    frame.FrameOfReferenceUID = series.frame_of_reference_uid
    frame.RTReferencedStudySequence = [referenced_study]
    dataset.ReferencedFrameOfReferenceSequence = [frame]
    dataset.StructureSetROISequence = []
    dataset.ROIContourSequence = []
    for number, (name, items) in enumerate(contours.items(), start=1):
        roi = Dataset()
        roi.ROINumber = number
        roi.ReferencedFrameOfReferenceUID = series.frame_of_reference_uid
        roi.ROIName = name
        dataset.StructureSetROISequence.append(roi)
        if items:
            roi_contour = Dataset()
            roi_contour.ReferencedROINumber = number
            roi_contour.ContourSequence = items
            dataset.ROIContourSequence.append(roi_contour)
    mark(dataset, GenerationMode.TEST)
    return dataset
