"""The grid that heat is computed on."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.values import Volume

FloatArray = NDArray[np.float64]
Faces = Literal["held", "insulated"]


@dataclass(frozen=True, slots=True)
class Grid:
    """A regular grid along the patient's axes (LPS), with what happens at its faces.

    Attributes:
        origin_mm: centre (x, y, z) of voxel [0, 0, 0].
        spacing_mm: voxel pitch along (k, j, i), that is along (z, y, x).
        shape_kji: number of voxels along (k, j, i).
        faces: ``held``: the outermost voxels stay at body temperature; ``insulated``: no heat
            passes. An axis of one voxel is insulated always: the problem is flat along it.

    Raises:
        ValueError: a spacing or a size is not above zero, or a number is not finite.
    """

    origin_mm: tuple[float, float, float]
    spacing_mm: tuple[float, float, float]
    shape_kji: tuple[int, int, int]
    faces: Faces = "held"

    def __post_init__(self) -> None:
        if min(self.spacing_mm) <= 0 or min(self.shape_kji) < 1:
            raise ValueError(
                f"a grid needs spacing and size above zero: {self.spacing_mm}, {self.shape_kji}"
            )
        if not all(math.isfinite(value) for value in (*self.origin_mm, *self.spacing_mm)):
            raise ValueError(f"a grid needs finite numbers: {self.origin_mm}, {self.spacing_mm}")

    @classmethod
    def cube(
        cls,
        center_mm: tuple[float, float, float],
        edge_mm: float,
        spacing_mm: float,
        faces: Faces = "held",
    ) -> "Grid":
        """A cube of equal voxels around a place; the edge is rounded to whole voxels."""
        count = max(1, round(edge_mm / spacing_mm))
        x, y, z = (value - 0.5 * (count - 1) * spacing_mm for value in center_mm)
        return cls((x, y, z), _thrice(spacing_mm), (count, count, count), faces)

    @property
    def affine(self) -> FloatArray:
        """As a ``Volume`` has it, shape (4, 4)."""
        affine = np.diag([*self.spacing_mm[::-1], 1.0])
        affine[:3, 3] = self.origin_mm
        return affine

    @property
    def voxel_volume_m3(self) -> float:
        """Volume of one voxel, m3."""
        return math.prod(self.spacing_mm) * 1e-9

    def volume(self, values: NDArray[np.floating]) -> Volume:
        """Values on this grid, shape ``shape_kji``, in patient space."""
        return Volume(values, self.affine)

    def centers_mm(self, axis: int) -> FloatArray:
        """Voxel centres along (k, j, i)[axis], mm."""
        return self.origin_mm[2 - axis] + self.spacing_mm[axis] * np.arange(
            self.shape_kji[axis], dtype=np.float64
        )

    def refined(self, spacing_mm: float) -> "Grid":
        """A grid of cubic voxels of another size over the same room."""
        shape = tuple(
            max(1, round(count * pitch / spacing_mm))
            for count, pitch in zip(self.shape_kji, self.spacing_mm, strict=True)
        )
        middle = [
            start + 0.5 * (count - 1) * pitch
            for start, count, pitch in zip(
                self.origin_mm, self.shape_kji[::-1], self.spacing_mm[::-1], strict=True
            )
        ]
        origin = tuple(
            center - 0.5 * (count - 1) * spacing_mm
            for center, count in zip(middle, shape[::-1], strict=True)
        )
        return Grid(
            (origin[0], origin[1], origin[2]),
            _thrice(spacing_mm),
            (shape[0], shape[1], shape[2]),
            self.faces,
        )


def _thrice(value: float) -> tuple[float, float, float]:
    return value, value, value
