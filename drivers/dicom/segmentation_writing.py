"""Masks on a CT series as a DICOM Segmentation."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.pixels.utils import pack_bits
from pydicom.uid import CTImageStorage, SegmentationStorage

from drivers.dicom.ct_series import CtSeries
from drivers.dicom.result_object import (
    ADVISORY,
    MODEL,
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
from drivers.dicom.uids import uid_from

_ABNORMAL = ("49755003", "SCT", "Morphologically Altered Structure")
_NEOPLASM = ("108369006", "SCT", "Neoplasm")
_SOURCE_IMAGE = ("121322", "DCM", "Source image for image processing operation")
_DERIVED = ("113076", "DCM", "Segmentation")
_SERIAL_NUMBER = "none"  # the module asks for a serial number; a program has none


def write_segmentation(
    masks: Mapping[str, NDArray[np.bool_]],
    label: str,
    series: CtSeries,
    context: StudyContext,
    identity: ResultIdentity,
    path: Path,
) -> None:
    """Write a BINARY Segmentation of neoplasm (PS3.3 sections A.51 and C.8.20).

    Each mask is a segment; slices that a mask is empty in have no frame of it.

    Args:
        masks: by segment label, on the grid of the series: shape (slices, rows, columns).
        label: begins the series' description.
        series: the images that were segmented.
        context: of that series.
        identity: of the segmentation.
        path: the file.

    Raises:
        ValueError: there is no mask, one is empty or on another grid, or the images are simulated
            and the result claims to be REAL.
        OSError: the file cannot be written.
    """
    for name, mask in masks.items():
        if mask.shape != series.volume.values.shape:
            raise ValueError(f"the mask of {name} is not on the grid of the series")
    frames = [
        (number, int(k))
        for number, mask in enumerate(masks.values(), start=1)
        for k in np.flatnonzero(mask.any(axis=(1, 2)))
    ]
    if {number for number, _ in frames} != set(range(1, len(masks) + 1)) or not masks:
        raise ValueError("a segmentation needs at least one segment, and no empty one")
    result = new_result(SegmentationStorage, "SEG", label, context, identity)
    _general(result, label, context, identity, series)
    result.SegmentSequence = [_segment(number, name) for number, name in enumerate(masks, start=1)]
    result.NumberOfFrames = len(frames)
    _, result.Rows, result.Columns = series.volume.values.shape
    result.SharedFunctionalGroupsSequence = [_shared(series)]
    result.PerFrameFunctionalGroupsSequence = [_frame(number, k, series) for number, k in frames]
    by_number = dict(enumerate(masks.values(), start=1))
    pixels = np.stack([by_number[number][k] for number, k in frames])
    result.PixelData = pack_bits(pixels.astype(np.uint8))
    result["PixelData"].VR = "OB"
    save(result, path)


def _general(
    result: Dataset,
    label: str,
    context: StudyContext,
    identity: ResultIdentity,
    series: CtSeries,
) -> None:
    result.ImageType = ["DERIVED", "PRIMARY"]
    result.ContentDate = date_of(identity.made_at, context)
    result.ContentTime = time_of(identity.made_at, context)
    result.ContentLabel = "ZONES"
    result.ContentDescription = marked(f"{label}: {ADVISORY}", identity.mode)
    result.ContentCreatorName = ""
    result.DeviceSerialNumber = _SERIAL_NUMBER
    result.SamplesPerPixel = 1
    result.PhotometricInterpretation = "MONOCHROME2"
    result.BitsAllocated = result.BitsStored = 1
    result.HighBit = 0
    result.PixelRepresentation = 0
    result.LossyImageCompression = "00"
    result.SegmentationType = "BINARY"
    result.SegmentsOverlap = "NO"
    organisation = Dataset()
    organisation.DimensionOrganizationUID = uid_from("dimensions", identity.sop_instance_uid)
    result.DimensionOrganizationSequence = [organisation]
    result.DimensionIndexSequence = [
        _dimension(organisation.DimensionOrganizationUID, *tags) for tags in _DIMENSIONS
    ]
    images = Dataset()
    images.SeriesInstanceUID = series.series_uid
    images.ReferencedInstanceSequence = [
        reference_to(CTImageStorage, uid) for uid in series.sop_instance_uids
    ]
    result.ReferencedSeriesSequence = [images]


_DIMENSIONS = (
    (0x0062000B, 0x0062000A, "Segment Number"),  # Referenced Segment Number
    (0x00200032, 0x00209113, "Position"),  # Image Position (Patient)
)


def _dimension(organisation_uid: str, pointer: int, group: int, what: str) -> Dataset:
    item = Dataset()
    item.DimensionOrganizationUID = organisation_uid
    item.DimensionIndexPointer = pointer
    item.FunctionalGroupPointer = group
    item.DimensionDescriptionLabel = what
    return item


def _segment(number: int, name: str) -> Dataset:
    segment = Dataset()
    segment.SegmentNumber = number
    segment.SegmentLabel = name
    segment.SegmentAlgorithmType = "SEMIAUTOMATIC"
    segment.SegmentAlgorithmName = MODEL
    segment.SegmentedPropertyCategoryCodeSequence = [_code(*_ABNORMAL)]
    segment.SegmentedPropertyTypeCodeSequence = [_code(*_NEOPLASM)]
    return segment


def _shared(series: CtSeries) -> Dataset:
    affine = series.volume.affine
    along_row, along_column = (affine[:3, n] / np.linalg.norm(affine[:3, n]) for n in (0, 1))
    depth, height, width = series.volume.spacing_mm
    measures = Dataset()
    measures.SliceThickness = decimal(depth)
    measures.SpacingBetweenSlices = decimal(depth)
    measures.PixelSpacing = [decimal(height), decimal(width)]
    orientation = Dataset()
    orientation.ImageOrientationPatient = [
        decimal(cosine) for cosine in (*along_row.tolist(), *along_column.tolist())
    ]
    shared = Dataset()
    shared.PixelMeasuresSequence = [measures]
    shared.PlaneOrientationSequence = [orientation]
    return shared


def _frame(number: int, k: int, series: CtSeries) -> Dataset:
    position = Dataset()
    origin = series.volume.to_patient_mm(np.array([k, 0, 0], dtype=np.float64))
    position.ImagePositionPatient = [decimal(round(value, 6)) for value in origin.tolist()]
    segment = Dataset()
    segment.ReferencedSegmentNumber = number
    content = Dataset()
    content.DimensionIndexValues = [number, k + 1]
    source = reference_to(CTImageStorage, series.sop_instance_uids[k])
    source.SpatialLocationsPreserved = "YES"
    source.PurposeOfReferenceCodeSequence = [_code(*_SOURCE_IMAGE)]
    derivation = Dataset()
    derivation.DerivationCodeSequence = [_code(*_DERIVED)]
    derivation.SourceImageSequence = [source]
    frame = Dataset()
    frame.FrameContentSequence = [content]
    frame.PlanePositionSequence = [position]
    frame.SegmentIdentificationSequence = [segment]
    frame.DerivationImageSequence = [derivation]
    return frame


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, scheme, meaning
    return code
