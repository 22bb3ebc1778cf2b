"""The scan as a registration lays it over the planning CT."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.registration.deformation import Deformation
from dosimetry_core.registration.filters import (
    Bools,
    Floats,
    blurred,
    resampled_flagged,
    sampled,
)
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
    masks = [(moving.usable, _MOSTLY), (moving.seen, _MOSTLY), (moving.metal, 1.0 - _MOSTLY)]
    if deformation is None:
        values, found = resampled_flagged(moving.values, masks, linear, offset, fixed.values.shape)
    else:
        at = _bent_indices(fixed, deformation) @ linear.T + offset
        values = sampled(moving.values, at)
        found = [sampled(mask.astype(np.float32), at) > limit for mask, limit in masks]
    np.copyto(values, np.float32(LOW_HU), where=np.isnan(values))
    return Carried(values, *found)


def _bent_indices(fixed: Patch, deformation: Deformation) -> NDArray[np.float64]:
    """Indices (..., 3), (k, j, i), of where each voxel's middle is displaced to."""
    kji = np.moveaxis(np.indices(fixed.values.shape, dtype=np.float32), 0, -1)
    points = fixed.first_mm + fixed.voxel_mm * kji[..., ::-1]
    return kji + (deformation.displaced(points) - points)[..., ::-1] / fixed.voxel_mm


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
