"""How much of a structure lies in ice, and by what margin."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.ice.errors import IceError
from dosimetry_core.ice.filters import depth_mm, interpolated, resampled
from dosimetry_core.values import Volume

_STEP_MM = 1.0  # grid on which the distance to the ice surface is computed
_MARGIN_MM = 6.0  # of that grid round the ice; farther off the distance is bounded, not exact


class IceCoverage(NamedTuple):
    """What ice does for one structure.

    Attributes:
        covered_percent: share of the structure's volume inside the ice.
        minimum_margin_mm: least distance outwards from the structure's surface to the ice surface;
            negative where the structure sticks out; NaN without any ice. The steps of the mask
            understate it by up to about 1 mm, and by half a slice along z.
    """

    covered_percent: float
    minimum_margin_mm: float


def ice_coverage(ice: Volume, structure: Volume) -> IceCoverage:
    """Cover of a structure by ice.

    Args:
        ice: a mask (bool or 0/1), on any grid.
        structure: the structure on a grid of its own that holds all of it: a mask (bool), or its
            signed distance (float, mm, positive outside), which gives a smoother surface.

    Raises:
        IceError: the structure is empty or reaches the edge of its grid.
    """
    distance = _signed(structure)
    inside = distance < 0
    if not inside.any():
        raise IceError("the structure has no volume on the grid that was given")
    rim = inside.copy()
    rim[1:-1, 1:-1, 1:-1] = False
    if rim.any():
        raise IceError(
            "the structure reaches the edge of its grid: give a grid that holds all of it, "
            "with at least one voxel around"
        )
    if not np.any(ice.values):
        return IceCoverage(0.0, float("nan"))
    field = _IceField(ice)
    voxel_mm = structure.voxel_volume_mm3 ** (1.0 / 3.0)
    share = np.clip(0.5 - distance / voxel_mm, 0.0, 1.0)
    kji = np.argwhere(share > 0)
    weight = share[tuple(kji.T)]
    depth = field.depth_mm(structure.to_patient_mm(kji.astype(np.float64)))
    frozen = np.clip(0.5 + depth / voxel_mm, 0.0, 1.0)
    margin = field.depth_mm(structure.to_patient_mm(_surface_kji(distance)))
    return IceCoverage(100.0 * float((weight * frozen).sum() / weight.sum()), float(margin.min()))


def _signed(structure: Volume) -> NDArray[np.float64]:
    values = structure.values
    if values.dtype == np.bool_ or np.issubdtype(values.dtype, np.integer):
        voxel_mm = structure.voxel_volume_mm3 ** (1.0 / 3.0)
        return (0.5 - (values != 0)) * voxel_mm
    return values.astype(np.float64)


def _surface_kji(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where the distance crosses zero between neighbouring voxels: fractional indices (n, 3)."""
    points: list[NDArray[np.float64]] = []
    for axis in range(3):
        turned = np.moveaxis(distance, axis, 0)
        here, there = np.moveaxis(turned[:-1], 0, axis), np.moveaxis(turned[1:], 0, axis)
        crossing = np.argwhere((here < 0) != (there < 0))
        at = tuple(crossing.T)
        found = crossing.astype(np.float64)
        found[:, axis] += here[at] / (here[at] - there[at])
        points.append(found)
    return np.concatenate(points)


class _IceField:
    """Depth below the ice surface, mm, negative outside, sampled between voxels."""

    def __init__(self, ice: Volume) -> None:
        mask = ice.values != 0
        spacing = np.array(ice.spacing_mm)
        occupied = np.argwhere(mask)
        pad = np.ceil(_MARGIN_MM / spacing).astype(int)
        low, high = occupied.min(axis=0) - pad, occupied.max(axis=0) + pad
        self._ice = ice
        self._low = low.astype(np.float64)
        self._fine = spacing / _STEP_MM
        shape = np.ceil((high - low) * self._fine).astype(int) + 1
        scale = np.diag(1.0 / self._fine)
        soft = resampled(mask.astype(np.float32), scale, self._low, tuple(shape), 0.0)
        frozen = soft >= 0.5
        step = np.full(3, _STEP_MM)
        outside, inside = depth_mm(~frozen, step), depth_mm(frozen, step)
        self._depth = np.where(frozen, inside - 0.5 * _STEP_MM, 0.5 * _STEP_MM - outside)

    def depth_mm(self, xyz_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Depth at points (n, 3). Beyond the field: the edge's, less the way to it."""
        fine = (self._ice.to_index(xyz_mm) - self._low) * self._fine
        last = np.array(self._depth.shape) - 1.0
        held = np.clip(fine, 0.0, last)
        depth = interpolated(self._depth, held)
        return depth - np.linalg.norm(fine - held, axis=1) * _STEP_MM
