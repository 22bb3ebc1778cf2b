"""Where the dose at a point comes from: any function of points, or a grid."""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.tg43 import ImplantedSources
from dosimetry_core.values import Volume

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

DoseFunction = Callable[[FloatArray], FloatArray]
"""Dose (p,) in Gy at points (p, 3) in LPS mm."""

MM_PER_CM = 10.0
EDGE_VOXELS = 1e-6
"""Slack of a grid's ends, for rounding."""


class OutsideDoseError(ValueError):
    """A structure is not wholly where the dose is known.

    Attributes:
        outside: which of the points asked for are outside, shape (p,).
    """

    def __init__(self, message: str, outside: BoolArray) -> None:
        super().__init__(message)
        self.outside = outside


class DosePoints(Protocol):
    """Dose at points that may be asked for again."""

    @property
    def peaks_mm(self) -> FloatArray:
        """Lines along which the dose has narrow peaks, the middles of seeds, shape (n, 2, 3)."""
        ...

    def kept(self, key: str, ids: IntArray, points_mm: FloatArray) -> FloatArray:
        """Dose (n, m), Gy, of items ``ids`` (n,), each with its points (n, m, 3).

        The same id under the same key always has the same points.
        """
        ...

    def once(self, points_mm: FloatArray) -> FloatArray:
        """Dose (p,), Gy, at points (p, 3)."""
        ...


class EvaluatedDose:
    """``DosePoints`` that evaluates a function for every point."""

    def __init__(self, dose_function: DoseFunction, peaks_mm: FloatArray | None = None) -> None:
        self._dose_function = dose_function
        self._peaks_mm = np.empty((0, 2, 3)) if peaks_mm is None else peaks_mm

    @property
    def peaks_mm(self) -> FloatArray:
        """See ``DosePoints``."""
        return self._peaks_mm

    def kept(self, key: str, ids: IntArray, points_mm: FloatArray) -> FloatArray:
        """See ``DosePoints``."""
        del key, ids
        return self.once(points_mm.reshape(-1, 3)).reshape(points_mm.shape[:2])

    def once(self, points_mm: FloatArray) -> FloatArray:
        """See ``DosePoints``.

        Raises:
            ValueError: a dose is not a finite number.
        """
        dose = self._dose_function(points_mm)
        if not np.isfinite(dose).all():
            raise ValueError("a dose is not a finite number")
        return dose


def seed_lines_mm(implant: Sequence[ImplantedSources]) -> FloatArray:
    """The active lines of all seeds, shape (n, 2, 3): where their dose peaks.

    Of seeds without an axis, whose dose is that of a point, both ends are the centre.
    """
    lines: list[FloatArray] = []
    for sources in implant:
        ends = np.repeat(sources.centers_mm[:, None, :], 2, axis=1)
        if sources.axes is not None:
            half = MM_PER_CM / 2.0 * sources.model.active_length_cm * sources.axes
            ends += np.array([[-1.0], [1.0]]) * half[:, None, :]
        lines.append(ends)
    return np.concatenate(lines) if lines else np.empty((0, 2, 3))


def dose_in_volume(volume: Volume) -> DoseFunction:
    """The dose between the voxel centres of a grid, by trilinear interpolation.

    Args:
        volume: dose, Gy, as of an RTDOSE.

    Returns:
        A function that raises ``OutsideDoseError`` for points beyond the outermost voxel centres:
        nothing is known there, and zero would be wrong.
    """
    values = np.asarray(volume.values, dtype=np.float64)
    last = np.array(values.shape) - 1

    def dose_gy(points_mm: FloatArray) -> FloatArray:
        index = volume.to_index(points_mm)
        beyond = (index < -EDGE_VOXELS) | (index > last + EDGE_VOXELS)
        outside = beyond[:, 0] | beyond[:, 1] | beyond[:, 2]
        if outside.any():
            raise OutsideDoseError(
                f"{outside.sum()} of {outside.size} points lie outside of the dose grid", outside
            )
        index = np.clip(index, 0.0, last)
        low = np.minimum(index.astype(np.intp), np.maximum(last - 1, 0))
        part = index - low
        dose = np.zeros(index.shape[0])
        for corner in np.ndindex(2, 2, 2):
            weight = np.where(np.array(corner) == 1, part, 1.0 - part).prod(axis=1)
            k, j, i = np.minimum(low + np.array(corner), last).T
            dose += weight * values[k, j, i]
        return dose

    return dose_gy
