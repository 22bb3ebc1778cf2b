"""A scalar field sampled on a regular grid in patient space."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Volume:
    """Values on a regular grid in DICOM patient coordinates (LPS, mm).

    Attributes:
        values: shape (slices, rows, columns), indexed [k, j, i].
        affine: shape (4, 4); maps (i, j, k, 1) to (x, y, z, 1) in mm, voxel centres.

    Raises:
        ValueError: a shape is wrong or the affine is singular.
    """

    values: NDArray[Any]
    affine: NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.values.ndim != 3:
            raise ValueError(f"a Volume has 3 axes [k, j, i], got shape {self.values.shape}")
        if self.affine.shape != (4, 4):
            raise ValueError(f"a Volume's affine is 4x4, got shape {self.affine.shape}")
        if abs(float(np.linalg.det(self.affine[:3, :3]))) < 1e-9:
            raise ValueError("a Volume's affine is singular: its voxels have no extent")

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Voxel pitch along (k, j, i), mm."""
        pitch = np.linalg.norm(self.affine[:3, :3], axis=0)
        return float(pitch[2]), float(pitch[1]), float(pitch[0])

    @property
    def voxel_volume_mm3(self) -> float:
        """Volume of one voxel, mm3."""
        return abs(float(np.linalg.det(self.affine[:3, :3])))

    def to_patient_mm(self, kji: NDArray[np.floating]) -> NDArray[np.float64]:
        """Patient coordinates (..., 3), (x, y, z) mm, of fractional indices (..., 3), (k, j, i)."""
        ijk = np.asarray(kji, dtype=np.float64)[..., ::-1]
        return ijk @ self.affine[:3, :3].T + self.affine[:3, 3]

    def to_index(self, xyz_mm: NDArray[np.floating]) -> NDArray[np.float64]:
        """Fractional indices (..., 3), (k, j, i), of patient coordinates (..., 3), mm."""
        inverse = np.linalg.inv(self.affine)
        ijk = np.asarray(xyz_mm, dtype=np.float64) @ inverse[:3, :3].T + inverse[:3, 3]
        return ijk[..., ::-1]
