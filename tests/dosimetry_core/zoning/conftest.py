import numpy as np
import pytest
from numpy.typing import NDArray

from dosimetry_core.values import ContouredStructure, Volume

FloatArray = NDArray[np.float64]


class Shapes:
    """Solids with known volumes, as contours and as level fields."""

    @staticmethod
    def circle(
        radius_mm: float, z_mm: float, at: tuple[float, float] = (0.0, 0.0), corners: int = 360
    ) -> FloatArray:
        """Its corners are moved out so that its area is exact."""
        angle = 2 * np.pi * np.arange(corners) / corners
        radius = radius_mm / np.sqrt(np.sin(2 * np.pi / corners) / (2 * np.pi / corners))
        x, y = radius * np.cos(angle) + at[0], radius * np.sin(angle) + at[1]
        return np.column_stack([x, y, np.full(corners, z_mm)])

    def cylinder(
        self,
        radius_mm: float,
        half_mm: float,
        at: tuple[float, float] = (0.0, 0.0),
        name: str = "L1",
    ) -> ContouredStructure:
        """About an axis along z, its slabs ending at z = -half_mm and half_mm."""
        heights = np.arange(-half_mm + 1.0, half_mm, 2.0)
        return ContouredStructure(
            name, tuple(self.circle(radius_mm, float(z), at) for z in heights)
        )

    @staticmethod
    def grid(half_mm: float, spacing_mm: float) -> tuple[FloatArray, FloatArray]:
        """Points (k, j, i, xyz) of a cube about the origin, and its affine."""
        axis = np.arange(-half_mm, half_mm + spacing_mm / 2, spacing_mm)
        z, y, x = np.meshgrid(axis, axis, axis, indexing="ij")
        affine = np.diag([spacing_mm, spacing_mm, spacing_mm, 1.0])
        affine[:3, 3] = -half_mm
        return np.stack([x, y, z], axis=-1), affine

    def ball(
        self,
        radius_mm: float,
        at: tuple[float, float, float] = (0.0, 0.0, 0.0),
        half_mm: float = 16.0,
        spacing_mm: float = 0.5,
    ) -> Volume:
        points, affine = self.grid(half_mm, spacing_mm)
        return Volume(np.linalg.norm(points - at, axis=-1) - radius_mm, affine)

    def half_space(
        self, normal: tuple[float, float, float], offset_mm: float, half_mm: float = 16.0
    ) -> Volume:
        """What lies at normal . x < offset_mm."""
        points, affine = self.grid(half_mm, 0.5)
        unit = np.array(normal) / np.linalg.norm(normal)
        return Volume(points @ unit - offset_mm, affine)


@pytest.fixture(scope="session")
def shapes() -> Shapes:
    return Shapes()
