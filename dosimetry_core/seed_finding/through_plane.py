"""Where a seed lies across slices, and how it tilts, averaged over all that the image allows.

A seed that lies within one thick slice looks the same wherever in the slice it lies. The best fit
is then an accident; the mean over all positions and tilts, weighted by how well each explains the
voxels, has the least expected error.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_finding._compiled import compiled
from dosimetry_core.seed_finding.fit import Patch, with_rods
from dosimetry_core.seed_finding.rod import BLUR, LENGTH, UX, UY, UZ, X, Z, add_rod


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """A rod at its mean place and axis, and how wide the image leaves them open.

    Attributes:
        rod: in the patch's frame, shape (ROD_FIELDS,).
        z_sd_mm: standard deviation of its place across slices.
        tilt_sd: standard deviation of the sine of its tilt out of the slice.
    """

    rod: NDArray[np.float64]
    z_sd_mm: float
    tilt_sd: float


_STEEPEST = 0.97  # sine of the greatest tilt that still has a direction in the slice
_TILTS = 13  # evenly spaced in the sine of the tilt: even on the sphere
_SHIFTS = 15


def settled(patch: Patch, rods: NDArray[np.float64], which: int, background_hu: float) -> Settled:
    """Rod ``which`` of ``rods`` with its mean place across slices and its mean axis."""
    known = with_rods(patch, np.delete(rods, which, axis=0))
    rod = rods[which]
    half = float(patch.spacing_mm[0])
    shifts = np.linspace(-half, half, _SHIFTS)
    if math.hypot(rod[UX], rod[UY]) < 1e-3:
        return Settled(rod, 0.3 * half, 0.2)
    sines = np.linspace(-_STEEPEST, _STEEPEST, _TILTS)
    box, moved = _around(patch, rod)
    fixed = known.fixed[box] + background_hu
    cost = _costs(
        patch.data[box] - fixed,
        patch.use[box],
        patch.ceiling_hu - fixed,
        moved,
        shifts,
        sines,
        patch.spacing_mm,
        patch.scale_hu[box],
    )
    weight = np.exp(-0.5 * (cost - cost.min()))
    weight /= weight.sum()
    flat = rod[UX : UY + 1] / math.hypot(rod[UX], rod[UY])
    level = np.sqrt(1.0 - sines**2)
    axes = np.stack([level * flat[0], level * flat[1], sines], axis=1)
    tensor = (axes * weight.sum(axis=0)[:, None]).T @ axes
    mean = rod.copy()
    mean[UX : UZ + 1] = np.linalg.eigh(tensor)[1][:, -1]
    by_shift, by_tilt = weight.sum(axis=1), weight.sum(axis=0)
    shift, tilt = float(by_shift @ shifts), float(by_tilt @ sines)
    mean[Z] = rod[Z] + shift
    return Settled(
        mean,
        math.sqrt(max(0.0, float(by_shift @ shifts**2) - shift**2)),
        math.sqrt(max(0.0, float(by_tilt @ sines**2) - tilt**2)),
    )


def _around(
    patch: Patch, rod: NDArray[np.float64]
) -> tuple[tuple[slice, ...], NDArray[np.float64]]:
    """The part of the patch that the rod can reach, and the rod in the frame of that part."""
    reach = 0.5 * rod[LENGTH] + 3.0 * rod[BLUR]
    margin = np.array([reach + patch.spacing_mm[0], reach, reach])
    at = rod[X : Z + 1][::-1]
    low = np.maximum(np.floor((at - margin) / patch.spacing_mm), 0).astype(np.int64)
    high = np.ceil((at + margin) / patch.spacing_mm).astype(np.int64) + 1
    moved = rod.copy()
    moved[X : Z + 1] -= (low * patch.spacing_mm)[::-1]
    return tuple(slice(int(a), int(max(b, a + 1))) for a, b in zip(low, high, strict=True)), moved


@compiled
def _costs(
    excess: NDArray[np.float64],
    use: NDArray[np.bool_],
    ceiling: NDArray[np.float64],
    rod: NDArray[np.float64],
    shifts: NDArray[np.float64],
    sines: NDArray[np.float64],
    spacing: NDArray[np.float64],
    scale: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Misfit for each shift along z and each sine of the tilt."""
    costs = np.empty((shifts.size, sines.size))
    field = np.empty((excess.shape[0], excess.shape[1], excess.shape[2], 1))
    level = math.sqrt(rod[UX] ** 2 + rod[UY] ** 2)
    for a in range(shifts.size):
        for b in range(sines.size):
            trial = rod.copy()
            trial[Z] += shifts[a]
            flat = math.sqrt(1.0 - sines[b] ** 2) / level
            trial[UX], trial[UY], trial[UZ] = rod[UX] * flat, rod[UY] * flat, sines[b]
            field[:] = 0.0
            add_rod(field, trial, spacing)
            cost = 0.0
            for k in range(excess.shape[0]):
                for j in range(excess.shape[1]):
                    for i in range(excess.shape[2]):
                        model, seen, top = field[k, j, i, 0], excess[k, j, i], ceiling[k, j, i]
                        if not use[k, j, i] or (seen >= top and model >= top):
                            continue
                        cost += math.log1p(((seen - model) / scale[k, j, i]) ** 2)
            costs[a, b] = cost
    return costs
