"""Finding the seeds of an implant in a CT scan."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_finding.clusters import fit_group, fit_single
from dosimetry_core.seed_finding.counting import given_count
from dosimetry_core.seed_finding.features import (
    FEATURES,
    Around,
    features_of,
    lean_of,
    with_others,
)
from dosimetry_core.seed_finding.fit import Fit, Patch, fit_rods, misfit, with_rods
from dosimetry_core.seed_finding.judgement import REPORTED, judge
from dosimetry_core.seed_finding.patches import Group, cut, to_patch, to_scan, with_ends
from dosimetry_core.seed_finding.population import FREE_OBJECT, WIDE, Population, learn
from dosimetry_core.seed_finding.quiet import quietened
from dosimetry_core.seed_finding.result import SeedFinding, told
from dosimetry_core.seed_finding.rod import ROD_FIELDS, X, Z
from dosimetry_core.seed_finding.scene import Scene, scene_of
from dosimetry_core.seed_finding.shafts import shafts_in
from dosimetry_core.seed_finding.through_plane import settled
from dosimetry_core.values import FoundSeed, Volume

_DOUBTED = 0.8
_WORTH_TELLING = 0.1
_NEIGHBOUR_MM = 12.0
_FAINTEST = 0.35  # of the typical peak: a seed shared by two slices has half of it
_LONE_PEAK_HU = 1500.0  # brighter than bone in thick or thin slices
_SHORTER_MM = (0.0, 2.5, 5.0)  # than it looks: a seed may lie on behind the needle
_COST_OF_SEED = 12.0
_LEAST_SEEN = 0.3  # of a group's own voxels: the rest is too near a needle to tell
_ENOUGH_VOXELS = 40  # to learn from a fit
_BONE_PEAK_HU = 1500.0  # dense bone seen through thick slices is as bright
_THICKEST_SLICE_MM = 6.5


@dataclass(frozen=True, slots=True, eq=False)
class Finds:
    """All that might be seeds in one scan.

    Attributes:
        rods: shape (n, ROD_FIELDS), in the scan's grid frame.
        features: shape (n, len(FEATURES)).
        lean: shape (n, 4), see ``lean_of``.
        scene: what else the scan holds.
        population: the scan's own seed.
    """

    rods: NDArray[np.float64]
    features: NDArray[np.float64]
    lean: NDArray[np.float64]
    scene: Scene
    population: Population


@dataclass(slots=True, eq=False)
class _Object:
    group: Group
    patch: Patch
    points_mm: NDArray[np.float64]
    weights: NDArray[np.float64]
    single: Fit
    fit: Fit


def find_seeds(scan: Volume, expected: int | None = None) -> SeedFinding:
    """Find brachytherapy seeds (titanium capsules of 4.5 x 0.8 mm) in a CT scan.

    Nothing is set by hand: threshold, blur and the seed's own brightness are learnt from the scan.

    Args:
        scan: HU as int16, indexed [k, j, i]; any affine with perpendicular axes.
        expected: how many seeds were counted in, all that the scan should show. It makes doubtful
            finds more or less probable; a count that does not agree is told as a warning.

    Raises:
        ValueError: the values are not int16, or a negative count is expected.
    """
    if scan.values.dtype != np.int16:
        raise ValueError(f"seeds are looked for in int16 HU, got {scan.values.dtype}")
    if expected is not None and expected < 0:
        raise ValueError(f"expected must be 0 or more seeds, is {expected}")
    finds = candidates_in(scan)
    judged = judge(finds.rods, finds.features, finds.lean)
    alone = judged.chances[:, 0]
    chances = alone if expected is None else given_count(alone, expected)
    all_told = [
        told(scan, rod, variances, kinds, float(chance))
        for rod, variances, kinds, chance in zip(
            judged.rods, judged.variances, judged.chances, chances, strict=True
        )
    ]
    all_told.sort(key=lambda seed: -seed.confidence)
    seeds = tuple(seed for seed in all_told if seed.confidence >= REPORTED)
    doubtful = tuple(seed for seed in all_told if _WORTH_TELLING <= seed.confidence < REPORTED)
    seen = int((alone >= REPORTED).sum())
    warnings = (*_warnings(scan, seeds, finds), *_miscounted(len(seeds), seen, expected))
    needles = shafts_in(scan, finds.scene.lines)
    return SeedFinding(seeds, warnings, doubtful, expected, seen, needles)


def candidates_in(scan: Volume) -> Finds:
    """All that might be a seed, fitted and measured, not yet judged."""
    scan = quietened(Volume(np.ascontiguousarray(scan.values), scan.affine))
    scene = scene_of(scan)
    objects = _objects(scan, scene)
    population = _population(objects)
    objects = [one for one in objects if worth_a_look(float(one.group.excess_hu.max()), population)]
    for one in objects:
        _count(one, population)
    return _refined(objects, scene, population)


def _objects(scan: Volume, scene: Scene) -> list[_Object]:
    voxels = np.concatenate([group.kji for group in scene.groups] or [np.empty((0, 3), np.int32)])
    label = np.repeat(np.arange(len(scene.groups)), [len(group.kji) for group in scene.groups])
    objects: list[_Object] = []
    for n, group in enumerate(scene.groups):
        strangers = voxels[label != n]
        patch = cut(scan, scene.scanner, group, strangers, scene.lines, scene.edges)
        if patch.use[tuple((group.kji - patch.origin_kji).T)].mean() < _LEAST_SEEN:
            continue
        points = ((group.kji - patch.origin_kji) * patch.spacing_mm)[:, ::-1]
        weights = np.maximum(group.excess_hu.astype(np.float64), 1.0)
        single = fit_single(patch, points, weights, WIDE)
        single = fit_rods(patch, single.rods, single.background_hu, FREE_OBJECT)
        objects.append(_Object(group, patch, points, weights, single, single))
    return objects


def worth_a_look(peak_hu: float, population: Population) -> bool:
    """Whether a group with this brightest excess can hold a seed that would be believed."""
    if population.members < population.FEW:
        return peak_hu >= _LONE_PEAK_HU
    return peak_hu >= _FAINTEST * population.peak_hu


def _count(one: _Object, population: Population) -> None:
    """Fit as many seeds as the evidence asks for, with needles' ends as long as it allows."""
    if not one.group.ends:
        one.fit = fit_group(one.patch, one.points_mm, one.weights, population, one.single)
        return
    tried: list[tuple[Patch, Fit]] = []
    for shorter in _SHORTER_MM:
        patch = with_ends(one.patch, one.group.ends, shorter)
        tried.append((patch, fit_group(patch, one.points_mm, one.weights, population, one.single)))
    costs = [fit.cost + _COST_OF_SEED * len(fit.rods) for _, fit in tried]
    one.patch, one.fit = tried[int(np.argmin(costs))]


def _population(objects: list[_Object]) -> Population:
    objects = [one for one in objects if not one.group.ends]
    plain = [one for one in objects if one.patch.use.sum() >= _ENOUGH_VOXELS]
    voxels = np.array([float(one.patch.use.sum()) for one in plain])
    costs = [misfit(one.patch, one.fit.rods, one.fit.background_hu)[0] for one in plain]
    peaks = [float(one.group.excess_hu.max()) for one in plain]
    rods = np.array([one.fit.rods[0] for one in plain]).reshape(-1, ROD_FIELDS)
    return learn(rods, np.array(costs) / voxels, np.array(peaks), voxels)


def _refined(objects: list[_Object], scene: Scene, population: Population) -> Finds:
    """Fit each object once more with its neighbours' metal known, and measure what was fitted."""
    around = Around(
        scene.scanner.noise_hu, bool(np.isfinite(scene.scanner.ceiling_hu)), population, scene.lines
    )
    in_scan = [to_scan(one.patch, one.fit.rods) for one in objects]
    rods: list[NDArray[np.float64]] = []
    features: list[NDArray[np.float64]] = []
    leans: list[NDArray[np.float64]] = []
    for n, one in enumerate(objects):
        first = len(one.patch.ends)
        if len(one.fit.rods) == first:
            continue
        middle = in_scan[n][first:, X : Z + 1].mean(axis=0)
        others = np.concatenate(
            [rods for m, rods in enumerate(in_scan) if m != n] or [in_scan[n][:0]]
        )
        near = np.linalg.norm(others[:, X : Z + 1] - middle, axis=1) < _NEIGHBOUR_MM
        patch = with_rods(one.patch, to_patch(one.patch, others[near])) if near.any() else one.patch
        fit = fit_rods(patch, one.fit.rods, one.fit.background_hu, population.prior)
        in_scan[n] = to_scan(patch, fit.rods)
        free = fit_rods(patch, fit.rods, fit.background_hu, FREE_OBJECT)
        told = [settled(patch, fit.rods, m, fit.background_hu) for m in range(first, len(fit.rods))]
        rods.append(to_scan(patch, np.array([one_told.rod for one_told in told])))
        features.append(features_of(patch, fit, free, told, one.single.cost, around))
        leans.append(lean_of(patch, fit, told))
    all_rods = np.concatenate([np.empty((0, ROD_FIELDS)), *rods])
    all_features = np.concatenate([np.empty((0, len(FEATURES))), *features])
    return Finds(
        all_rods,
        with_others(all_features, all_rods),
        np.concatenate([np.empty((0, 4)), *leans]),
        scene,
        population,
    )


def _warnings(scan: Volume, seeds: tuple[FoundSeed, ...], finds: Finds) -> list[str]:
    said: list[str] = []
    peak_hu = finds.population.peak_hu
    doubted = sum(seed.confidence < _DOUBTED for seed in seeds)
    if doubted:
        said.append(f"{doubted} of {len(seeds)} seeds found are in doubt: check them on the images")
    if scan.spacing_mm[0] > _THICKEST_SLICE_MM:
        said.append(
            f"slices are {scan.spacing_mm[0]:.1f} mm apart: seeds may be missed and their place "
            f"along z is uncertain; scan with 5 mm or less"
        )
    if seeds and peak_hu < _BONE_PEAK_HU:
        said.append(
            f"the seeds are hardly brighter than bone ({peak_hu:.0f} HU above the "
            f"tissue): bone may pass for seeds and seeds may be missed; scan with thinner slices"
        )
    if finds.scene.lines:
        said.append("needles or probes are in the scan: a seed inside or against one is not found")
    return said


def _miscounted(told_of: int, seen: int, expected: int | None) -> list[str]:
    if expected is None or told_of == seen == expected:
        return []
    said = (
        f"{expected} seeds were counted in; the image alone shows {seen}, and {told_of} are told "
        f"with that count in mind: account for the difference"
    )
    return [said]
