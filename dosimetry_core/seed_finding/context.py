"""What a scan's surer finds say of each of its finds: what seeds look like here, and who is near.

A first judgement looks at each find by itself. Scanners, kernels and patients differ in what their
seeds look like; the seeds of one scan do not. What is measured here is how far a find is from the
scan's own seeds, and whether what lies close to it is a seed.
"""

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_finding.features import FEATURES
from dosimetry_core.seed_finding.rod import X, Z

COMPARED = (
    "mass",
    "length",
    "blur",
    "free_mass",
    "free_length",
    "free_blur",
    "misfit",
    "peak_hu",
    "around_hu",
    "saturated_mm3",
    "half_peak_mm3",
    "gain",
    "dark_ends",
    "halo",
    "clearness",
    "slices_of_mass",
    "single_over_group_cost",
)
"""Features that are compared with those of the scan's seeds."""

CONTEXT = (*(f"{name}_from_seeds" for name in COMPARED), "seeds_in_scan", "seeds_near")
"""Names of the columns, in order: spreads of the scan's seeds, log of a number, a probability."""

_COLUMNS = [FEATURES.index(name) for name in COMPARED]
_LIKELY = 0.3  # finds with less say nothing of what seeds look like
_ENOUGH = 3.0  # seeds, to say what they have in common
_LEAST_SPREAD, _LEAST_SHARE = 0.05, 0.1  # of a feature, and of its mean
_NEAR_MM = 8.0
_UNSURE = 0.2  # finds' worth of "as well a seed as not", for who has nobody near


def context_of(
    features: NDArray[np.float64], rods: NDArray[np.float64], chances: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Columns of shape (n, len(CONTEXT)) for the finds of one scan.

    Args:
        features: shape (n, len(FEATURES)).
        rods: shape (n, ROD_FIELDS).
        chances: shape (n,), how likely the first judgement holds each for a seed.
    """
    context = np.zeros((len(features), len(CONTEXT)))
    weights = np.where(chances > _LIKELY, chances, 0.0)
    seeds = float(weights.sum())
    if seeds >= _ENOUGH:
        values = features[:, _COLUMNS]
        mean = weights @ values / seeds
        spread = np.sqrt(weights @ (values - mean) ** 2 / seeds)
        least = _LEAST_SPREAD + _LEAST_SHARE * np.abs(mean)
        context[:, : len(_COLUMNS)] = (values - mean) / (spread + least)
    context[:, -2] = np.log1p(seeds)
    gaps = rods[:, None, X : Z + 1] - rods[None, :, X : Z + 1]
    near = np.exp(-(gaps**2).sum(axis=2) / _NEAR_MM**2)
    np.fill_diagonal(near, 0.0)
    context[:, -1] = (near @ chances + 0.5 * _UNSURE) / (near.sum(axis=1) + _UNSURE)
    return context
