"""Segmentations written by highdicom over the synthetic series."""

import warnings
from io import BytesIO
from pathlib import Path

import highdicom as hd
import numpy as np
from pydicom import Dataset, dcmread
from pydicom.sr.codedict import codes
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from dosimetry_core.values import ContouredStructure
from tests.drivers.dicom.synthetic import Series

PIXEL_MM2 = 0.7 * 0.8
"""Area of a pixel of the synthetic series."""


def segmentation(
    series: Series,
    masks: np.ndarray,
    names: list[str],
    kind: str = "BINARY",
    *,
    transfer_syntax: str = ExplicitVRLittleEndian,
) -> Dataset:
    """``masks`` [k, j, i, segment] on all images of a series."""
    descriptions = [
        hd.seg.SegmentDescription(
            segment_number=number,
            segment_label=name,
            segmented_property_category=codes.SCT.Tissue,
            segmented_property_type=codes.SCT.Liver,
            algorithm_type="MANUAL",
        )
        for number, name in enumerate(names, start=1)
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        drawn = hd.seg.Segmentation(
            source_images=[dcmread(path) for path in series.paths],
            pixel_array=masks,
            segmentation_type=kind,
            segment_descriptions=descriptions,
            series_instance_uid=generate_uid(),
            series_number=7,
            sop_instance_uid=generate_uid(),
            instance_number=1,
            manufacturer="Phantoms",
            manufacturer_model_name="Phantom",
            software_versions="1",
            device_serial_number="1",
            transfer_syntax_uid=transfer_syntax,
        )
    file = BytesIO()
    drawn.save_as(file, enforce_file_format=True)
    file.seek(0)
    return dcmread(file)


def save(dataset: Dataset, folder: Path) -> Path:
    path = folder / "seg.dcm"
    dataset.save_as(path, enforce_file_format=True)
    return path


def slab_areas_mm2(structure: ContouredStructure) -> dict[float, float]:
    """Area of a structure in each of its planes (z of axial planes), outlines less holes.

    Polygons of a mask have no crossings: an outline runs one way, and what lies inside of an odd
    number of others is a hole.
    """
    areas: dict[float, float] = {}
    for polygon in structure.polygons_mm:
        z = round(float(polygon[0, 2]), 3)
        beside = [p for p in structure.polygons_mm if p is not polygon and abs(p[0, 2] - z) < 1e-2]
        depth = sum(_encloses(other, _inner_point(polygon)) for other in beside)
        areas[z] = areas.get(z, 0.0) + (-1) ** depth * _area(polygon)
    return areas


def _area(polygon: np.ndarray) -> float:
    x, y = polygon[:, 0] - polygon[0, 0], polygon[:, 1] - polygon[0, 1]
    return abs(float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))) / 2


def _inner_point(polygon: np.ndarray) -> tuple[float, float]:
    """A point just inside of the corner that is lowest and, of those, leftmost."""
    x, y = polygon[:, 0], polygon[:, 1]
    low = y.min()
    return float(x[np.isclose(y, low)].min()) + 1e-3, float(low) + 1e-3


def _encloses(polygon: np.ndarray, point: tuple[float, float]) -> bool:
    x0, y0 = polygon[:, 0], polygon[:, 1]
    x1, y1 = np.roll(x0, -1), np.roll(y0, -1)
    level = (y0 <= point[1]) != (y1 <= point[1])
    crossing = x0[level] + (x1 - x0)[level] * ((point[1] - y0[level]) / (y1 - y0)[level])
    return bool(np.count_nonzero(crossing <= point[0]) % 2)
