"""What is measured of each find, for the judgement that was learnt from scans with known seeds."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_finding.fit import Fit, Patch, misfit, with_rods
from dosimetry_core.seed_finding.lines import MetalLine
from dosimetry_core.seed_finding.needles import squeeze_of
from dosimetry_core.seed_finding.pairs import OneInstead, ones_instead
from dosimetry_core.seed_finding.population import TYPICAL_MASS, Population
from dosimetry_core.seed_finding.rod import BLUR, LENGTH, MASS, UX, UY, UZ, X, Z
from dosimetry_core.seed_finding.through_plane import Settled

FEATURES = (
    "slice_mm",
    "noise_hu",
    "scale_ends",
    "population_mass",
    "population_length",
    "population_blur",
    "population_peak",
    "population_members",
    "mass",
    "length",
    "blur",
    "steepness",
    "free_mass",
    "free_length",
    "free_blur",
    "misfit",
    "misfit_over_population",
    "seen",
    "peak_hu",
    "peak_over_population",
    "around_hu",
    "dense_around",
    "in_group",
    "needle_ends_in_group",
    "saturated_mm3",
    "half_peak_mm3",
    "single_over_group_cost",
    "gain",
    "dark_ends",
    "halo",
    "needle_distance_mm",
    "needle_beyond_mm",
    "needle_parallel",
    "needle_hu",
    "neighbour_mm",
    "neighbour_across_mm",
    "neighbour_mass",
    "neighbour_parallel",
    "scan_dark_ends",
    "scan_halo",
    "slices_of_mass",
    "z_sd",
    "tilt_sd",
    "own_mass",
    "own_length",
    "own_blur",
    "own_free_mass",
    "own_free_blur",
    "clearness",
    "one_worse",
    "one_mass",
    "one_length",
    "one_blur",
)
"""Names of the columns, in order: mm, HU over 1000, logarithms of masses and of blurs in mm.

Those that begin with "own" are as they are, others of a rod against the scan's own seed.
"""

_REACH_MM = 2.0
_SHELL_MM = 4.0
_DENSE_HU = 300.0  # bone, calcification; streaks reach it in few voxels only
_FAR_MM = 30.0
_NEIGHBOUR_MM, _BESIDE_NEEDLE_MM = 10.0, 8.0  # beyond them there is no say
_MUCH_WORSE = 9.0  # what is written where there is no pair


@dataclass(frozen=True, slots=True, eq=False)
class Around:
    """What a whole scan says to each of its finds.

    Attributes:
        noise_hu: standard deviation.
        saturates: whether the HU scale ends below what metal has.
        population: the scan's own seed.
        lines: its needles.
    """

    noise_hu: float
    saturates: bool
    population: Population
    lines: list[MetalLine]


def features_of(
    patch: Patch,
    fit: Fit,
    free: Fit,
    settled: list[Settled],
    single_cost: float,
    around: Around,
) -> NDArray[np.float64]:
    """Features of shape (seeds, len(FEATURES)) of a group, other finds' columns left open.

    Args:
        patch: the voxels.
        fit: needles' ends and seeds, as seeds of this scan.
        free: the same fitted without knowing what this scan's seeds are like.
        settled: what is told of each seed, in the patch's frame.
        single_cost: cost of one object of any kind for the whole group.
        around: what the scan says.
    """
    first = len(patch.ends)
    squeeze = np.array([1.0, 1.0, squeeze_of(float(patch.spacing_mm[0]))])
    total, residual = misfit(patch, fit.rods, fit.background_hu)
    cost = np.log1p((residual / patch.scale_hu) ** 2)
    xyz = (np.moveaxis(np.indices(patch.data.shape), 0, -1) * patch.spacing_mm)[..., ::-1]
    reaches = [_distance_mm(xyz, rod, squeeze) for rod in fit.rods]
    voxel_mm3 = float(np.prod(patch.spacing_mm))
    single = min(3.0, single_cost / max(fit.cost, 1e-6)) if not first else 3.0
    instead = ones_instead(patch, fit)
    rows: list[list[float]] = []
    for n in range(first, len(fit.rods)):
        rod, loose, told = fit.rods[n], free.rods[n], settled[n - first]
        reach = reaches[n]
        others = np.min([*(d for m, d in enumerate(reaches) if m != n), reach + _FAR_MM], axis=0)
        close = reach <= _REACH_MM
        near = close & patch.use
        shell = (reach > _REACH_MM) & (reach <= _SHELL_MM) & (others > _REACH_MM)
        without = Fit(np.delete(fit.rods, n, axis=0), fit.background_hu, 0.0)
        own = with_rods(patch, without.rods)
        excess = own.data - own.fixed - fit.background_hu
        gain = misfit(own, fit.rods[:0], fit.background_hu)[0] - total
        peak = float(excess[near].max()) if near.any() else 0.0
        p = around.population
        miss = float(cost[near].mean()) if near.any() else 3.0
        rows.append(
            [
                float(patch.spacing_mm[0]),
                around.noise_hu / 1000.0,
                float(around.saturates),
                math.log(p.mass / TYPICAL_MASS),
                p.length_mm,
                p.blur_mm,
                p.peak_hu / 1000.0,
                math.log1p(p.members),
                math.log(rod[MASS] / p.mass),
                float(rod[LENGTH]) - p.length_mm,
                math.log(rod[BLUR] / p.blur_mm),
                abs(float(rod[UZ])),
                math.log(loose[MASS] / p.mass),
                float(loose[LENGTH]) - p.length_mm,
                math.log(loose[BLUR] / p.blur_mm),
                miss,
                miss / max(p.misfit, 0.05),
                float(near.sum() / max(1, close.sum())),
                peak / 1000.0,
                peak / max(p.peak_hu, 1.0),
                float(np.percentile(patch.data[shell], 25.0)) / 1000.0 if shell.any() else 0.0,
                float((patch.data[shell] > _DENSE_HU).mean()) if shell.any() else 0.0,
                float(len(fit.rods) - first),
                float(first),
                float((patch.data[near] >= patch.ceiling_hu).sum()) * voxel_mm3,
                float((excess[near] > 0.5 * peak).sum()) * voxel_mm3,
                single,
                math.log1p(max(0.0, gain)),
                *_beyond_and_beside(excess, xyz, rod, squeeze, peak),
                *_nearest_line(patch, told.rod, around.lines, squeeze),
                *(0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
                _slices_of_mass(excess, near),
                told.z_sd_mm,
                told.tilt_sd,
                math.log(rod[MASS] / TYPICAL_MASS),
                float(loose[LENGTH]),
                math.log(rod[BLUR]),
                math.log(loose[MASS] / TYPICAL_MASS),
                math.log(loose[BLUR]),
                math.log(max(peak, 1.0) / float(patch.scale_hu.min())),
                *_instead(instead[n - first], p),
            ]
        )
    return np.array(rows).reshape(-1, len(FEATURES))


def lean_of(patch: Patch, fit: Fit, settled: list[Settled]) -> NDArray[np.float64]:
    """What tells up from down, of each seed: shape (seeds, 4).

    Place within its slice and height of its metal above that place (mm), the tilt (sine) and the
    slope of its metal. Mirrored across slices all change sign; with the axis told the other way
    round the last two do.
    """
    xyz = (np.moveaxis(np.indices(patch.data.shape), 0, -1) * patch.spacing_mm)[..., ::-1]
    thick = float(patch.spacing_mm[0])
    squeeze = np.array([1.0, 1.0, squeeze_of(thick)])
    first = len(patch.ends)
    rows: list[list[float]] = []
    for n in range(first, len(fit.rods)):
        rod = settled[n - first].rod
        own = with_rods(patch, np.delete(fit.rods, n, axis=0))
        near = (_distance_mm(xyz, rod, squeeze) <= _REACH_MM) & patch.use
        excess = np.where(near, np.clip(own.data - own.fixed - fit.background_hu, 0.0, None), 0.0)
        offset = xyz - rod[X : Z + 1]
        flat = max(math.hypot(rod[UX], rod[UY]), 0.1)
        along = (offset[..., 0] * rod[UX] + offset[..., 1] * rod[UY]) / flat
        mass = max(float(excess.sum()), 1.0)
        height = float((excess * offset[..., 2]).sum()) / mass
        middle = float((excess * along).sum()) / mass
        spread = float((excess * (along - middle) ** 2).sum()) / mass
        slope = float((excess * (along - middle) * (offset[..., 2] - height)).sum()) / mass
        within = float(rod[Z]) - thick * round(float(rod[Z]) / thick)
        rows.append([within, height, float(rod[UZ]), slope / max(spread, 0.1)])
    return np.array(rows).reshape(-1, 4)


def with_others(features: NDArray[np.float64], rods: NDArray[np.float64]) -> NDArray[np.float64]:
    """The features with what the scan's other finds say; ``rods`` (n, ROD_FIELDS) in its frame."""
    at = FEATURES.index("neighbour_mm")
    dark, halo = FEATURES.index("dark_ends"), FEATURES.index("halo")
    filled = features.copy()
    filled[:, at : at + 4] = [_NEIGHBOUR_MM, _NEIGHBOUR_MM, 0.0, 0.0]
    if len(rods):
        filled[:, FEATURES.index("scan_dark_ends")] = np.median(features[:, dark])
        filled[:, FEATURES.index("scan_halo")] = np.median(features[:, halo])
    if len(rods) < 2:
        return filled
    gaps = rods[:, None, X : Z + 1] - rods[None, :, X : Z + 1]
    apart = np.linalg.norm(gaps, axis=2) + np.where(np.eye(len(rods)) > 0, 1e6, 0.0)
    flat = np.hypot(gaps[..., 0], gaps[..., 1])
    near = apart.argmin(axis=1)
    rows = np.arange(len(rods))
    filled[:, at] = np.minimum(apart[rows, near], _NEIGHBOUR_MM)
    filled[:, at + 1] = np.minimum(flat[rows, near], _NEIGHBOUR_MM)
    close = apart[rows, near] < _NEIGHBOUR_MM
    filled[:, at + 2] = np.where(close, np.log(rods[near, MASS] / rods[:, MASS]), 0.0)
    axes = rods[:, UX : UZ + 1]
    filled[:, at + 3] = np.where(close, np.abs((axes * axes[near]).sum(axis=1)), 0.0)
    return filled


def _distance_mm(
    xyz: NDArray[np.float64], rod: NDArray[np.float64], squeeze: NDArray[np.float64]
) -> NDArray[np.float64]:
    axis = rod[UX : UZ + 1]
    offset = xyz - rod[X : Z + 1]
    along = np.clip(offset @ axis, -0.5 * rod[LENGTH], 0.5 * rod[LENGTH])
    return np.linalg.norm((offset - along[..., None] * axis) * squeeze, axis=-1)


def _beyond_and_beside(
    excess: NDArray[np.float64],
    xyz: NDArray[np.float64],
    rod: NDArray[np.float64],
    squeeze: NDArray[np.float64],
    peak: float,
) -> tuple[float, float]:
    """Mean excess over the peak: beyond the ends, where streaks are dark, and beside."""
    flat = math.hypot(rod[UX], rod[UY])
    if flat < 0.3:
        return 0.0, 0.0
    offset = xyz - rod[X : Z + 1]
    along = np.abs(offset[..., 0] * rod[UX] + offset[..., 1] * rod[UY]) / flat
    aside = np.abs(offset[..., 0] * rod[UY] - offset[..., 1] * rod[UX]) / flat
    level = np.abs(offset[..., 2]) * squeeze[2] < 0.8
    half = 0.5 * rod[LENGTH] * flat
    beyond = level & (along > half + 0.7) & (along < half + 2.2) & (aside < 0.8)
    beside = level & (along < half) & (aside > 1.6) & (aside < 2.8)
    scale = max(peak, 300.0)
    return (
        float(excess[beyond].mean()) / scale if beyond.any() else 0.0,
        float(excess[beside].mean()) / scale if beside.any() else 0.0,
    )


def _instead(one: OneInstead | None, population: Population) -> tuple[float, float, float, float]:
    """How much worse one rod does than two seeds, and what it is like against the scan's seed."""
    if one is None:
        return _MUCH_WORSE, 0.0, 0.0, 0.0
    return (
        math.copysign(math.log1p(abs(one.worse)), one.worse),
        math.log(one.mass / population.mass),
        one.length_mm - population.length_mm,
        math.log(one.blur_mm / population.blur_mm),
    )


def _nearest_line(
    patch: Patch,
    rod: NDArray[np.float64],
    lines: list[MetalLine],
    squeeze: NDArray[np.float64],
) -> tuple[float, float, float, float]:
    """Of the nearest needle: distance from its axis, how far beyond its end, cosine, excess.

    One that is far from its axis says nothing but that.
    """
    center = rod[X : Z + 1] + (patch.origin_kji * patch.spacing_mm)[::-1]
    best = (_BESIDE_NEEDLE_MM, 0.0, 0.0, 0.0)
    nearest = _FAR_MM
    for line in lines:
        start, end = line.needle.start_mm, line.needle.end_mm
        length = float(np.linalg.norm(end - start))
        along = (end - start) / length
        at = float((center - start) @ along)
        beyond = max(-at, at - length)
        to_axis = float(np.linalg.norm((center - start - at * along) * squeeze))
        distance = math.hypot(to_axis, max(0.0, beyond))
        if distance < nearest and to_axis < _BESIDE_NEEDLE_MM:
            nearest = distance
            hu = float(line.excess_hu(center[None], float(patch.spacing_mm[0]))[0])
            cosine = abs(float(along @ rod[UX : UZ + 1]))
            best = (to_axis, max(-_FAR_MM, min(beyond, _FAR_MM)), cosine, hu / 1000.0)
    return best


def _slices_of_mass(excess: NDArray[np.float64], near: NDArray[np.bool_]) -> float:
    """How many slices share the metal: the inverse of the sum of squared shares."""
    masses = np.clip(np.where(near, excess, 0.0), 0.0, None).sum(axis=(1, 2))
    return float(masses.sum() ** 2 / max((masses**2).sum(), 1e-9))
