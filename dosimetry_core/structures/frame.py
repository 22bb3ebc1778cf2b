"""The axes of a stack of contours: patient axes for axial contours, others for oblique ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.structures.errors import StructureError

FloatArray = NDArray[np.float64]

PLANE_TOLERANCE_MM = 0.05
"""Heights nearer than this are one plane; a polygon that varies more is not in a plane."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Axes of a stack: two in its planes, the third across them.

    Attributes:
        axes: (3, 3), orthonormal and right-handed, one axis a row, in LPS.
        is_axial: whether they are the patient's own.
    """

    axes: FloatArray
    is_axial: bool

    def to_stack(self, points_mm: FloatArray) -> FloatArray:
        """Coordinates (n, 3) along the stack's axes of points (n, 3) in LPS mm."""
        return points_mm if self.is_axial else points_mm @ self.axes.T

    def to_patient(self, points_mm: FloatArray) -> FloatArray:
        """LPS mm of points (n, 3) given along the stack's axes."""
        return points_mm if self.is_axial else points_mm @ self.axes


AXIAL = Frame(np.eye(3), is_axial=True)


def frame_of(name: str, contours: Sequence[tuple[int, FloatArray]]) -> Frame:
    """The axes of parallel contours.

    Args:
        name: the structure's, for messages.
        contours: number and points (n, 3), LPS mm, of each contour that has an area.

    Raises:
        StructureError: a contour is not planar, or not parallel to the others.
    """
    if all(np.ptp(points[:, 2]) <= PLANE_TOLERANCE_MM for _, points in contours):
        return AXIAL
    normals = np.array([_normal(points) for _, points in contours])
    largest = normals[np.argmax(np.linalg.norm(normals, axis=1))]
    turned = normals * np.where(normals @ largest < 0, -1.0, 1.0)[:, None]
    common = np.median(turned / np.linalg.norm(turned, axis=1)[:, None], axis=0)
    frame = _frame_across(common / np.linalg.norm(common))
    for (number, points), normal in zip(contours, turned, strict=True):
        thick_mm = float(np.ptp(points @ frame.axes[2]))
        if thick_mm <= PLANE_TOLERANCE_MM:
            continue
        own_mm = float(np.ptp(points @ (normal / np.linalg.norm(normal))))
        where = f"{name}: contour {number}"
        if own_mm > PLANE_TOLERANCE_MM:
            raise StructureError(
                f"{where} is not planar: it is {own_mm:.3g} mm thick; contour the structure on "
                "images"
            )
        raise StructureError(
            f"{where} is not parallel to the others: it runs through {thick_mm:.3g} mm across "
            "their planes; contour the structure on one stack of images"
        )
    return frame


def has_area(points_mm: FloatArray, least_mm2: float) -> bool:
    """Whether a polygon (n, 3) in any plane may enclose an area.

    A polygon that crosses itself is told by the extent across its longest axis.
    """
    if float(np.linalg.norm(_normal(points_mm))) >= least_mm2:
        return True
    spread = points_mm - points_mm.mean(axis=0)
    extents = np.linalg.svd(spread, compute_uv=False) / np.sqrt(points_mm.shape[0])
    return float(extents[0] * extents[1]) >= least_mm2


def _normal(points: FloatArray) -> FloatArray:
    """Vector area of a polygon; of one that crosses itself, the axis of least extent."""
    spread = points - points.mean(axis=0)
    area = np.cross(spread, np.roll(spread, -1, axis=0)).sum(axis=0) / 2.0
    _, extents, axes = np.linalg.svd(spread, full_matrices=False)
    flat_mm2 = float(extents[0] * extents[1]) / points.shape[0]
    return area if np.linalg.norm(area) > 0.01 * flat_mm2 else axes[2] * flat_mm2


def _frame_across(normal: FloatArray) -> Frame:
    """Axes across a normal, turned so that they are the patient's for an axial stack."""
    across = normal if normal[np.argmax(np.abs(normal))] > 0 else -normal
    first = np.zeros(3)
    first[np.argmin(np.abs(across))] = 1.0
    first -= (first @ across) * across
    first /= np.linalg.norm(first)
    return Frame(np.stack([first, np.cross(across, first), across]), is_axial=False)
