"""Cryoprobes as they lie in a scan."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.ice.errors import IceError
from dosimetry_core.ice.filters import interpolated
from dosimetry_core.values import Vector, Volume

_FREEZING_MM = 24.0  # part of the shaft behind the tip round which ice forms
_MIDDLE_MM = 8.0  # behind the tip: well inside of any ice there
_SEEN_MM = (3.0, 30.0)  # behind the tip, where the metal tells the shaft's side
_METAL_EXCESS_HU = 200.0  # more than ice, fat or bone makes on the way

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Probes:
    """The probes whose tips are in a scan.

    Attributes:
        tips_mm: shape (n, 3), LPS.
        backwards: unit vectors from the tips along the shafts, (n, 3); None where no axis is known.
        outside: how many more there are whose tips are not in the scan.
    """

    tips_mm: FloatArray
    backwards: FloatArray | None
    outside: int

    @property
    def middles_mm(self) -> FloatArray:
        """Of the freezing parts; the tips where no axis is known."""
        if self.backwards is None:
            return self.tips_mm
        return self.tips_mm + _MIDDLE_MM * self.backwards

    def away_mm(self, part: Volume) -> FloatArray:
        """Distance of each voxel of a volume to the nearest freezing part."""
        nearest: FloatArray = np.full(part.values.shape, np.inf)
        for n, tip in enumerate(self.tips_mm):
            square: FloatArray = np.zeros(part.values.shape)
            for axis in np.eye(3):
                square += _along(part, tip, axis) ** 2
            if self.backwards is not None:
                behind = _along(part, tip, self.backwards[n])
                held = np.clip(behind, 0.0, _FREEZING_MM)
                square += held * (held - 2.0 * behind)
            np.minimum(nearest, square, out=nearest)
        return np.sqrt(np.maximum(nearest, 0.0))


def _along(part: Volume, tip_mm: FloatArray, direction: FloatArray) -> FloatArray:
    """How far each voxel lies from a tip along a direction, shape (k, j, i)."""
    start = float((part.affine[:3, 3] - tip_mm) @ direction)
    steps: list[FloatArray] = [
        float(part.affine[:3, n] @ direction)
        * np.arange(part.values.shape[2 - n], dtype=np.float64)
        for n in range(3)
    ]
    i, j, k = steps
    return start + k[:, None, None] + j[:, None] + i


def probes_in(scan: Volume, tips_mm: Sequence[Vector], axes: Sequence[Vector]) -> Probes:
    """The probes that are in the scan, and to which side of its tip each shaft lies.

    An axis may point either way: the shaft is on the side that shows metal, and on the side that
    the axis comes from where neither does.

    Raises:
        IceError: not one axis for each tip, an axis of no length, or no tip in the scan.
    """
    if len(axes) not in (0, len(tips_mm)):
        raise IceError(f"{len(tips_mm)} probe tips have {len(axes)} axes: give one each, or none")
    points = np.array(tips_mm, dtype=np.float64).reshape(-1, 3)
    if not len(points):
        return Probes(points, None, 0)
    kji = scan.to_index(points)
    inside = np.all((kji >= -0.5) & (kji <= np.array(scan.values.shape) - 0.5), axis=1)
    if not inside.any():
        raise IceError(
            f"none of the {len(points)} probe tips is inside the scan: "
            f"give tips in the scan's patient coordinates (LPS, mm)"
        )
    tips = points[inside]
    outside = len(points) - len(tips)
    if not len(axes):
        return Probes(tips, None, outside)
    given = np.array(axes, dtype=np.float64).reshape(-1, 3)
    length = np.linalg.norm(given, axis=1)
    if not np.all(np.isfinite(length) & (length > 0)):
        raise IceError("a probe's axis has no length: give a direction along the shaft")
    back = -(given / length[:, None])[inside]
    turned = [
        _mean_hu(scan, tip, -one) > _mean_hu(scan, tip, one) + _METAL_EXCESS_HU
        for tip, one in zip(tips, back, strict=True)
    ]
    back[np.array(turned)] *= -1.0
    return Probes(tips, back, outside)


def _mean_hu(scan: Volume, tip: FloatArray, direction: FloatArray) -> float:
    """Mean HU along a ray from a tip."""
    reach = np.arange(*_SEEN_MM, 1.0)
    kji = scan.to_index(tip + reach[:, None] * direction)
    low = np.maximum(np.floor(kji.min(axis=0)).astype(int) - 1, 0)
    high = np.minimum(np.ceil(kji.max(axis=0)).astype(int) + 2, scan.values.shape)
    if np.any(high <= low):
        return -np.inf
    box = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    return float(interpolated(scan.values[box].astype(np.float64), kji - low).mean())
