"""Where the voxels of an RTDOSE lie, both ways."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from dosimetry_core.values import Volume
from drivers.dicom.result_object import decimal

Numbers = Mapping[str, tuple[float, ...]]

# Keyword of each number that a grid needs, with how many values it has; None for at least two.
GRID_NUMBERS: dict[str, int | None] = {
    "ImagePositionPatient": 3,
    "ImageOrientationPatient": 6,
    "PixelSpacing": 2,
    "GridFrameOffsetVector": None,
}
# Direction cosines are written with six decimals.
_UNIT_VECTOR_TOLERANCE = 1e-3
_AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
# Offsets are often written with two decimals.
_POSITION_TOLERANCE_MM = 0.02
# 1e-4 rad moves the far corner of a 500 mm field by 0.05 mm.
_SQUARE_TOLERANCE = 1e-4
_LEAST_PITCH_MM = 0.01
_FARTHEST_MM = 10_000.0


def grid_faults(of: Numbers, frame_count: int) -> list[str]:
    """All reasons why the numbers of ``GRID_NUMBERS``, each there, make no even grid."""
    reasons: list[str] = []
    directions = np.array(of["ImageOrientationPatient"]).reshape(2, 3)
    with np.errstate(over="ignore", invalid="ignore"):
        crooked = np.abs(directions @ directions.T - np.eye(2)).max()
    if not crooked <= _UNIT_VECTOR_TOLERANCE:
        reasons.append("its Image Orientation is not two perpendicular unit vectors")
    if not _LEAST_PITCH_MM <= min(of["PixelSpacing"]) <= max(of["PixelSpacing"]) <= _FARTHEST_MM:
        reasons.append("its Pixel Spacing is no distance in mm")
    if max(map(abs, of["ImagePositionPatient"])) > _FARTHEST_MM:
        reasons.append("its Image Position is no place in mm")
    offsets_mm = np.array(of["GridFrameOffsetVector"])
    if len(offsets_mm) != frame_count:
        reasons.append(f"it has {frame_count} planes but the offsets of {len(offsets_mm)}")
    if not reasons:
        reasons += _offset_faults(of, offsets_mm)
    return reasons


def _offset_faults(of: Numbers, offsets_mm: NDArray[np.float64]) -> list[str]:
    reasons: list[str] = []
    if offsets_mm[0] != 0.0 and not _is_absolute(of):
        reasons.append(
            f"its Grid Frame Offset Vector begins with {offsets_mm[0]:g} mm, which is neither 0 "
            "nor the z of the first plane of an axial grid"
        )
    if np.abs(offsets_mm).max() > _FARTHEST_MM:
        reasons.append("its Grid Frame Offset Vector is of no distances in mm")
        return reasons
    steps_mm = np.diff(offsets_mm)
    pitch_mm = float(offsets_mm[-1] - offsets_mm[0]) / len(steps_mm)
    even_mm = offsets_mm[0] + pitch_mm * np.arange(len(offsets_mm))
    if not ((steps_mm > 0.0).all() or (steps_mm < 0.0).all()) or abs(pitch_mm) < _LEAST_PITCH_MM:
        reasons.append("its planes do not lie one after the other")
    elif np.abs(offsets_mm - even_mm).max() > _POSITION_TOLERANCE_MM:
        reasons.append(
            f"its planes are not evenly spaced: {np.abs(steps_mm).min():g} to "
            f"{np.abs(steps_mm).max():g} mm apart"
        )
    return reasons


def _is_absolute(of: Numbers) -> bool:
    """Whether the offsets are z of the patient (PS3.3 C.8.8.3.2, option b)."""
    directions = np.array(of["ImageOrientationPatient"])
    first_mm = of["GridFrameOffsetVector"][0] - of["ImagePositionPatient"][2]
    return bool(
        np.abs(directions - _AXIAL).max() <= _UNIT_VECTOR_TOLERANCE
        and abs(first_mm) <= _POSITION_TOLERANCE_MM
    )


def read_grid(of: Numbers, frames: NDArray[np.float32]) -> Volume:
    """Frames in the order of the file as a volume whose k runs along the grid's normal.

    Args:
        of: numbers without ``grid_faults``.
        frames: dose, shape (frames, rows, columns).
    """
    row, column = np.array(of["ImageOrientationPatient"]).reshape(2, 3)
    normal = np.cross(row, column)
    offsets_mm = np.array(of["GridFrameOffsetVector"])
    between_rows_mm, between_columns_mm = of["PixelSpacing"]
    step_mm = (offsets_mm[-1] - offsets_mm[0]) / (len(offsets_mm) - 1)
    corner_mm = np.array(of["ImagePositionPatient"])
    if step_mm < 0.0:
        frames = frames[::-1]
        corner_mm = corner_mm + normal * (offsets_mm[-1] - offsets_mm[0])
        step_mm = -step_mm
    affine = np.eye(4)
    affine[:3, 0] = row * between_columns_mm
    affine[:3, 1] = column * between_rows_mm
    affine[:3, 2] = normal * step_mm
    affine[:3, 3] = corner_mm
    return Volume(np.ascontiguousarray(frames), affine)


def with_k_along_the_normal(volume: Volume) -> Volume:
    """The same volume, k reversed where it runs against the cross product of i and j.

    Raises:
        ValueError: its axes are not perpendicular, or it has fewer than two slices.
    """
    axes = volume.affine[:3, :3]
    directions = axes / np.linalg.norm(axes, axis=0)
    if np.abs(directions.T @ directions - np.eye(3)).max() > _SQUARE_TOLERANCE:
        raise ValueError("a dose grid's axes must be perpendicular")
    if volume.values.shape[0] < 2:
        raise ValueError("a dose grid has at least two planes")
    if np.linalg.det(axes) > 0.0:
        return volume
    affine = volume.affine.copy()
    affine[:3, 3] += affine[:3, 2] * (volume.values.shape[0] - 1)
    affine[:3, 2] *= -1.0
    return Volume(volume.values[::-1], affine)


def write_grid(dose: Dataset, volume: Volume) -> None:
    """Put the geometry of a volume with k along its normal into an RTDOSE, offsets relative."""
    between_planes_mm, between_rows_mm, between_columns_mm = volume.spacing_mm
    planes, rows, columns = volume.values.shape
    directions = volume.affine[:3, :2] / (between_columns_mm, between_rows_mm)
    dose.ImagePositionPatient = [decimal(value) for value in volume.affine[:3, 3]]
    dose.ImageOrientationPatient = [decimal(value) for value in directions.T.ravel()]
    dose.PixelSpacing = [decimal(between_rows_mm), decimal(between_columns_mm)]
    dose.SliceThickness = decimal(between_planes_mm)
    dose.Rows, dose.Columns, dose.NumberOfFrames = rows, columns, planes
    dose.FrameIncrementPointer = 0x3004000C
    dose.GridFrameOffsetVector = [decimal(between_planes_mm * k) for k in range(planes)]
