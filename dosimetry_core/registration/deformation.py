"""A smooth displacement on a regular grid."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_DIRECTIONS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Deformation:
    """Displacements of points of the planning CT, before the rigid motion.

    Attributes:
        displacement_mm: shape (k, j, i, 3), (x, y, z) LPS mm at each node.
        first_mm: LPS of node (0, 0, 0).
        step_mm: distance of nodes along x, y and z.
    """

    displacement_mm: NDArray[np.float64]
    first_mm: NDArray[np.float64]
    step_mm: float

    def displaced(self, points_mm: NDArray[np.floating]) -> NDArray[np.float64]:
        """Points (..., 3) with their displacement, linear between nodes.

        Beyond the grid the displacement at its edge is taken.
        """
        points = np.asarray(points_mm, dtype=np.float64)
        last = np.array(self.displacement_mm.shape[:3]) - 1.0
        at = np.clip((points - self.first_mm)[..., ::-1] / self.step_mm, 0.0, last)
        low = np.minimum(np.floor(at), np.maximum(last - 1.0, 0.0)).astype(np.int64)
        part = at - low
        total = np.zeros_like(points)
        for corner in np.ndindex(2, 2, 2):
            weight = np.prod(np.where(corner, part, 1.0 - part), axis=-1)
            node = np.minimum(low + corner, last.astype(np.int64))
            total += weight[..., None] * self.displacement_mm[tuple(np.moveaxis(node, -1, 0))]
        return points + total

    def jacobian(self) -> NDArray[np.float64]:
        """Determinant of the displacement's derivative at each node: the change of volume."""
        tensor = np.empty((*self.displacement_mm.shape[:3], _DIRECTIONS, _DIRECTIONS))
        for axis in range(_DIRECTIONS):
            along = np.gradient(self.displacement_mm, self.step_mm, axis=2 - axis)
            tensor[..., axis] = along
            tensor[..., axis, axis] += 1.0
        return np.linalg.det(tensor)
