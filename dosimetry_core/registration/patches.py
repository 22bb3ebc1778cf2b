"""A region of a CT made ready to be registered: even voxels, limited HU, and what may be used."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.registration.errors import RegistrationError
from dosimetry_core.registration.filters import (
    Bools,
    Floats,
    largest_region,
    opened,
    resampled,
    resampled_flagged,
    spread,
    without_holes,
)
from dosimetry_core.registration.matrices import corners
from dosimetry_core.values import Volume

VOXEL_MM = 2.0
"""Of all that is registered, along x, y and z alike."""

LOW_HU, HIGH_HU = -200.0, 300.0
"""Lung and gas below are all alike, and so is dense bone above: tissue's contrast counts."""

_METAL_HU = 1000.0
_METAL_REACH_MM = 3.0
_EMPTY_HU = -1025.0  # padding, never reconstructed
_BODY_HU = -300.0
_BODY_STEP_MM = 4.0
_TABLE_VOXELS = 2  # a table's shell and padding are thinner than five coarse voxels
_LEAST_VOXELS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """Part of a CT on even voxels along LPS x, y and z.

    Attributes:
        values: HU between ``LOW_HU`` and ``HIGH_HU``, shape (k, j, i); metal is painted over.
        usable: inside of the scan and of the body, neither metal nor ice.
        seen: inside of the scan.
        metal: metal and what is right beside it.
        first_mm: LPS of the middle of voxel (0, 0, 0).
        voxel_mm: side of a voxel.
    """

    values: Floats
    usable: Bools
    seen: Bools
    metal: Bools
    first_mm: NDArray[np.float64]
    voxel_mm: float = VOXEL_MM

    @property
    def affine(self) -> NDArray[np.float64]:
        """Of (i, j, k) to LPS mm, shape (4, 4)."""
        return _even_affine(self.first_mm, self.voxel_mm)

    def coarser(self, times: int) -> "Patch":
        """On voxels ``times`` as large, each the mean of what is usable in it."""
        share = _blocks(self.usable, times)
        used = share > 0.5
        total = _blocks(np.where(self.usable, self.values, np.float32(0)), times)
        plain = _blocks(self.values, times)
        return Patch(
            np.divide(total, share, out=plain, where=used),
            used,
            _blocks(self.seen, times) > 0.5,
            _blocks(self.metal, times) > 0.0,
            self.first_mm + self.voxel_mm * (times - 1) / 2.0,
            self.voxel_mm * times,
        )

    def part(self, first: NDArray[np.int64], size: int) -> "Patch":
        """The cube of ``size`` voxels from voxel ``first`` (k, j, i) on, as far as it goes."""
        return self._cut(first, first + size)

    def within(self, center_mm: NDArray[np.float64], half_mm: float) -> "Patch":
        """What lies in a cube round a point, as far as the patch goes."""
        at = (center_mm - self.first_mm)[::-1] / self.voxel_mm
        reach = half_mm / self.voxel_mm
        first = np.clip(np.floor(at - reach).astype(np.int64), 0, None)
        stop = np.clip(np.ceil(at + reach).astype(np.int64) + 1, 0, None)
        return self._cut(first, stop)

    def _cut(self, first: NDArray[np.int64], stop: NDArray[np.int64]) -> "Patch":
        block = tuple(slice(int(a), int(b)) for a, b in zip(first, stop, strict=True))
        return Patch(
            self.values[block],
            self.usable[block],
            self.seen[block],
            self.metal[block],
            self.first_mm + self.voxel_mm * first[::-1],
            self.voxel_mm,
        )


def patch_of(
    volume: Volume, center_mm: NDArray[np.float64], half_mm: float, ice: Volume | None
) -> Patch:
    """Cut a cube out of a CT.

    Args:
        volume: HU on any grid; where it is not finite or padding it is taken as not scanned.
        center_mm: of the cube, LPS.
        half_mm: half of its side.
        ice: a mask (bool or 0/1) on a grid of its own; None if there is none.

    Raises:
        RegistrationError: the CT does not reach into the cube.
    """
    part, highest = _pooled(_cut(volume, center_mm, half_mm))
    hu = part.values
    metal = highest > _METAL_HU
    reach = np.maximum(1, np.round(_METAL_REACH_MM / np.array(part.spacing_mm))).astype(np.int64)
    metal = spread(metal, reach) if metal.any() else metal
    real = np.isfinite(hu) & (hu > _EMPTY_HU)
    limited = np.clip(np.where(real, hu, np.float32(LOW_HU)), LOW_HU, HIGH_HU).astype(np.float32)
    tissue = limited[real & ~metal & (limited > 0.0) & (limited < 200.0)]
    limited[metal] = float(np.median(tissue[::16])) if tissue.size else 0.0

    count = round(2.0 * half_mm / VOXEL_MM) + 1
    first = center_mm - half_mm
    grid = Volume(np.broadcast_to(np.False_, (count, count, count)), _even_affine(first, VOXEL_MM))
    values, (seen, metal_here) = resampled_flagged(
        limited, [(real, 0.99), (metal, 0.01)], *_steps(grid, part.affine), grid.values.shape
    )
    usable = seen & ~metal_here & _body(volume, grid)
    if ice is not None:
        usable &= ~(_onto(grid, (ice.values != 0).astype(np.float32), ice.affine) > 0.01)
    np.copyto(values, np.float32(LOW_HU), where=np.isnan(values))
    return Patch(values, usable, seen, metal_here & seen, first)


def _blocks(values: Floats | Bools, times: int) -> Floats:
    """Means of cubes of voxels; what is left over at the end is dropped."""
    return _reduced(values.astype(np.float32), (times,) * 3, np.add) / np.float32(times**3)


def _reduced(values: Floats, steps: Sequence[int], add: np.ufunc) -> Floats:
    """Blocks of voxels put together by a function, axis by axis."""
    for axis, step in enumerate(steps):
        if step == 1:
            continue
        whole = values.shape[axis] // step * step
        parts = [
            values[tuple(slice(n, whole, step) if a == axis else slice(None) for a in range(3))]
            for n in range(step)
        ]
        values = np.asarray(reduce(add, parts), dtype=np.float32)
    return values


def _cut(volume: Volume, center_mm: NDArray[np.float64], half_mm: float) -> Volume:
    index = volume.to_index(corners(center_mm, half_mm + 2.0 * VOXEL_MM))
    first = np.maximum(np.floor(index.min(axis=0)), 0).astype(int)
    stop = np.minimum(np.ceil(index.max(axis=0)) + 1, volume.values.shape).astype(int)
    if np.any(stop - first < _LEAST_VOXELS):
        place = ", ".join(f"{value:.0f}" for value in center_mm)
        raise RegistrationError(
            f"the CT does not reach into the region round ({place}) mm: choose a lesion that lies "
            "in both scans, or give the right start"
        )
    affine = volume.affine.copy()
    affine[:3, 3] = volume.to_patient_mm(first.astype(np.float64))
    block = tuple(slice(int(a), int(b)) for a, b in zip(first, stop, strict=True))
    return Volume(volume.values[block], affine)


def _pooled(volume: Volume) -> tuple[Volume, Floats]:
    """Means, and greatest values, of as many voxels as fit into one of the even grid."""
    step = [
        min(max(1, int(VOXEL_MM / spacing + 1e-6)), size)
        for spacing, size in zip(volume.spacing_mm, volume.values.shape, strict=True)
    ]
    values = volume.values.astype(np.float32)
    mean = _reduced(values, step, np.add) / np.float32(np.prod(step))
    affine = volume.affine.copy()
    affine[:3, 3] = volume.to_patient_mm((np.array(step, dtype=np.float64) - 1.0) / 2.0)
    affine[:3, :3] *= np.array(step[::-1], dtype=np.float64)
    return Volume(mean, affine), _reduced(values, step, np.maximum)


def _even_affine(first_mm: NDArray[np.float64], voxel_mm: float) -> NDArray[np.float64]:
    affine = np.diag([voxel_mm, voxel_mm, voxel_mm, 1.0])
    affine[:3, 3] = first_mm
    return affine


def _onto(grid: Volume, values: Floats, affine: NDArray[np.float64]) -> Floats:
    """Values of another grid on this one; NaN outside of them."""
    return resampled(values, *_steps(grid, affine), grid.values.shape)


def _steps(
    grid: Volume, affine: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What takes an index (k, j, i) of a grid to one of another: matrix (3, 3) and offset."""
    ijk = np.linalg.inv(affine) @ grid.affine
    return ijk[:3, :3][::-1, ::-1], ijk[:3, 3][::-1]


def _body(volume: Volume, grid: Volume) -> Bools:
    """The body with its cavities, without table and the air round it.

    It is found in all of the CT, since a part may hold more of the table than of the body.
    """
    step = [max(1, int(_BODY_STEP_MM / spacing)) for spacing in volume.spacing_mm]
    coarse = volume.values[:: step[0], :: step[1], :: step[2]]
    affine = volume.affine.copy()
    affine[:3, :3] *= np.array(step[::-1], dtype=np.float64)
    solid = np.isfinite(coarse) & (coarse > _BODY_HU)
    body = without_holes(largest_region(opened(solid, _TABLE_VOXELS)))
    # What opening rounded off is given back.
    spacing = np.array(volume.spacing_mm) * step
    body = spread(body, np.floor(spacing.max() / spacing).astype(np.int64)) & (solid | body)
    # The scan's ends cut the body off: half a voxel beyond its outer slices belongs to it.
    found = _onto(grid, np.pad(body, 1, mode="edge").astype(np.float32), _padded(affine))
    return np.asarray(found > 0.5, dtype=np.bool_)


def _padded(affine: NDArray[np.float64]) -> NDArray[np.float64]:
    wider = affine.copy()
    wider[:3, 3] -= affine[:3, :3].sum(axis=1)
    return wider
