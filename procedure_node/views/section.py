"""One plane through a scan, with everything that is drawn on it, in the plane's own mm."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.values import GenerationMode

Plane = Literal["axial", "coronal", "sagittal"]
Line = NDArray[np.float64]
"""Points of shape (n, 2): (right, down) mm in the plane."""


@dataclass(frozen=True, slots=True)
class PlaneAxes:
    """How a plane lies in the patient.

    ``across``, ``right`` and ``down`` are patient axes (0 x, 1 y, 2 z): the one that the plane is
    moved along, and the ones that run to the right and down on the page. ``down_sign`` is -1 where
    the page's down is the patient's minus (toward the feet).
    """

    across: int
    right: int
    down: int
    down_sign: int
    labels: tuple[str, str, str, str]
    """Letters at the left, right, top and bottom edge."""


AXES: dict[Plane, PlaneAxes] = {
    "axial": PlaneAxes(2, 0, 1, 1, ("R", "L", "A", "P")),
    "coronal": PlaneAxes(1, 0, 2, -1, ("R", "L", "H", "F")),
    "sagittal": PlaneAxes(0, 1, 2, -1, ("A", "P", "H", "F")),
}


@dataclass(frozen=True, slots=True, eq=False)
class Isodose:
    """One isodose level in the plane."""

    percent: int
    dose_gy: float
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """A structure's outline in the plane."""

    name: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, eq=False)
class SeedMark:
    """A seed near the plane, projected onto it.

    Attributes:
        index: which of the seeds that were given.
        start: one end, (right, down) mm.
        end: the other.
        offset_mm: how far the centre is off the plane.
    """

    index: int
    start: tuple[float, float]
    end: tuple[float, float]
    offset_mm: float


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """A plane through a scan.

    Attributes:
        plane: which plane.
        position_mm: where it lies along its normal: x, y or z in LPS mm, on a voxel centre.
        pixels: CT numbers in HU, int16, shape (rows, columns), the top row first.
        left_mm: plane coordinate of the left edge of the first column.
        top_mm: plane coordinate of the top edge of the first row.
        column_mm: width of a pixel.
        row_mm: height of a pixel.
        isodoses: rising; empty without a dose or a prescription.
        ice: outline of the imaged ice.
        structures: in the order in which they were given.
        mode: where the scan comes from.
    """

    plane: Plane
    position_mm: float
    pixels: NDArray[np.int16]
    left_mm: float
    top_mm: float
    column_mm: float
    row_mm: float
    isodoses: tuple[Isodose, ...]
    ice: tuple[Line, ...]
    structures: tuple[Outline, ...]
    mode: GenerationMode


def seed_marks(
    seeds: Sequence[tuple[tuple[float, float, float], tuple[float, float, float]]],
    plane: Plane,
    position_mm: float,
    within_mm: float,
    length_mm: float,
) -> tuple[SeedMark, ...]:
    """Project the seeds near a plane onto it.

    Args:
        seeds: (centre in LPS mm, unit axis) of each.
        plane: which plane.
        position_mm: where it lies along its normal.
        within_mm: a seed is near while its centre is at most this far from the plane.
        length_mm: length of the capsule.
    """
    axes = AXES[plane]
    marks: list[SeedMark] = []
    for index, (center, axis) in enumerate(seeds):
        offset = center[axes.across] - position_mm
        if abs(offset) > within_mm:
            continue
        right, down = center[axes.right], center[axes.down] * axes.down_sign
        half_right = axis[axes.right] * length_mm / 2
        half_down = axis[axes.down] * axes.down_sign * length_mm / 2
        marks.append(
            SeedMark(
                index,
                (right - half_right, down - half_down),
                (right + half_right, down + half_down),
                offset,
            )
        )
    return tuple(marks)
