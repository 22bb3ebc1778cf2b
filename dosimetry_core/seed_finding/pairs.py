"""What one thing of any kind would explain in place of two seeds that lie close together."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_finding.fit import Fit, Patch, fit_rods, misfit, with_rods
from dosimetry_core.seed_finding.needles import squeeze_of
from dosimetry_core.seed_finding.population import FREE_OBJECT
from dosimetry_core.seed_finding.rod import (
    BLUR,
    LENGTH,
    MASS,
    MAX_LENGTH_MM,
    ROD_FIELDS,
    UX,
    UZ,
    X,
    Z,
)

_CLOSE_MM = 4.0  # centres of seeds that cross, touch, or lie end to end
_STEPS = 12


@dataclass(frozen=True, slots=True)
class OneInstead:
    """The single rod, of any mass, length and blur, that comes closest to two seeds.

    Attributes:
        worse: by how much the cost of the patch is higher with it.
        mass: HU mm3.
        length_mm: of the rod.
        blur_mm: standard deviation.
    """

    worse: float
    mass: float
    length_mm: float
    blur_mm: float


def ones_instead(patch: Patch, fit: Fit) -> list[OneInstead | None]:
    """For each seed of ``fit``, instead of it and the nearest; None where none is near."""
    seeds = fit.rods[len(patch.ends) :]
    told: list[OneInstead | None] = [None] * len(seeds)
    if len(seeds) < 2:
        return told
    squeeze = np.array([1.0, 1.0, squeeze_of(float(patch.spacing_mm[0]))])
    centers = seeds[:, X : Z + 1] * squeeze
    apart = np.linalg.norm(centers[:, None] - centers[None], axis=2)
    np.fill_diagonal(apart, math.inf)
    known: dict[tuple[int, int], OneInstead] = {}
    for n in range(len(seeds)):
        m = int(apart[n].argmin())
        if apart[n, m] > _CLOSE_MM:
            continue
        pair = min(n, m), max(n, m)
        if pair not in known:
            known[pair] = _one_instead(patch, fit, pair)
        told[n] = known[pair]
    return told


def _one_instead(patch: Patch, fit: Fit, pair: tuple[int, int]) -> OneInstead:
    first = len(patch.ends)
    both = fit.rods[[first + n for n in pair]]
    rest = np.delete(fit.rods, [first + n for n in pair], axis=0)
    alone = replace(
        with_rods(patch, rest), ends=np.empty((0, ROD_FIELDS)), end_priors=np.empty((0, 3, 2))
    )
    as_two = misfit(alone, both, fit.background_hu)[0]
    tried = [
        fit_rods(alone, start[None], fit.background_hu, FREE_OBJECT, _STEPS)
        for start in _starts(both)
    ]
    best = min(tried, key=lambda one: one.cost)
    rod = best.rods[0]
    as_one = misfit(alone, best.rods, best.background_hu)[0]
    return OneInstead(as_one - as_two, float(rod[MASS]), float(rod[LENGTH]), float(rod[BLUR]))


def _starts(both: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """All metal of two rods in one, along the line between them and along their mean axis."""
    share = both[:, MASS] / both[:, MASS].sum()
    facing = 1.0 if both[0, UX : UZ + 1] @ both[1, UX : UZ + 1] >= 0 else -1.0
    mean = both[0, UX : UZ + 1] + facing * both[1, UX : UZ + 1]
    between = both[1, X : Z + 1] - both[0, X : Z + 1]
    starts: list[NDArray[np.float64]] = []
    for along in (mean, between):
        size = float(np.linalg.norm(along))
        if size < 0.1:
            continue
        one = both[0].copy()
        one[X : Z + 1] = share @ both[:, X : Z + 1]
        one[UX : UZ + 1] = along / size
        one[MASS] = both[:, MASS].sum()
        reach = float(np.abs(between @ along) / size)
        one[LENGTH] = min(MAX_LENGTH_MM, float(both[:, LENGTH].mean()) + 0.5 * reach)
        one[BLUR] = float(both[:, BLUR].max())
        starts.append(one)
    return starts
