from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from dosimetry_core.values import ContouredStructure

FloatArray = NDArray[np.float64]


def circle(radius_mm: float, z_mm: float, corners: int = 720) -> FloatArray:
    """A circle about the z axis, its corners moved out so that its area is exact."""
    angle = 2 * np.pi * np.arange(corners) / corners
    slice_area = np.sin(2 * np.pi / corners) / (2 * np.pi / corners)
    radius = radius_mm / np.sqrt(slice_area)
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle), np.full(corners, z_mm)])


def rectangle(low: tuple[float, float], high: tuple[float, float], z_mm: float) -> FloatArray:
    return np.array(
        [
            [low[0], low[1], z_mm],
            [high[0], low[1], z_mm],
            [high[0], high[1], z_mm],
            [low[0], high[1], z_mm],
        ]
    )


def revolved(radius_at: Callable[[float], float], heights: FloatArray) -> ContouredStructure:
    """A solid of revolution about the z axis."""
    return ContouredStructure("SOLID", tuple(circle(radius_at(z), z) for z in heights))


def box(side_mm: float, spacing_mm: float = 2.5) -> ContouredStructure:
    """A cube about the origin whose slabs end at its faces."""
    half = side_mm / 2
    heights = np.arange(-half + spacing_mm / 2, half, spacing_mm)
    planes = (rectangle((-half, -half), (half, half), float(z)) for z in heights)
    return ContouredStructure("BOX", tuple(planes))


@pytest.fixture(scope="session")
def shapes() -> SimpleNamespace:
    return SimpleNamespace(circle=circle, rectangle=rectangle, revolved=revolved, box=box)
