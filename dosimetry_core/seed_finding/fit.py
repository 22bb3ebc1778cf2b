"""Robust least-squares fit of several blurred rods and a flat background to a patch of HU.

Levenberg-Marquardt on a Cauchy cost, so that streaks beside the metal do not pull. A voxel at the
top of the HU scale is censored: it says "at least this much" (a tobit likelihood).
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_finding._compiled import compiled
from dosimetry_core.seed_finding.rod import BLUR, FREE, LENGTH, MASS, add_rod, moved

_SETTLED = 1e-3  # relative gain below which a step is the last


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """A box of voxels cut out of a scan, in its own grid frame.

    Attributes:
        data: HU, shape (k, j, i).
        use: which voxels speak, same shape.
        fixed: excess HU of metal that is known and not fitted here, same shape.
        origin_kji: index in the scan of the patch's first voxel.
        spacing_mm: pitch along (k, j, i).
        ceiling_hu: top of the HU scale.
        scale_hu: residual beyond which a voxel loses its say.
    """

    data: NDArray[np.float64]
    use: NDArray[np.bool_]
    fixed: NDArray[np.float64]
    origin_kji: NDArray[np.int64]
    spacing_mm: NDArray[np.float64]
    ceiling_hu: float
    scale_hu: float


@dataclass(frozen=True, slots=True)
class Prior:
    """What is believed of a rod before it is fitted: normal in log mass, length and log blur."""

    mass: float
    mass_spread: float
    length_mm: float
    length_spread_mm: float
    blur_mm: float
    blur_spread: float

    def as_array(self) -> NDArray[np.float64]:
        """Mean and spread of (log mass, length, log blur), shape (3, 2)."""
        return np.array(
            [
                [math.log(self.mass), self.mass_spread],
                [self.length_mm, self.length_spread_mm],
                [math.log(self.blur_mm), self.blur_spread],
            ]
        )


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Rods (n, ROD_FIELDS) and background HU that explain a patch; the cost includes the priors."""

    rods: NDArray[np.float64]
    background_hu: float
    cost: float


def fit_rods(
    patch: Patch,
    rods: NDArray[np.float64],
    background_hu: float,
    prior: Prior,
    iterations: int = 20,
) -> Fit:
    """Fit rods, starting from ``rods`` of shape (n, ROD_FIELDS), all with the same prior."""
    fitted, background, cost = _fit(
        patch.data,
        patch.fixed,
        patch.use,
        rods,
        background_hu,
        patch.spacing_mm,
        patch.ceiling_hu,
        patch.scale_hu,
        prior.as_array(),
        iterations,
    )
    return Fit(fitted, background, cost)


def with_rods(patch: Patch, rods: NDArray[np.float64]) -> Patch:
    """The patch with rods (n, ROD_FIELDS), in its own frame, added to what is known."""
    field = patch.fixed[None].copy()
    for rod in rods:
        add_rod(field, rod, patch.spacing_mm)
    return replace(patch, fixed=field[0])


def misfit(
    patch: Patch, rods: NDArray[np.float64], background_hu: float
) -> tuple[float, NDArray[np.float64]]:
    """Cost without priors, and the residual HU of each voxel (0 where a voxel is not used)."""
    return _misfit(
        patch.data,
        patch.fixed,
        patch.use,
        rods,
        background_hu,
        patch.spacing_mm,
        patch.ceiling_hu,
        patch.scale_hu,
    )


@compiled
def _normal_equations(
    data: NDArray[np.float64],
    fixed: NDArray[np.float64],
    use: NDArray[np.bool_],
    rods: NDArray[np.float64],
    background: float,
    spacing: NDArray[np.float64],
    ceiling: float,
    scale: float,
    prior: NDArray[np.float64],
    fields: NDArray[np.float64],
    hessian: NDArray[np.float64],
    gradient: NDArray[np.float64],
) -> float:
    """Cost, with its Gauss-Newton equations; the background is the last unknown."""
    count = rods.shape[0]
    size = count * FREE + 1
    fields[:] = 0.0
    hessian[:] = 0.0
    gradient[:] = 0.0
    for r in range(count):
        add_rod(fields[r], rods[r], spacing)
    cost = 0.0
    jacobian = np.empty(size)
    for k in range(data.shape[0]):
        for j in range(data.shape[1]):
            for i in range(data.shape[2]):
                if not use[k, j, i]:
                    continue
                model = background + fixed[k, j, i]
                for r in range(count):
                    model += fields[r, 0, k, j, i]
                seen = data[k, j, i]
                if seen >= ceiling and model >= ceiling:
                    continue
                square = ((seen - model) / scale) ** 2
                cost += math.log1p(square)
                weight = 1.0 / ((1.0 + square) * scale * scale)
                for r in range(count):
                    for n in range(FREE):
                        jacobian[r * FREE + n] = fields[r, 1 + n, k, j, i]
                jacobian[size - 1] = 1.0
                _add_voxel(jacobian, weight, seen - model, hessian, gradient)
    cost += _add_priors(rods, prior, hessian, gradient)
    for a in range(size):
        for b in range(a):
            hessian[b, a] = hessian[a, b]
    return cost


@compiled
def _add_voxel(
    jacobian: NDArray[np.float64],
    weight: float,
    residual: float,
    hessian: NDArray[np.float64],
    gradient: NDArray[np.float64],
) -> None:
    for a in range(jacobian.size):
        slope = weight * jacobian[a]
        if slope == 0.0:
            continue
        gradient[a] += slope * residual
        for b in range(a + 1):
            hessian[a, b] += slope * jacobian[b]


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
            off = (prior[m, 0] - value) / prior[m, 1]
            cost += off * off
            gradient[at] += off / prior[m, 1]
            hessian[at, at] += 1.0 / prior[m, 1] ** 2
    return cost


@compiled
def _fit(
    data: NDArray[np.float64],
    fixed: NDArray[np.float64],
    use: NDArray[np.bool_],
    rods: NDArray[np.float64],
    background: float,
    spacing: NDArray[np.float64],
    ceiling: float,
    scale: float,
    prior: NDArray[np.float64],
    iterations: int,
) -> tuple[NDArray[np.float64], float, float]:
    count = rods.shape[0]
    size = count * FREE + 1
    fields = np.empty((count, 1 + FREE, data.shape[0], data.shape[1], data.shape[2]))
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
        for a in range(size):
            damped[a, a] += damping * hessian[a, a] + 1e-9
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
def _misfit(
    data: NDArray[np.float64],
    fixed: NDArray[np.float64],
    use: NDArray[np.bool_],
    rods: NDArray[np.float64],
    background: float,
    spacing: NDArray[np.float64],
    ceiling: float,
    scale: float,
) -> tuple[float, NDArray[np.float64]]:
    field = np.zeros((1, data.shape[0], data.shape[1], data.shape[2]))
    for r in range(rods.shape[0]):
        add_rod(field, rods[r], spacing)
    residual = np.zeros(data.shape)
    cost = 0.0
    for k in range(data.shape[0]):
        for j in range(data.shape[1]):
            for i in range(data.shape[2]):
                model = background + fixed[k, j, i] + field[0, k, j, i]
                seen = data[k, j, i]
                if not use[k, j, i] or (seen >= ceiling and model >= ceiling):
                    continue
                residual[k, j, i] = seen - model
                cost += math.log1p((residual[k, j, i] / scale) ** 2)
    return cost, residual
