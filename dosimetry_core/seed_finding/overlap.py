"""Two seeds cannot be in the same place."""

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_finding.rod import UX, UZ, X, Z

_APART_MM = 0.5  # of two capsules of 0.8 mm: the fit may err by the rest
_PARALLEL = 0.87  # cosine
_END_TO_END_MM = 3.8  # of 4.5: the ends' own error


def overlapping(rods: NDArray[np.float64], squeeze: float) -> NDArray[np.bool_]:
    """Which of the rods (n, ROD_FIELDS) have a capsule inside that of another.

    ``squeeze`` shortens differences along z as far as thick slices leave z in doubt.
    """
    scale = np.array([1.0, 1.0, squeeze])
    return np.array(
        [
            any(_overlap(rod, other, scale) for other in np.delete(rods, n, axis=0))
            for n, rod in enumerate(rods)
        ],
        dtype=np.bool_,
    )


def _overlap(
    rod: NDArray[np.float64], other: NDArray[np.float64], scale: NDArray[np.float64]
) -> bool:
    axis = rod[UX : UZ + 1]
    gap = (other[X : Z + 1] - rod[X : Z + 1]) * scale
    if abs(float(axis @ other[UX : UZ + 1])) < _PARALLEL:
        return float(np.linalg.norm(gap)) < _APART_MM
    along = float(gap @ axis)
    aside = float(np.linalg.norm(gap - along * axis))
    return abs(along) < _END_TO_END_MM and aside < _APART_MM
