"""Finding the seeds of an implant in a CT scan."""

import os
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_finding.counting import given_count
from dosimetry_core.seed_finding.each import each
from dosimetry_core.seed_finding.features import (
    FEATURES,
    Around,
    features_of,
    lean_of,
    with_others,
)
from dosimetry_core.seed_finding.fit import fit_rods, misfit, with_rods
from dosimetry_core.seed_finding.judgement import REPORTED, judge
from dosimetry_core.seed_finding.objects import Object, clearness, counted, objects_in
from dosimetry_core.seed_finding.patches import to_patch, to_scan
from dosimetry_core.seed_finding.population import FREE_OBJECT, Population, learn
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
_ENOUGH_VOXELS = 40  # to learn from a fit
_CLEAR = 4.0  # peaks against noise, to learn from
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


def find_seeds(
    scan: Volume, expected: int | None = None, *, threads: int | None = None
) -> SeedFinding:
    """Find brachytherapy seeds (titanium capsules of 4.5 x 0.8 mm) in a CT scan.

    Nothing is set by hand: threshold, blur and the seed's own brightness are learnt from the scan.

    Args:
        scan: HU as int16, indexed [k, j, i]; any affine with perpendicular axes.
        expected: how many seeds were counted in, all that the scan should show. It makes doubtful
            finds more or less probable; a count that does not agree is told as a warning.
        threads: how many at most; None for as many as this process has CPUs. What is found does
            not depend on it.

    Raises:
        ValueError: the values are not int16, a negative count is expected, or ``threads`` is not
            above zero.
    """
    if scan.values.dtype != np.int16:
        raise ValueError(f"seeds are looked for in int16 HU, got {scan.values.dtype}")
    if expected is not None and expected < 0:
        raise ValueError(f"expected must be 0 or more seeds, is {expected}")
    if threads is not None and threads < 1:
        raise ValueError(f"seeds are found by at least one thread, not {threads}")
    finds = candidates_in(scan, threads)
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


def candidates_in(scan: Volume, threads: int | None = None) -> Finds:
    """All that might be a seed, fitted and measured, not yet judged; ``find_seeds`` says more."""
    threads = threads or len(os.sched_getaffinity(0))
    scan = quietened(Volume(np.ascontiguousarray(scan.values), scan.affine))
    scene = scene_of(scan, threads)
    objects = objects_in(scan, scene, threads)
    population = _population(objects)
    objects = [
        one for one in objects if population.may_hold_a_seed(float(one.group.excess_hu.max()))
    ]
    objects = each(lambda one: counted(one, population), objects, threads)
    return _refined(objects, scene, population, threads)


def _population(objects: list[Object]) -> Population:
    objects = [one for one in objects if not one.group.ends]
    plain = [
        one
        for one in objects
        if one.patch.use.sum() >= _ENOUGH_VOXELS and clearness(one.group, one.patch) >= _CLEAR
    ]
    voxels = np.array([float(one.patch.use.sum()) for one in plain])
    costs = [misfit(one.patch, one.fit.rods, one.fit.background_hu)[0] for one in plain]
    peaks = [float(one.group.excess_hu.max()) for one in plain]
    rods = np.array([one.fit.rods[0] for one in plain]).reshape(-1, ROD_FIELDS)
    return learn(rods, np.array(costs) / voxels, np.array(peaks), voxels)


def _refined(objects: list[Object], scene: Scene, population: Population, threads: int) -> Finds:
    """Fit each object once more with its neighbours' metal known, and measure what was fitted."""
    objects = [one for one in objects if len(one.fit.rods) > len(one.patch.ends)]
    around = Around(
        scene.scanner.noise_hu, bool(np.isfinite(scene.scanner.ceiling_hu)), population, scene.lines
    )
    rods = [to_scan(one.patch, one.fit.rods) for one in objects]
    all_rods = np.concatenate([np.empty((0, ROD_FIELDS)), *rods])
    whose = np.repeat(np.arange(len(objects)), [len(some) for some in rods])

    def measured(n: int) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        return _measured(objects[n], all_rods[whose != n], around)

    told = each(measured, range(len(objects)), threads)
    found, features, leans = zip(*told, strict=True) if told else ((), (), ())
    found = np.concatenate([np.empty((0, ROD_FIELDS)), *found])
    features = np.concatenate([np.empty((0, len(FEATURES))), *features])
    lean = np.concatenate([np.empty((0, 4)), *leans])
    return Finds(found, with_others(features, found), lean, scene, population)


def _measured(
    one: Object, others: NDArray[np.float64], around: Around
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Rods, features and lean of an object's seeds; ``others`` are all other rods of the scan."""
    first = len(one.patch.ends)
    middle = to_scan(one.patch, one.fit.rods)[first:, X : Z + 1].mean(axis=0)
    near = np.linalg.norm(others[:, X : Z + 1] - middle, axis=1) < _NEIGHBOUR_MM
    patch = with_rods(one.patch, to_patch(one.patch, others[near]))
    fit = fit_rods(patch, one.fit.rods, one.fit.background_hu, around.population.prior)
    free = fit_rods(patch, fit.rods, fit.background_hu, FREE_OBJECT)
    told = [settled(patch, fit.rods, m, fit.background_hu) for m in range(first, len(fit.rods))]
    return (
        to_scan(patch, np.array([one_told.rod for one_told in told])),
        features_of(patch, fit, free, told, one.single.cost, around),
        lean_of(patch, fit, told),
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
