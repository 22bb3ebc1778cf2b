# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Typed in-plane blur."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

_Float = TypeVar("_Float", np.float32, np.float64)


def blurred_in_plane(
    values: NDArray[_Float], row_sigma: float, column_sigma: float
) -> NDArray[_Float]:
    """Each slice of ``values`` [k, j, i] after a Gaussian; sigmas along j and i in voxels."""
    out = np.empty_like(values)
    gaussian_filter(values, (0.0, row_sigma, column_sigma), output=out)
    return out
