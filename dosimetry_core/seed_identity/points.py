"""Seeds as arrays, as the matching takes them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """One side of a matching.

    Attributes:
        center_mm: shape (n, 3), LPS mm.
        covariance_mm2: shape (n, 3, 3), of the centres.
        axis: shape (n, 3), unit vectors, LPS; zeros where the axis is not known.
        chance: shape (n,); how probable it is that there is a seed at all.
        group: shape (n,); which strand or needle shares its motion, -1 for none.
        gap_mm: shape (n, n); distances that a strand holds between its seeds, NaN where none does.
    """

    center_mm: FloatArray
    covariance_mm2: FloatArray
    axis: FloatArray
    chance: FloatArray
    group: IntArray
    gap_mm: FloatArray

    def __len__(self) -> int:
        return len(self.center_mm)


def free_points(
    center_mm: FloatArray, covariance_mm2: FloatArray, axis: FloatArray, chance: FloatArray
) -> Points:
    """Seeds of no strand and no needle."""
    count = len(center_mm)
    return Points(
        center_mm=center_mm,
        covariance_mm2=covariance_mm2,
        axis=axis,
        chance=chance,
        group=np.full(count, -1, dtype=np.intp),
        gap_mm=np.full((count, count), np.nan),
    )


def group_numbers(names: Sequence[str]) -> IntArray:
    """A number for each name, in the order in which they come; -1 for an empty one."""
    known = {name: n for n, name in enumerate(dict.fromkeys(name for name in names if name))}
    return np.array([known.get(name, -1) for name in names], dtype=np.intp)
