"""The pictures that a person confirms a registration by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from contourpy import LineType, contour_generator
from numpy.typing import NDArray

from dosimetry_core.registration import RegistrationResult, check_view
from dosimetry_core.structures import StructureError, signed_distance_mm
from dosimetry_core.values import ContouredStructure, GenerationMode, Volume
from procedure_node.views import AXES, CheckSection, Line, Plane, write_checks

OUTLINE_MM = 2.0
"""Step at which a plane is asked how far it is from a contour."""

PLANES: Final[tuple[Plane, ...]] = ("axial", "coronal", "sagittal")


@dataclass(frozen=True, slots=True, eq=False)
class CheckPicture:
    """A lesion's registration, as it is used, and the contours that it carries."""

    result: RegistrationResult
    structures: Sequence[ContouredStructure]


def write_check_pictures(
    directory: str,
    planning: Volume,
    scan: Volume,
    lesions: Mapping[str, CheckPicture],
    mode: GenerationMode,
) -> None:
    """Store the three planes through each lesion's middle.

    Raises:
        OSError: the disk is full or not writable.
    """
    made: dict[str, dict[Plane, CheckSection]] = {
        lesion: {plane: _section(planning, scan, one, plane) for plane in PLANES}
        for lesion, one in lesions.items()
    }
    write_checks(Path(directory), made, mode)


def _section(planning: Volume, scan: Volume, picture: CheckPicture, plane: Plane) -> CheckSection:
    view = check_view(planning, scan, picture.result, plane)
    half_mm = (view.planning.shape[0] - 1) / 2.0 * view.pixel_mm
    return CheckSection(
        planning=_bytes(view.planning),
        scan=_bytes(view.scan),
        pixel_mm=view.pixel_mm,
        outlines={
            one.name: lines
            for one in picture.structures
            if (lines := _outline(one, picture.result, plane, half_mm))
        },
    )


def _bytes(grey: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.where(np.isfinite(grey), 1.0 + 254.0 * np.nan_to_num(grey), 0.0).astype(np.uint8)


def _outline(
    structure: ContouredStructure, result: RegistrationResult, plane: Plane, half_mm: float
) -> tuple[Line, ...]:
    """Where a structure's surface meets the plane, right and down of its middle."""
    axes = AXES[plane]
    center = np.array(result.center_mm)
    points = np.concatenate(structure.polygons_mm) - center
    if np.abs(points).min(axis=0).max() > 2.0 * half_mm:
        return ()
    along = np.arange(-half_mm, half_mm + OUTLINE_MM / 2.0, OUTLINE_MM)
    right, down = np.zeros(3), np.zeros(3)
    right[axes.right], down[axes.down] = 1.0, float(axes.down_sign)
    at = center + along[:, None, None] * down + along[:, None] * right
    try:
        distance = signed_distance_mm(structure, at.reshape(-1, 3)).reshape(at.shape[:2])
    except StructureError:
        return ()
    lines = contour_generator(along, along, -distance, line_type=LineType.Separate).lines(0.0)
    return tuple(np.round(np.asarray(line, dtype=np.float64), 2) for line in lines)
