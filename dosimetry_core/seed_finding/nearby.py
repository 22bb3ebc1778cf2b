"""Fitting the part of a large group that a change concerns, with the rest of it as it is."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_finding.fit import Fit, Patch, Prior, fit_rods, with_rods
from dosimetry_core.seed_finding.rod import ROD_FIELDS, X, Z

_FEW_RODS = 4  # are fitted together
_SMALL_BOX = 30_000  # voxels: a dozen seeds; beyond it is something long
_NEAR_MM = 5.0  # centres of rods whose images meet
_REACH_MM = 5.0  # half a seed and its blur


def follow(patch: Patch, now: Fit, start: NDArray[np.float64], prior: Prior, steps: int) -> Fit:
    """Fit ``start`` (n, ROD_FIELDS), which differs from ``now`` in some rods.

    In a large group, or one in a large box, only the rods near those that differ are free: the work
    for one more rod then does not grow with the group. The cost is that of the whole patch.
    """
    new = ~(start[:, None] == now.rods[None]).all(axis=2).any(axis=1)
    few = len(start) <= _FEW_RODS and patch.data.size <= _SMALL_BOX
    if few or new.all():
        return fit_rods(patch, start, now.background_hu, prior, steps)
    gone = ~(now.rods[:, None] == start[None]).all(axis=2).any(axis=1)
    gaps = start[:, None, X : Z + 1] - start[None, new, X : Z + 1]
    free = np.linalg.norm(gaps, axis=2).min(axis=1) < _NEAR_MM
    free[: len(patch.ends)] = False
    kept = free & ~new
    part, origin_mm = _part(patch, start[new])
    part = with_rods(part, _shifted(start[~free], -origin_mm))
    before = np.concatenate([start[kept], now.rods[gone]])
    after = np.concatenate([start[kept], start[new]])
    was = fit_rods(part, _shifted(before, -origin_mm), now.background_hu, prior, 0)
    fit = fit_rods(part, _shifted(after, -origin_mm), now.background_hu, prior, steps)
    rods = np.concatenate([start[~free], _shifted(fit.rods, origin_mm)])
    return Fit(rods, now.background_hu, now.cost - was.cost + fit.cost)


def _shifted(rods: NDArray[np.float64], by_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    moved = rods.copy()
    moved[:, X : Z + 1] += by_mm
    return moved


def _part(patch: Patch, rods: NDArray[np.float64]) -> tuple[Patch, NDArray[np.float64]]:
    """The box of a patch that ``rods`` reach, without needles' ends, and its origin (x, y, z)."""
    zyx = rods[:, X : Z + 1][:, ::-1]
    low = np.floor((zyx.min(axis=0) - _REACH_MM) / patch.spacing_mm).astype(np.int64)
    high = np.ceil((zyx.max(axis=0) + _REACH_MM) / patch.spacing_mm).astype(np.int64) + 1
    low = np.clip(low, 0, np.array(patch.data.shape) - 1)
    box = tuple(slice(a, max(b, a + 1)) for a, b in zip(low, high, strict=True))
    part = replace(
        patch,
        data=patch.data[box],
        use=patch.use[box],
        fixed=patch.fixed[box],
        scale_hu=patch.scale_hu[box],
        origin_kji=patch.origin_kji + low,
        ends=np.empty((0, ROD_FIELDS)),
        end_priors=np.empty((0, 3, 2)),
    )
    return part, (low * patch.spacing_mm)[::-1]
