"""The same place in two scans: what a scan before freezing shows on the grid of a scan now."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.ice.filters import Bools, Floats, blurred, resampled, slope, spread
from dosimetry_core.values import Volume

_METAL_HU = 700.0  # probes, needles and seeds; dense bone does not freeze visibly either
_PARTLY_METAL_HU = 250.0  # beside metal, in the next of thick slices
_THICK_MM = 3.0  # slices that metal does not spoil from the next one
_EMPTY_HU = -250.0  # lung and gas: freezing is not a fall there
METAL_REACH_MM = 2.0  # blur and streaks right beside metal
_MATCH_MM = 2.0  # blur at which the two scans are laid over each other
_ROUNDS = 6
_OUTLIER_HU = 40.0
_MOSTLY_TISSUE = 0.7
_ENOUGH_VOXELS = 1000
_LONGEST_STEP_MM = 3.0
_FARTHEST_MM = 8.0
_SETTLED_MM, _NEARLY_SETTLED_MM = 0.05, 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Two scans on one grid.

    Attributes:
        fall_hu: baseline less scan, shape (k, j, i); meaningless where not ``valid``.
        valid: where both scans show soft tissue.
        affine: of the grid.
        shift_mm: length of the displacement that was taken out between the two.
        settled: whether the two agree on that displacement; none is taken out where not.
    """

    fall_hu: Floats
    valid: Bools
    affine: NDArray[np.float64]
    shift_mm: float
    settled: bool = True

    @property
    def spacing_mm(self) -> NDArray[np.float64]:
        """Pitch along (k, j, i)."""
        return np.linalg.norm(self.affine[:3, :3], axis=0)[::-1]


def compare(scan: Volume, baseline: Volume) -> Comparison:
    """Lay ``baseline`` over ``scan``, by their affines and by the small shift that fits best."""
    found = _best_shift_mm(_coarse(scan), baseline)
    shift = np.zeros(3) if found is None else found
    now = np.asarray(scan.values, dtype=np.float32)
    before = _resampled(baseline, scan, shift)
    spacing = np.array(scan.spacing_mm)
    valid = tissue(now, spacing) & tissue(before, spacing)
    length = float(np.linalg.norm(shift))
    return Comparison(before - now, valid, scan.affine, length, found is not None)


def _coarse(scan: Volume) -> Volume:
    """Every n-th voxel: what is blurred to match needs no more."""
    step = np.maximum(1, np.floor(_MATCH_MM / np.array(scan.spacing_mm))).astype(int)
    affine = scan.affine.copy()
    affine[:3, :3] *= step[::-1]
    return Volume(scan.values[:: step[0], :: step[1], :: step[2]], affine)


def _best_shift_mm(scan: Volume, baseline: Volume) -> NDArray[np.float64] | None:
    """Shift along the scan's (k, j, i); None where the scans do not settle on one."""
    now = np.asarray(scan.values, dtype=np.float32)
    spacing = np.array(scan.spacing_mm)
    here = tissue(now, spacing)
    shift, left_mm = np.zeros(3), 0.0
    for _ in range(_ROUNDS):
        before = _resampled(baseline, scan, shift)
        step = _best_step(now, before, here & tissue(before, spacing), spacing)
        shift = shift + step
        left_mm = float(np.linalg.norm(step))
        if np.linalg.norm(shift) > _FARTHEST_MM:
            return None
        if left_mm < _SETTLED_MM:
            break
    if left_mm > _NEARLY_SETTLED_MM:
        return None
    return shift if np.linalg.norm(shift) >= _SETTLED_MM else np.zeros(3)


def overlap(scan: Volume, baseline: Volume) -> float:
    """Share of the scan's voxels (every fourth is asked) that lie inside the baseline."""
    coarse = tuple((n + 3) // 4 for n in scan.values.shape)
    grid = 4.0 * np.moveaxis(np.indices(coarse, dtype=np.float64), 0, -1).reshape(-1, 3)
    kji = baseline.to_index(scan.to_patient_mm(grid))
    last = np.array(baseline.values.shape, dtype=np.float64) - 0.5
    inside: Bools = np.all((kji >= -0.5) & (kji <= last), axis=1)
    return float(inside.mean())


def _resampled(baseline: Volume, scan: Volume, shift_kji_mm: NDArray[np.float64]) -> Floats:
    """The baseline on the scan's grid, linear; NaN outside it."""
    values = np.asarray(baseline.values, dtype=np.float32)
    ijk = np.linalg.inv(baseline.affine) @ scan.affine
    matrix = ijk[:3, :3][::-1, ::-1]
    offset = ijk[:3, 3][::-1] + matrix @ (shift_kji_mm / np.array(scan.spacing_mm))
    same = np.allclose(matrix, np.eye(3), atol=1e-6) and np.allclose(offset, 0.0, atol=1e-4)
    if same and values.shape == scan.values.shape:
        return values
    return resampled(values, matrix, offset, scan.values.shape, np.nan)


def tissue(hu: Floats, spacing: NDArray[np.float64]) -> Bools:
    """Voxels that are inside the scan, neither metal nor beside it, nor lung nor gas."""
    return (hu > _EMPTY_HU) & away_from_metal(hu, spacing)


def away_from_metal(hu: Floats, spacing: NDArray[np.float64]) -> Bools:
    """Voxels that are inside the scan, neither metal nor beside it."""
    usable = np.isfinite(hu)
    metal = hu > _METAL_HU
    if not metal.any():
        return usable
    reach = np.maximum(1, np.round(METAL_REACH_MM / spacing)).astype(np.int64)
    beside = spread(metal, reach)
    if spacing[0] <= _THICK_MM:
        return usable & ~beside
    in_its_slice = spread(metal, np.array([0, *reach[1:]]))
    partly = spread(beside & (hu > _PARTLY_METAL_HU), np.array([0, 1, 1]))
    return usable & ~in_its_slice & ~partly


def _best_step(
    now: Floats, before: Floats, tissue: Bools, spacing: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Shift (k, j, i) mm of the baseline that lowers the difference, one Gauss-Newton step.

    Ice is an outlier here: a voxel loses its say as its difference grows.
    """
    sigma = _MATCH_MM / spacing
    weight = blurred(tissue.astype(np.float32), sigma)
    use = weight > _MOSTLY_TISSUE
    if min(now.shape) < 3 or use.sum() < _ENOUGH_VOXELS:
        return np.zeros(3)
    scale = np.maximum(weight, np.float32(0.01)).astype(np.float32)
    smooth_now = blurred(np.where(tissue, now, np.float32(0)), sigma) / scale
    smooth_before = blurred(np.where(tissue, before, np.float32(0)), sigma) / scale
    slopes = np.stack(
        [slope(smooth_before, axis)[use] / spacing[axis] for axis in range(3)], axis=1
    ).astype(np.float64)
    residual = (smooth_now - smooth_before)[use].astype(np.float64)
    residual -= np.median(residual)
    trust = 1.0 / (1.0 + (residual / _OUTLIER_HU) ** 2) ** 2
    normal = (slopes * trust[:, None]).T @ slopes
    normal += np.eye(3) * 1e-6 * max(1.0, float(np.trace(normal)))
    step = np.linalg.solve(normal, (slopes * trust[:, None]).T @ residual).astype(np.float64)
    length = float(np.linalg.norm(step))
    return step if length <= _LONGEST_STEP_MM else step * (_LONGEST_STEP_MM / length)
