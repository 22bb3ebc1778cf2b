"""Normal densities in three dimensions, many at once."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def distance2(delta_mm: FloatArray, covariance_mm2: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Squared Mahalanobis lengths of vectors (p, 3) and the determinants of covariances (p, 3, 3).

    In closed form (adjugate of a symmetric matrix), as thousands of them are needed at a time.
    """
    xx, xy, xz = (covariance_mm2[:, 0, n] for n in range(3))
    yy, yz, zz = covariance_mm2[:, 1, 1], covariance_mm2[:, 1, 2], covariance_mm2[:, 2, 2]
    a, b, c = yy * zz - yz * yz, xz * yz - xy * zz, xy * yz - xz * yy
    d, e, f = xx * zz - xz * xz, xy * xz - xx * yz, xx * yy - xy * xy
    determinant = xx * a + xy * b + xz * c
    x, y, z = delta_mm.T
    square = a * x * x + d * y * y + f * z * z + 2.0 * (b * x * y + c * x * z + e * y * z)
    return square / determinant, determinant


def density(delta_mm: FloatArray, covariance_mm2: FloatArray) -> FloatArray:
    """Densities (p,), 1/mm3, of vectors (p, 3) under normals of covariances (p, 3, 3)."""
    square, determinant = distance2(delta_mm, covariance_mm2)
    return np.exp(-0.5 * square) / np.sqrt((2.0 * np.pi) ** 3 * determinant)
