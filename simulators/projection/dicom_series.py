"""A simulated scan as a CT series marked DEMO."""

from datetime import datetime
from pathlib import Path

from pydicom import Dataset

from simulators.phantom import StudyIdentity, WrittenSeries, write_series
from simulators.projection.truth import SimulatedScan

_INTERCEPT = -1024


def write_dicom(
    scan: SimulatedScan,
    source: Dataset,
    identity: StudyIdentity,
    *,
    number: int,
    description: str,
    acquired_at: datetime,
    directory: Path,
) -> WrittenSeries:
    """Write a scan as the scanner of ``source`` would have sent it.

    Args:
        scan: the volume, and what is known of it.
        source: an image of the CT that the anatomy is from: what the patient position and the
            table were.
        identity: the study and the pseudonym.
        number: Series Number.
        description: Series Description; "DEMO " is put before it.
        acquired_at: when the scan was taken; aware.
        directory: where the files go.
    """
    return write_series(
        scan.volume,
        [_image(scan, source, k) for k in range(len(scan.volume.values))],
        identity,
        number=number,
        description=description,
        derivation=f"Simulated projections with metal put into a public CT: {scan.meta['base']}"[
            :1024
        ],
        acquired_at=acquired_at,
        directory=directory,
    )


def _image(scan: SimulatedScan, source: Dataset, k: int) -> Dataset:
    """Geometry and technique of one slice."""
    volume = scan.volume
    pitch_k, pitch_j, pitch_i = volume.spacing_mm
    x_mm, y_mm = (float(one) for one in volume.affine[:2, 3])
    z_mm = float(volume.affine[2, 3]) + k * pitch_k
    made = Dataset()
    if "PatientPosition" in source:
        made.PatientPosition = source.PatientPosition
    made.PositionReferenceIndicator = ""
    made.KVP = scan.meta["kilovolts"]
    made.ConvolutionKernel = scan.meta["kernel"].upper()
    made.SliceThickness = pitch_k
    made.ImagePositionPatient = [round(x_mm, 4), round(y_mm, 4), round(z_mm, 4)]
    made.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    made.SliceLocation = round(z_mm, 4)
    made.PixelSpacing = [round(pitch_j, 6), round(pitch_i, 6)]
    made.Rows, made.Columns = volume.values.shape[1:]
    made.SamplesPerPixel = 1
    made.PhotometricInterpretation = "MONOCHROME2"
    made.BitsAllocated, made.BitsStored, made.HighBit = 16, 16, 15
    made.PixelRepresentation = 1
    made.RescaleIntercept, made.RescaleSlope, made.RescaleType = _INTERCEPT, 1, "HU"
    made.WindowCenter, made.WindowWidth = 40, 400
    return made
