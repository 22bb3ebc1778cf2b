"""When a seed counts as migrated, and how sure that is."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

FloatArray = NDArray[np.float64]
_TINY_MM = 1e-6


@dataclass(frozen=True, slots=True)
class MigrationLimits:
    """From where on a seed has migrated; the trial's protocol sets both.

    Attributes:
        moved_mm: away from where the others would have carried it since it was first seen.
        outside_mm: outside of every lesion, for a seed that was not so when first seen.

    Raises:
        ValueError: a limit is not above zero.
    """

    moved_mm: float
    outside_mm: float

    def __post_init__(self) -> None:
        for name, limit in (("moved_mm", self.moved_mm), ("outside_mm", self.outside_mm)):
            if not (math.isfinite(limit) and limit > 0.0):
                raise ValueError(f"{name} of the migration limits is above zero, got {limit}")


def chance_moved(moved_mm: FloatArray, covariance_mm2: FloatArray, limit_mm: float) -> FloatArray:
    """How probable it is that displacements (..., 3) are beyond a limit.

    Args:
        moved_mm: shape (..., 3).
        covariance_mm2: shape (..., 3, 3), of the displacements.
        limit_mm: the limit.
    """
    length = np.sqrt((moved_mm**2).sum(axis=-1))
    along = moved_mm / np.maximum(length, _TINY_MM)[..., None]
    variance = (along * (covariance_mm2 @ along[..., None])[..., 0]).sum(axis=-1)
    return chance_beyond(length, np.maximum(variance, _TINY_MM**2), limit_mm)


def chance_beyond(length_mm: FloatArray, variance_mm2: FloatArray, limit_mm: float) -> FloatArray:
    """How probable it is that measured lengths are truly beyond a limit (normal error)."""
    return np.asarray(ndtr((length_mm - limit_mm) / np.sqrt(variance_mm2)), dtype=np.float64)
