"""Where a seed lies across slices, and how it tilts, averaged over all that the image allows.

A seed that lies within one thick slice looks the same wherever in the slice it lies. The best fit
is then an accident; the mean over all positions and tilts, weighted by how well each explains the
voxels, has the least expected error.
"""

import math

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_finding._compiled import compiled
from dosimetry_core.seed_finding.fit import Patch, with_rods
from dosimetry_core.seed_finding.rod import UX, UY, UZ, Z, add_rod

_STEEPEST = 0.97  # sine of the greatest tilt that still has a direction in the slice
_TILTS = 13  # evenly spaced in the sine of the tilt: even on the sphere
_SHIFTS = 15


def settled(
    patch: Patch, rods: NDArray[np.float64], which: int, background_hu: float
) -> NDArray[np.float64]:
    """Rod ``which`` of ``rods`` with its mean place across slices and its mean axis."""
    known = with_rods(patch, np.delete(rods, which, axis=0))
    rod = rods[which]
    half = float(patch.spacing_mm[0])
    shifts = np.linspace(-half, half, _SHIFTS)
    if math.hypot(rod[UX], rod[UY]) < 1e-3:
        return rod
    sines = np.linspace(-_STEEPEST, _STEEPEST, _TILTS)
    cost = _costs(
        patch.data - background_hu - known.fixed,
        patch.use,
        patch.ceiling_hu - background_hu - known.fixed,
        rod,
        shifts,
        sines,
        patch.spacing_mm,
        patch.scale_hu,
    )
    weight = np.exp(-0.5 * (cost - cost.min()))
    weight /= weight.sum()
    flat = rod[UX : UY + 1] / math.hypot(rod[UX], rod[UY])
    level = np.sqrt(1.0 - sines**2)
    axes = np.stack([level * flat[0], level * flat[1], sines], axis=1)
    tensor = (axes * weight.sum(axis=0)[:, None]).T @ axes
    mean = rod.copy()
    mean[UX : UZ + 1] = np.linalg.eigh(tensor)[1][:, -1]
    mean[Z] = rod[Z] + float(weight.sum(axis=1) @ shifts)
    return mean


@compiled
def _costs(
    excess: NDArray[np.float64],
    use: NDArray[np.bool_],
    ceiling: NDArray[np.float64],
    rod: NDArray[np.float64],
    shifts: NDArray[np.float64],
    sines: NDArray[np.float64],
    spacing: NDArray[np.float64],
    scale: float,
) -> NDArray[np.float64]:
    """Misfit for each shift along z and each sine of the tilt."""
    costs = np.empty((shifts.size, sines.size))
    field = np.empty((1, excess.shape[0], excess.shape[1], excess.shape[2]))
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
                        model, seen, top = field[0, k, j, i], excess[k, j, i], ceiling[k, j, i]
                        if not use[k, j, i] or (seen >= top and model >= top):
                            continue
                        cost += math.log1p(((seen - model) / scale) ** 2)
            costs[a, b] = cost
    return costs
