"""NumPy's and SciPy's linear algebra and assignment with the types of what they give back."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]


def inverse_of(matrices: FloatArray) -> FloatArray:
    """Inverses of matrices (..., n, n)."""
    return np.asarray(np.linalg.inv(matrices), dtype=np.float64)


def solution_of(matrices: FloatArray, vectors: FloatArray) -> FloatArray:
    """Solutions (k, n) of k systems, matrices (k, n, n) and right sides (k, n)."""
    return np.asarray(np.linalg.solve(matrices, vectors[..., None])[..., 0], dtype=np.float64)


def summed(subscripts: str, *arrays: FloatArray) -> FloatArray:
    """Einstein's sum."""
    return np.asarray(np.einsum(subscripts, *arrays), dtype=np.float64)


def best_assignment(gain: FloatArray) -> tuple[IntArray, IntArray]:
    """Rows and columns of the one-to-one assignment with the greatest sum."""
    rows, columns = linear_sum_assignment(gain, maximize=True)
    return np.asarray(rows, dtype=np.intp), np.asarray(columns, dtype=np.intp)
