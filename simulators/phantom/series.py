"""A simulated volume as a CT series of DICOM files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from pydicom import Dataset
from pydicom.uid import CTImageStorage

from dosimetry_core.values import GenerationMode, Volume
from drivers.dicom import mark
from simulators.phantom.common_modules import new_object
from simulators.phantom.identity import StudyIdentity, dicom_date, dicom_time

# What of the template's own acquisition still holds for the simulated scan.
_KEPT = (
    "PatientPosition",
    "PositionReferenceIndicator",
    "ScanOptions",
    "SliceThickness",
    "KVP",
    "DataCollectionDiameter",
    "ReconstructionDiameter",
    "DistanceSourceToDetector",
    "DistanceSourceToPatient",
    "GantryDetectorTilt",
    "TableHeight",
    "RotationDirection",
    "ExposureTime",
    "XRayTubeCurrent",
    "Exposure",
    "FilterType",
    "FocalSpots",
    "ConvolutionKernel",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "SliceLocation",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "Rows",
    "Columns",
    "PixelSpacing",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "PixelPaddingValue",
    "WindowCenter",
    "WindowWidth",
    "RescaleIntercept",
    "RescaleSlope",
    "RescaleType",
)


@dataclass(frozen=True, slots=True)
class WrittenSeries:
    """A series on disk.

    Attributes:
        series_uid: Series Instance UID.
        sop_instance_uids: of its images, in the volume's order of slices.
        positions_mm: Image Position (Patient) z of each, LPS mm.
        files: in the same order.
    """

    series_uid: str
    sop_instance_uids: tuple[str, ...]
    positions_mm: tuple[float, ...]
    files: tuple[Path, ...]


def write_series(
    volume: Volume,
    template: Sequence[Dataset],
    identity: StudyIdentity,
    *,
    number: int,
    description: str,
    derivation: str,
    acquired_at: datetime,
    directory: Path,
) -> WrittenSeries:
    """Write a volume as a CT series marked DEMO, uncompressed, one file per slice.

    The UIDs depend on the identity's seed and the series number alone.

    Args:
        volume: HU, on the template's grid.
        template: one image per slice, in the volume's order: source of geometry and technique.
        identity: the study and the pseudonym.
        number: Series Number.
        description: Series Description; "DEMO " is put before it.
        derivation: Derivation Description: what was done to whose image.
        acquired_at: when the scan was taken; aware.
        directory: made if it is not there; files in it with the same names are replaced.

    Returns:
        What was written.

    Raises:
        ValueError: the template has not one image of the volume's size per slice, or HU that its
            pixel format cannot hold.
    """
    if len(template) != volume.values.shape[0]:
        raise ValueError(
            f"the template has {len(template)} images, the volume {volume.values.shape[0]} slices"
        )
    directory.mkdir(parents=True, exist_ok=True)
    series_uid = identity.uid("series", str(number))
    uids: list[str] = []
    files: list[Path] = []
    for k, source in enumerate(template):
        uid = identity.uid("image", str(number), str(k))
        dataset = new_object(identity, CTImageStorage, uid, acquired_at)
        for keyword in _KEPT:
            if keyword in source:
                dataset[keyword] = source[keyword]
        _describe(dataset, identity, acquired_at)
        dataset.DerivationDescription = derivation
        dataset.SeriesInstanceUID = series_uid
        dataset.SeriesNumber = number
        dataset.AcquisitionNumber = number
        dataset.SeriesDescription = description
        dataset.InstanceNumber = len(template) - k  # from the head downwards
        dataset.PixelData = _stored(volume, k, source)
        mark(dataset, GenerationMode.DEMO)
        path = directory / f"CT.{number:03d}.{k:03d}.dcm"
        dataset.save_as(path, enforce_file_format=True)
        uids.append(uid)
        files.append(path)
    z_mm = tuple(float(source.ImagePositionPatient[2]) for source in template)
    return WrittenSeries(series_uid, tuple(uids), z_mm, tuple(files))


def _describe(dataset: Dataset, identity: StudyIdentity, acquired_at: datetime) -> None:
    dataset.Modality = "CT"
    dataset.BodyPartExamined = "ABDOMEN"
    dataset.ImageType = ["DERIVED", "PRIMARY", "AXIAL"]
    dataset.FrameOfReferenceUID = identity.frame_of_reference_uid
    dataset.BurnedInAnnotation = "NO"
    dataset.LossyImageCompression = "00"
    for part in ("Series", "Acquisition", "Content"):
        setattr(dataset, f"{part}Date", dicom_date(acquired_at))
        setattr(dataset, f"{part}Time", dicom_time(acquired_at))


def _stored(volume: Volume, k: int, source: Dataset) -> bytes:
    if (source.Rows, source.Columns) != volume.values.shape[1:]:
        raise ValueError(f"image {k} of the template is not of the volume's size")
    slope, intercept = float(source.RescaleSlope), float(source.RescaleIntercept)
    stored = np.rint((volume.values[k].astype(np.float64) - intercept) / slope)
    kind = np.dtype("<i2" if source.PixelRepresentation == 1 else "<u2")
    limits = np.iinfo(kind)
    if stored.min() < limits.min or stored.max() > limits.max:
        raise ValueError(f"slice {k} has HU that 16 bits at this rescale cannot hold")
    return stored.astype(kind).tobytes()
