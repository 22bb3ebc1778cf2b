"""Volumes turned to the patient's own directions: index up means left, posterior, head."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.values import Volume

AXIS_TOLERANCE = 1e-3
"""Largest sine of an angle between a grid axis and a patient axis that is still called aligned:
over 500 mm it moves a point by half a millimetre, less than a CT pixel."""


class ViewError(Exception):
    """Picture data of a scan cannot be made or read; says what, where and what to do."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A grid whose index axes (i, j, k) run along +x (left), +y (posterior), +z (head).

    Attributes:
        origin_mm: (x, y, z) of the centre of voxel (0, 0, 0), LPS mm.
        pitch_mm: voxel pitch along (x, y, z), mm.
        shape: number of voxels along (x, y, z).
    """

    origin_mm: tuple[float, float, float]
    pitch_mm: tuple[float, float, float]
    shape: tuple[int, int, int]

    def positions_mm(self, axis: int) -> NDArray[np.float64]:
        """Voxel centres along patient axis 0 (x), 1 (y) or 2 (z), mm, ascending."""
        return self.origin_mm[axis] + self.pitch_mm[axis] * np.arange(
            self.shape[axis], dtype=np.float64
        )

    def edges_mm(self, axis: int) -> tuple[float, float]:
        """Outer edges of the first and last voxel along a patient axis, mm."""
        low = self.origin_mm[axis] - self.pitch_mm[axis] / 2
        return low, low + self.pitch_mm[axis] * self.shape[axis]

    def index(self, axis: int, position_mm: float) -> float:
        """Fractional index along a patient axis of a position in mm."""
        return (position_mm - self.origin_mm[axis]) / self.pitch_mm[axis]


def aligned(volume: Volume, what: str) -> tuple[NDArray[np.generic], Grid]:
    """The volume's values, flipped as needed, on a ``Grid``.

    Args:
        volume: an axial grid in LPS mm; rows and columns may run either way (prone, feet first).
        what: the name of the volume in an error's words.

    Returns:
        values of shape (z, y, x), a view where possible, and their grid.

    Raises:
        ViewError: the volume's axes are not the patient's axes (a tilted or a re-sliced series).
    """
    directions = volume.affine[:3, :3]
    pitch = np.linalg.norm(directions, axis=0)
    cosines = directions / pitch
    if np.abs(cosines - np.diag(np.sign(np.diag(cosines)))).max() > AXIS_TOLERANCE:
        raise ViewError(
            f"the {what} is not axial: its rows, columns and slices must run along the patient's "
            "axes; reconstruct it without tilt as an axial series"
        )
    values, origin = volume.values, volume.affine[:3, 3].copy()
    for axis, array_axis in enumerate((2, 1, 0)):
        if directions[axis, axis] < 0:
            values = np.flip(values, array_axis)
            origin[axis] += directions[axis, axis] * (volume.values.shape[array_axis] - 1)
    depth, height, width = (int(n) for n in values.shape)
    return values, Grid(
        (float(origin[0]), float(origin[1]), float(origin[2])),
        (float(pitch[0]), float(pitch[1]), float(pitch[2])),
        (width, height, depth),
    )
