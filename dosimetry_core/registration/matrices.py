"""Rigid matrices: points, inverses, sizes of a motion."""

from itertools import product

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def moved(matrix: Floats, points_mm: NDArray[np.floating]) -> Floats:
    """Points (..., 3) carried by a matrix (4, 4)."""
    points = np.asarray(points_mm, dtype=np.float64)
    return points @ matrix[:3, :3].T + matrix[:3, 3]


def inverse(matrix: Floats) -> Floats:
    """Inverse (4, 4) of a rigid matrix."""
    back = np.eye(4)
    back[:3, :3] = matrix[:3, :3].T
    back[:3, 3] = -matrix[:3, :3].T @ matrix[:3, 3]
    return back


def is_rigid(matrix: Floats) -> bool:
    """Whether a matrix turns and shifts only."""
    rotation = matrix[:3, :3]
    return bool(
        matrix.shape == (4, 4)
        and np.isfinite(matrix).all()
        and np.allclose(matrix[3], [0.0, 0.0, 0.0, 1.0])
        and np.allclose(rotation.T @ rotation, np.eye(3), atol=1e-4)
        and np.linalg.det(rotation) > 0.0
    )


def shift(by_mm: NDArray[np.floating]) -> Floats:
    """A matrix that moves by (x, y, z) mm."""
    matrix = np.eye(4)
    matrix[:3, 3] = by_mm
    return matrix


def turn_deg(matrix: Floats) -> float:
    """Angle of a matrix's rotation."""
    cosine = (np.trace(matrix[:3, :3]) - 1.0) / 2.0
    return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


def corners(center_mm: Floats, half_mm: float) -> Floats:
    """The corners (8, 3) of a cube."""
    return center_mm + half_mm * np.array(list(product((-1.0, 1.0), repeat=3)))
