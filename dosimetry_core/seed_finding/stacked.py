"""Two seeds one above the other in thick slices: each in a slice of its own, or both in two.

Two seeds that lie each in one of two adjoining slices look nearly like two that both lie across the
border between them. The latter can fit a little better by accident, but only just there: of all the
places that two seeds could have, far fewer look like that. What is compared is the fit together
with how much freedom it leaves (the evidence, by Laplace's method).
"""

import itertools
import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_finding.fit import Fit, Patch, Prior
from dosimetry_core.seed_finding.nearby import follow
from dosimetry_core.seed_finding.rod import LENGTH, MASS, UX, UY, UZ, X, Y, Z
from dosimetry_core.seed_finding.through_plane import settled

_THICK_MM = 3.0  # thinner slices than a seed is long tell where it lies
_ASTRIDE = 0.3  # of a slice, from the border of two: seen in both
_ABOVE_MM = 3.5  # in the slice, between centres of seeds that may be one above the other
_STEPS = 20
_LEAST_Z_SD_MM, _LEAST_TILT_SD = 0.05, 0.03


def unstacked(patch: Patch, fit: Fit, prior: Prior) -> Fit:
    """``fit``, with pairs that are both across a border moved apart where that has more evidence.

    Pairs that are moved come last among the rods.
    """
    if float(patch.spacing_mm[0]) < _THICK_MM:
        return fit
    for _ in range(len(fit.rods) - len(patch.ends)):
        better = next(_moved_apart(patch, fit, prior), None)
        if better is None:
            return fit
        fit = better
    return fit


def _moved_apart(patch: Patch, fit: Fit, prior: Prior) -> Iterator[Fit]:
    """For each pair across a border, the fit with one in each slice, if it has more evidence."""
    seeds = range(len(patch.ends), len(fit.rods))
    for pair in itertools.combinations(seeds, 2):
        border = _border(patch, fit.rods[list(pair)])
        if border is None:
            continue
        rest = np.delete(fit.rods, pair, axis=0)
        now = Fit(np.concatenate([rest, fit.rods[list(pair)]]), fit.background_hu, fit.cost)
        tried = [
            follow(patch, now, np.concatenate([rest, start]), prior, _STEPS)
            for start in _each_in_its_own(patch, now.rods[-2:], border, prior)
        ]
        best = min(tried, key=lambda one: one.cost)
        if _unlikely(patch, best) < _unlikely(patch, now):
            yield best


def _border(patch: Patch, pair: NDArray[np.float64]) -> float | None:
    """The border, in slices, that both seeds of a pair lie across, one above the other."""
    at = pair[:, Z] / patch.spacing_mm[0]
    border = math.floor(float(at[0])) + 0.5
    aside = math.hypot(*(pair[0, X : Y + 1] - pair[1, X : Y + 1]))
    return border if np.all(np.abs(at - border) < _ASTRIDE) and aside < _ABOVE_MM else None


def _each_in_its_own(
    patch: Patch, pair: NDArray[np.float64], border: float, prior: Prior
) -> list[NDArray[np.float64]]:
    starts: list[NDArray[np.float64]] = []
    for sides in ((-0.5, 0.5), (0.5, -0.5)):
        start = pair.copy()
        start[:, Z] = (border + np.array(sides)) * patch.spacing_mm[0]
        flat = np.hypot(pair[:, UX], pair[:, UY])
        start[:, UX] = np.where(flat > 0.1, pair[:, UX] / np.maximum(flat, 0.1), 1.0)
        start[:, UY] = np.where(flat > 0.1, pair[:, UY] / np.maximum(flat, 0.1), 0.0)
        start[:, UZ] = 0.0
        start[:, MASS], start[:, LENGTH] = prior.mass, prior.length_mm
        starts.append(start)
    return starts


def _unlikely(patch: Patch, fit: Fit) -> float:
    """Cost less the freedom that the last two rods are left."""
    freedom = 0.0
    for which in (len(fit.rods) - 2, len(fit.rods) - 1):
        told = settled(patch, fit.rods, which, fit.background_hu)
        freedom += math.log(max(told.z_sd_mm, _LEAST_Z_SD_MM))
        freedom += math.log(max(told.tilt_sd, _LEAST_TILT_SD))
    return fit.cost - 2.0 * freedom
