"""The DVH of dicompyler-core, of a structure and a dose grid."""

# dicompyler-core and what pydicom builds by keyword have no types
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false

import numpy as np
import pydicom
import pydicom.dicomio
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from dosimetry_core.values import ContouredStructure, Volume

pydicom.dicomio.read_file = pydicom.dcmread  # dropped by pydicom 3; dicompyler-core imports it

from dicompylercore import dvhcalc  # noqa: E402 - needs the line above


def dicompyler_figures(structure: ContouredStructure, dose: Volume) -> dict[str, float]:
    """Volume (cm3), D90, D95, D2cc and D0.1cc (Gy) of dicompyler-core at its defaults.

    Args:
        structure: axial contours.
        dose: an axis-aligned grid, Gy.
    """
    dvh = dvhcalc.get_dvh(_rtstruct(structure), _rtdose(dose), 1)
    found = {"volume": float(dvh.volume)}
    for name, label in (("D90", "D90"), ("D95", "D95"), ("D2cc", "D2cc"), ("D0.1cc", "D0.1cc")):
        found[name] = float(dvh.statistic(label).value)
    return found


def _rtstruct(structure: ContouredStructure) -> Dataset:
    dataset = _dataset("1.2.840.10008.5.1.4.1.1.481.3", "RTSTRUCT")
    roi, observation, contours = Dataset(), Dataset(), Dataset()
    roi.ROINumber, roi.ROIName = 1, structure.name
    observation.ReferencedROINumber, observation.RTROIInterpretedType = 1, "PTV"
    contours.ReferencedROINumber, contours.ROIDisplayColor = 1, [255, 0, 0]
    contours.ContourSequence = []
    for polygon in structure.polygons_mm:
        item = Dataset()
        item.ContourGeometricType = "CLOSED_PLANAR"
        item.NumberOfContourPoints = len(polygon)
        item.ContourData = [f"{value:.4f}" for value in polygon.reshape(-1)]
        contours.ContourSequence.append(item)
    dataset.StructureSetROISequence = [roi]
    dataset.RTROIObservationsSequence = [observation]
    dataset.ROIContourSequence = [contours]
    return dataset


def _rtdose(dose: Volume) -> Dataset:
    slices, rows, columns = dose.values.shape
    pitch_k, pitch_j, pitch_i = dose.spacing_mm
    scaling = float(dose.values.max()) / (2**32 - 2)
    dataset = _dataset("1.2.840.10008.5.1.4.1.1.481.2", "RTDOSE")
    dataset.Rows, dataset.Columns, dataset.NumberOfFrames = rows, columns, slices
    dataset.PixelSpacing = [pitch_j, pitch_i]
    dataset.ImagePositionPatient = [float(value) for value in dose.affine[:3, 3]]
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    dataset.GridFrameOffsetVector = [pitch_k * n for n in range(slices)]
    dataset.FrameIncrementPointer = 0x3004000C
    dataset.DoseUnits, dataset.DoseType, dataset.DoseSummationType = "GY", "PHYSICAL", "PLAN"
    dataset.DoseGridScaling = scaling
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 32, 32, 31
    dataset.PixelRepresentation = 0
    dataset.PixelData = np.rint(dose.values / scaling).astype("<u4").tobytes()
    return dataset


def _dataset(sop_class_uid: str, modality: str) -> Dataset:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.MediaStorageSOPClassUID = sop_class_uid
    dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = sop_class_uid
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID
    dataset.Modality = modality
    return dataset
