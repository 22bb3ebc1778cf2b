"""When a seed counts as migrated, and how sure that is."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


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


def chance_moved(moved_mm: FloatArray, covariance_mm2: FloatArray, limit_mm: float) -> float:
    """How probable it is that a displacement (3,) of covariance (3, 3) is beyond a limit."""
    length = float(np.linalg.norm(moved_mm))
    if length == 0.0:
        return 0.0
    along = moved_mm / length
    return chance_beyond(length, float(along @ covariance_mm2 @ along), limit_mm)


def chance_beyond(length_mm: float, variance_mm2: float, limit_mm: float) -> float:
    """How probable it is that a measured length is truly beyond a limit (normal error)."""
    return 0.5 * math.erfc((limit_mm - length_mm) / math.sqrt(2.0 * variance_mm2))
