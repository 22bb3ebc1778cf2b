"""How sure it is that a fitted rod is a seed.

A sum of penalties, each zero for what seeds of this scan look like, on a logistic scale. The
scales were set on synthesised scans and on real ones without seeds; they are not yet calibrated
frequencies.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_finding.fit import Fit, Patch, misfit
from dosimetry_core.seed_finding.needles import squeeze_of
from dosimetry_core.seed_finding.population import Population
from dosimetry_core.seed_finding.rod import BLUR, LENGTH, MASS, UX, UZ, X, Z

_REACH_MM = 2.0
_CERTAIN = 4.0  # logit of a find that nothing speaks against: 0.982
_LEAST_MISFIT, _MOST_MISFIT = 0.25, 0.8  # bounds of what is still a good fit
_MOSTLY_SEEN = 0.6
_AIR_HU = -920.0  # emptier than lung: outside the patient
_SHELL_MM = 4.0
_DENSE_HU = 300.0  # bone, calcification; streaks reach it in few voxels only
_SHARP_MM = 0.8  # in-plane blur of a soft kernel; what is wider is no thin metal
_BONE_HU = 1200.0  # above the tissue: as bright as dense bone through thick slices
_SPLIT = 2.5  # a faint find may be bone, or a seed shared by two slices
_FAINTEST = 0.4  # of the typical peak: a seed shared by two slices has half of it
_LONE_PEAK_HU = 1800.0  # brighter than bone in thick or thin slices


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """One rod with what its surroundings say of it.

    Attributes:
        rod: the rod as a seed of this scan, in the scan's grid frame.
        free: the same rod fitted without knowing what this scan's seeds are like.
        misfit: mean robust cost of the voxels within reach of the rod.
        seen: share of the voxels within reach that could be used.
        peak_hu: brightest voxel within reach, above the background.
        around_hu: level that a quarter of the voxels around it are below.
        alone: whether the group holds no other rod.
        saturated: whether its brightest voxel is at the top of the HU scale.
        dense_around: share of the voxels around it that are as dense as bone.
        single_is_better: whether one object of any kind explains the group as well as its rods do.
    """

    rod: NDArray[np.float64]
    free: NDArray[np.float64]
    misfit: float
    seen: float
    peak_hu: float
    around_hu: float
    alone: bool
    saturated: bool
    dense_around: float
    single_is_better: bool


def candidates_of(
    patch: Patch,
    fit: Fit,
    free: Fit,
    shown: NDArray[np.float64],
    single_is_better: bool,
) -> list[Candidate]:
    """One candidate for each rod of a fit.

    Args:
        patch: the voxels.
        fit: the rods as seeds of this scan.
        free: the same rods fitted without that knowledge.
        shown: the rods to report, in the scan's grid frame.
        single_is_better: as in :class:`Candidate`, for all of them.
    """
    _, residual = misfit(patch, fit.rods, fit.background_hu)
    cost = np.log1p((residual / patch.scale_hu) ** 2)
    squeeze = np.array([1.0, 1.0, squeeze_of(float(patch.spacing_mm[0]))])
    xyz = (np.moveaxis(np.indices(patch.data.shape), 0, -1) * patch.spacing_mm)[..., ::-1]
    distances = [_distance_mm(xyz, rod, squeeze) for rod in fit.rods]
    found: list[Candidate] = []
    for n in range(len(fit.rods)):
        reach = distances[n]
        others = np.min([*(d for m, d in enumerate(distances) if m != n), reach], axis=0)
        shell = (reach > _REACH_MM) & (reach <= _SHELL_MM) & (others > _REACH_MM)
        dense = patch.data[shell] > _DENSE_HU
        close = reach <= _REACH_MM
        near = close & patch.use
        found.append(
            Candidate(
                rod=shown[n],
                free=free.rods[n],
                misfit=float(cost[near].mean()) if near.any() else math.inf,
                seen=float(near.sum() / max(1, close.sum())),
                peak_hu=float(patch.data[near].max() - fit.background_hu) if near.any() else 0.0,
                around_hu=float(np.percentile(patch.data[shell], 25.0)) if shell.any() else 0.0,
                alone=len(fit.rods) == 1,
                saturated=bool(near.any() and patch.data[near].max() >= patch.ceiling_hu),
                dense_around=float(dense.mean()) if dense.size else 0.0,
                single_is_better=single_is_better,
            )
        )
    return found


def _distance_mm(
    xyz: NDArray[np.float64], rod: NDArray[np.float64], squeeze: NDArray[np.float64]
) -> NDArray[np.float64]:
    axis = rod[UX : UZ + 1]
    offset = xyz - rod[X : Z + 1]
    along = np.clip(offset @ axis, -0.5 * rod[LENGTH], 0.5 * rod[LENGTH])
    return np.linalg.norm((offset - along[..., None] * axis) * squeeze, axis=-1)


def worth_a_look(peak_hu: float, population: Population) -> bool:
    """Whether a group with this brightest excess can hold a seed that would be believed."""
    if population.members < population.FEW:
        return peak_hu >= _LONE_PEAK_HU
    return peak_hu >= _FAINTEST * population.peak_hu


def confidence_of(candidate: Candidate, population: Population) -> float:
    """0 to 1."""
    rod = candidate.free if candidate.alone or not candidate.saturated else candidate.rod
    good = min(_MOST_MISFIT, max(_LEAST_MISFIT, 2.0 * population.misfit))
    against = [
        3.0 * max(0.0, candidate.misfit - good) / 0.4,
        (math.log(rod[MASS] / population.mass) / 0.35) ** 2,
        ((rod[LENGTH] - population.length_mm) / 1.5) ** 2,
        (math.log(rod[BLUR] / population.blur_mm) / 0.3) ** 2,
        (max(0.0, rod[BLUR] - _SHARP_MM) / 0.15) ** 2,
        3.0 * max(0.0, 1.0 - (population.peak_hu - _BONE_HU) / 300.0),
        6.0 * max(0.0, _MOSTLY_SEEN - candidate.seen) / 0.2,
        6.0 if candidate.around_hu < _AIR_HU else 0.0,
        6.0 * max(0.0, candidate.dense_around - 0.2) / 0.2,
        4.0 if candidate.single_is_better else 0.0,
        min(_SPLIT, 12.0 * max(0.0, 0.75 - candidate.peak_hu / population.peak_hu)),
    ]
    if population.members < population.FEW:
        against.append(2.5)
    logit = max(-20.0, _CERTAIN - sum(against))
    return 1.0 / (1.0 + math.exp(-logit))
