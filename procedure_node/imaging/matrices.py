"""Matrices as they are journalled."""

import numpy as np
from numpy.typing import NDArray

from procedure_node.events import RigidMatrix


def as_rows(matrix: NDArray[np.float64]) -> RigidMatrix:
    """A matrix of shape (4, 4) as rows of numbers."""
    rows = [(float(a), float(b), float(c), float(d)) for a, b, c, d in matrix]
    return rows[0], rows[1], rows[2], rows[3]
