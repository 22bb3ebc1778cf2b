"""The scan as a registration lays it over the planning CT."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.registration.deformation import Deformation
from dosimetry_core.registration.filters import Bools, Floats, blurred, resampled, sampled
from dosimetry_core.registration.patches import LOW_HU, Patch

_MOSTLY = 0.7
_BLUR = 1.0
_LEAST_VOXELS = 500


@dataclass(frozen=True, slots=True, eq=False)
class Carried:
    """The scan on the voxels of the planning CT's patch.

    Attributes:
        values: limited HU.
        usable: tissue there.
        seen: inside of the scan's field there.
        metal: metal there, or right beside it.
    """

    values: Floats
    usable: Bools
    seen: Bools
    metal: Bools


def carried_by(
    fixed: Patch,
    moving: Patch,
    matrix: NDArray[np.float64],
    deformation: Deformation | None = None,
) -> Carried:
    """Sample the scan where a rigid matrix (4, 4) takes the planning CT's voxels, LPS mm."""
    ijk = np.linalg.inv(moving.affine) @ matrix @ fixed.affine
    linear, offset = ijk[:3, :3][::-1, ::-1], ijk[:3, 3][::-1]
    shape = fixed.values.shape
    at: NDArray[np.float32] | None = None
    if deformation is not None:
        kji = np.moveaxis(np.indices(shape, dtype=np.float32), 0, -1)
        points = fixed.first_mm + fixed.voxel_mm * kji[..., ::-1]
        moved_by = (deformation.displaced(points) - points)[..., ::-1] / fixed.voxel_mm
        at = ((kji + moved_by) @ linear.T + offset).astype(np.float32)

    def sample(values: Floats) -> Floats:
        return resampled(values, linear, offset, shape) if at is None else sampled(values, at)

    values = sample(moving.values)
    return Carried(
        np.where(np.isfinite(values), values, np.float32(LOW_HU)).astype(np.float32),
        sample(moving.usable.astype(np.float32)) > _MOSTLY,
        sample(moving.seen.astype(np.float32)) > _MOSTLY,
        sample(moving.metal.astype(np.float32)) > 1.0 - _MOSTLY,
    )


def correlation(fixed: Patch, carried: Carried) -> float:
    """Correlation of lightly blurred HU where both are tissue; NaN with too little of it."""
    both = fixed.usable & carried.usable
    if both.sum() < _LEAST_VOXELS:
        return float("nan")
    one = blurred(fixed.values, _BLUR)[both].astype(np.float64)
    other = blurred(carried.values, _BLUR)[both].astype(np.float64)
    spread = float(one.std() * other.std())
    if spread <= 0.0:
        return float("nan")
    return float(((one - one.mean()) * (other - other.mean())).mean() / spread)
