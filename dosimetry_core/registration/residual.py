"""What the landmarks that were found again say of a registration."""

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.registration.landmarks import Matches
from dosimetry_core.registration.result import LandmarkResidual

_NEAR_MM = 30.0
_JUDGED_MM = 60.0  # beyond, tissue may move otherwise than the lesion
_LEAST_FOUND = 4
_OUTLIER_MM = 2.0
_ROUNDS = 8
_EXPECTED_SLOPE = 0.05  # mm per mm: how much residuals may change with place before data say so
_OWN_ERROR_MM = 0.5  # of one match


def residual_of(matches: Matches, center_mm: NDArray[np.float64]) -> LandmarkResidual:
    """Sum up the residuals at landmarks and carry them to the lesion."""
    found = len(matches.places_mm)
    if found == 0:
        nan = float("nan")
        return LandmarkResidual(matches.tried, 0, nan, nan, nan, nan)
    lengths = np.linalg.norm(matches.residual_mm, axis=1)
    near = np.linalg.norm(matches.places_mm - center_mm, axis=1) <= _JUDGED_MM
    if near.sum() >= _LEAST_FOUND:
        lengths = lengths[near]
    at_lesion_mm, error_mm = _at(matches, center_mm)
    return LandmarkResidual(
        matches.tried,
        found,
        float(np.median(lengths)),
        float(np.quantile(lengths, 0.9)),
        at_lesion_mm,
        error_mm,
    )


def _at(matches: Matches, center_mm: NDArray[np.float64]) -> tuple[float, float]:
    """Length of the residual at a point, and its standard error, mm."""
    if len(matches.places_mm) < _LEAST_FOUND:
        return float("nan"), float("nan")
    away = matches.places_mm - center_mm
    near = np.exp(-0.5 * (away**2).sum(axis=1) / _NEAR_MM**2) + 1e-3
    columns = np.column_stack([np.ones(len(away)), away])
    prior = np.diag([1e-6, *([(_OWN_ERROR_MM / _EXPECTED_SLOPE) ** 2] * 3)])
    trust = np.ones(len(away))
    solved = np.zeros((4, 3))
    normal = np.eye(4)
    for _ in range(_ROUNDS):
        weight = near * trust
        normal = (columns * weight[:, None]).T @ columns + prior
        solved[:] = np.linalg.solve(normal, (columns * weight[:, None]).T @ matches.residual_mm)
        left = np.linalg.norm(matches.residual_mm - columns @ solved, axis=1)
        trust = 1.0 / (1.0 + (left / _OUTLIER_MM) ** 2) ** 2
    weight = near * trust
    left = np.linalg.norm(matches.residual_mm - columns @ solved, axis=1)
    scatter = max(_OWN_ERROR_MM**2, float((weight * left**2).sum() / weight.sum()))
    inverse = np.linalg.inv(normal)
    squared = (columns * (weight**2)[:, None]).T @ columns
    variance = scatter * float((inverse @ squared @ inverse)[0, 0])
    return float(np.linalg.norm(solved[0])), float(np.sqrt(variance))
