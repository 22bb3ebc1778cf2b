"""The compiled least-squares fit of blurred rods to voxels.

Levenberg-Marquardt on a Cauchy cost, so that streaks beside the metal do not pull. A voxel at the
top of the HU scale is censored: it says "at least this much" (a tobit likelihood). Arguments are as
in ``fit.Patch`` and ``fit.Prior.as_array``.
"""

import math

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_finding._compiled import compiled
from dosimetry_core.seed_finding.rod import BLUR, FREE, LENGTH, MASS, UX, UY, X, Z, add_rod, moved

_KIN = 0.3  # of the greatest curvature among places, and among tilts
_SETTLED = 1e-3  # relative gain below which a step is the last
_GREAT = 1e200  # of a product of what has a logarithm to be added: one logarithm for many voxels


@compiled
def _normal_equations(
    data: NDArray[np.float64],
    fixed: NDArray[np.float64],
    use: NDArray[np.bool_],
    rods: NDArray[np.float64],
    background: float,
    spacing: NDArray[np.float64],
    ceiling: float,
    scale: NDArray[np.float64],
    prior: NDArray[np.float64],
    fields: NDArray[np.float64],
    hessian: NDArray[np.float64],
    gradient: NDArray[np.float64],
) -> float:
    """Cost, with its Gauss-Newton equations; the background is the last unknown."""
    count = rods.shape[0]
    size = count * FREE + 1
    last = size - 1
    fields[:] = 0.0
    hessian[:] = 0.0
    gradient[:] = 0.0
    for r in range(count):
        add_rod(fields[r], rods[r], spacing)
    cost, product = 0.0, 1.0
    here = np.empty(count, np.int64)
    for k in range(data.shape[0]):
        for j in range(data.shape[1]):
            for i in range(data.shape[2]):
                if not use[k, j, i]:
                    continue
                model = background + fixed[k, j, i]
                reaching = 0
                for r in range(count):
                    excess = fields[r, k, j, i, 0]
                    if excess != 0.0:
                        model += excess
                        here[reaching] = r
                        reaching += 1
                seen = data[k, j, i]
                if seen >= ceiling and model >= ceiling:
                    continue
                doubt = scale[k, j, i]
                square = ((seen - model) / doubt) ** 2
                product *= 1.0 + square
                if product > _GREAT:
                    cost += math.log(product)
                    product = 1.0
                weight = 1.0 / ((1.0 + square) * doubt * doubt)
                residual = weight * (seen - model)
                hessian[last, last] += weight
                gradient[last] += residual
                _add_voxel(fields, (k, j, i), here, reaching, weight, residual, hessian, gradient)
    cost += math.log(product) + _add_priors(rods, prior, hessian, gradient)
    for a in range(size):
        for b in range(a):
            hessian[b, a] = hessian[a, b]
    return cost


@compiled
def _add_voxel(
    fields: NDArray[np.float64],
    kji: tuple[int, int, int],
    here: NDArray[np.int64],
    reaching: int,
    weight: float,
    residual: float,
    hessian: NDArray[np.float64],
    gradient: NDArray[np.float64],
) -> None:
    """Add what one voxel says of the rods that reach it, the first ``reaching`` of ``here``."""
    k, j, i = kji
    last = gradient.size - 1
    for m in range(reaching):
        one, first = fields[here[m], k, j, i], here[m] * FREE
        for a in range(FREE):
            gradient[first + a] += residual * one[1 + a]
            hessian[last, first + a] += weight * one[1 + a]
        for q in range(m + 1):
            other, begin = fields[here[q], k, j, i], here[q] * FREE
            for a in range(FREE):
                slope = weight * one[1 + a]
                for b in range(FREE):
                    hessian[first + a, begin + b] += slope * other[1 + b]


@compiled
def _add_priors(
    rods: NDArray[np.float64],
    prior: NDArray[np.float64],
    hessian: NDArray[np.float64],
    gradient: NDArray[np.float64],
) -> float:
    cost = 0.0
    for r in range(rods.shape[0]):
        for m in range(3):
            at = r * FREE + (0, 6, 7)[m]
            value = (math.log(rods[r, MASS]), rods[r, LENGTH], math.log(rods[r, BLUR]))[m]
            off = (prior[r, m, 0] - value) / prior[r, m, 1]
            cost += off * off
            gradient[at] += off / prior[r, m, 1]
            hessian[at, at] += 1.0 / prior[r, m, 1] ** 2
    return cost


@compiled
def _damp(damped: NDArray[np.float64], hessian: NDArray[np.float64], damping: float) -> None:
    """Damp each unknown by its own curvature, and what the image leaves open by its kind's.

    Within a thick slice the place across slices has no curvature: damped by it alone its step would
    stay wild, and no step be taken at all.
    """
    size = hessian.shape[0]
    for a in range(size):
        damped[a, a] += damping * hessian[a, a] + 1e-9
    for first in range(0, size - 1, FREE):
        for low, high in ((first + X, first + Z + 1), (first + UX, first + UY + 1)):
            most = 0.0
            for a in range(low, high):
                most = max(most, hessian[a, a])
            for a in range(low, high):
                damped[a, a] += damping * max(0.0, _KIN * most - hessian[a, a])


@compiled
def fit_patch(
    data: NDArray[np.float64],
    fixed: NDArray[np.float64],
    use: NDArray[np.bool_],
    rods: NDArray[np.float64],
    background: float,
    spacing: NDArray[np.float64],
    ceiling: float,
    scale: NDArray[np.float64],
    prior: NDArray[np.float64],
    iterations: int,
) -> tuple[NDArray[np.float64], float, float]:
    """Rods, background HU and cost after at most ``iterations`` steps from the start given."""
    count = rods.shape[0]
    size = count * FREE + 1
    fields = np.empty((count, data.shape[0], data.shape[1], data.shape[2], 1 + FREE))
    hessian, gradient = np.empty((size, size)), np.empty(size)
    next_hessian, next_gradient = np.empty((size, size)), np.empty(size)
    cost = _normal_equations(
        data,
        fixed,
        use,
        rods,
        background,
        spacing,
        ceiling,
        scale,
        prior,
        fields,
        hessian,
        gradient,
    )
    damping = 1e-2
    for _ in range(iterations):
        damped = hessian.copy()
        _damp(damped, hessian, damping)
        step = np.linalg.solve(damped, gradient)
        trial = rods.copy()
        for r in range(count):
            trial[r] = moved(rods[r], step[r * FREE : (r + 1) * FREE])  # pyright: ignore[reportArgumentType]
        trial_background = background + float(step[size - 1])
        trial_cost = _normal_equations(
            data,
            fixed,
            use,
            trial,
            trial_background,
            spacing,
            ceiling,
            scale,
            prior,
            fields,
            next_hessian,
            next_gradient,
        )
        if trial_cost < cost:
            gain = cost - trial_cost
            rods, background, cost = trial, trial_background, trial_cost
            hessian[:] = next_hessian
            gradient[:] = next_gradient
            damping = max(damping * 0.25, 1e-5)
            if gain < _SETTLED * cost:
                break
        else:
            damping *= 6.0
            if damping > 1e3:
                break
    return rods, background, cost


@compiled
def patch_misfit(
    data: NDArray[np.float64],
    fixed: NDArray[np.float64],
    use: NDArray[np.bool_],
    rods: NDArray[np.float64],
    background: float,
    spacing: NDArray[np.float64],
    ceiling: float,
    scale: NDArray[np.float64],
) -> tuple[float, NDArray[np.float64]]:
    """Cost without priors, and the residual HU of each voxel in use."""
    field = np.zeros((data.shape[0], data.shape[1], data.shape[2], 1))
    for r in range(rods.shape[0]):
        add_rod(field, rods[r], spacing)
    residual = np.zeros(data.shape)
    cost = 0.0
    for k in range(data.shape[0]):
        for j in range(data.shape[1]):
            for i in range(data.shape[2]):
                model = background + fixed[k, j, i] + field[k, j, i, 0]
                seen = data[k, j, i]
                if not use[k, j, i] or (seen >= ceiling and model >= ceiling):
                    continue
                residual[k, j, i] = seen - model
                cost += math.log1p((residual[k, j, i] / scale[k, j, i]) ** 2)
    return cost, residual
