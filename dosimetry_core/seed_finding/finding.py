"""Finding the seeds of an implant in a CT scan."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_finding.candidates import Spots, connected, find_spots
from dosimetry_core.seed_finding.clusters import fit_group, fit_single
from dosimetry_core.seed_finding.confidence import (
    Candidate,
    candidates_of,
    confidence_of,
    worth_a_look,
)
from dosimetry_core.seed_finding.fit import Fit, Patch, fit_rods, misfit, with_rods
from dosimetry_core.seed_finding.needles import Needle, find_needles
from dosimetry_core.seed_finding.patches import Group, Scanner, cut, to_patch, to_scan
from dosimetry_core.seed_finding.population import FREE_OBJECT, WIDE, Population, learn
from dosimetry_core.seed_finding.rod import ROD_FIELDS, UX, UZ, X, Z
from dosimetry_core.seed_finding.through_plane import settled
from dosimetry_core.values import FoundSeed, Volume

_REPORTED = 0.35  # confidence below which a find is left out
_DOUBTED = 0.7
_PEAK_OVER_THRESHOLD = 1.1  # a group that barely passes the threshold is no seed
_LARGEST_MM3 = 600.0  # of a group: some twenty seeds in contact; beyond it is bone or a prosthesis
_SATURATED_VOXELS = 4
_LOWEST_CEILING_HU = 2000
_NEIGHBOUR_MM = 12.0
_AS_GOOD = 1.02  # cost of one object of any kind against that of several seeds
_LEAST_SEEN = 0.3  # of a group's own voxels: the rest is too near a needle to tell
_ENOUGH_VOXELS = 40  # to learn from a fit
_METAL_HU = 1300.0  # typical excess along a needle; along the edge of a bone it is less
_BONE_PEAK_HU = 1500.0  # dense bone seen through thick slices is as bright
_THICKEST_SLICE_MM = 6.5


@dataclass(frozen=True, slots=True)
class SeedFinding:
    """The seeds of one scan.

    Attributes:
        seeds: each with its centre, axis and confidence, most confident first.
        warnings: what a reader of the seeds must know.
    """

    seeds: tuple[FoundSeed, ...]
    warnings: tuple[str, ...]


@dataclass(slots=True, eq=False)
class _Object:
    group: Group
    patch: Patch
    points_mm: NDArray[np.float64]
    weights: NDArray[np.float64]
    single: Fit
    fit: Fit


def find_seeds(scan: Volume) -> SeedFinding:
    """Find brachytherapy seeds (titanium capsules of 4.5 x 0.8 mm) in a CT scan.

    Nothing is set by hand: threshold, blur and the seed's own brightness are learnt from the scan.

    Args:
        scan: HU as int16, indexed [k, j, i]; any affine with perpendicular axes.

    Raises:
        ValueError: the values are not int16.
    """
    if scan.values.dtype != np.int16:
        raise ValueError(f"seeds are looked for in int16 HU, got {scan.values.dtype}")
    scan = Volume(np.ascontiguousarray(scan.values), scan.affine)
    spots = find_spots(scan)
    scanner = _scanner_of(scan)
    needles, groups = _groups(scan, spots)
    objects = _objects(scan, scanner, spots, groups, needles)
    population = _population(objects)
    prior = population.prior
    objects = [one for one in objects if worth_a_look(float(one.group.excess_hu.max()), population)]
    for one in objects:
        one.fit = fit_group(one.patch, one.points_mm, one.weights, prior, one.single)
    candidates = _refined(objects, population)
    found = [(c, confidence_of(c, population)) for c in candidates]
    seeds = [_as_seed(scan, c.rod, p) for c, p in found if p >= _REPORTED]
    seeds.sort(key=lambda seed: -seed.confidence)
    return SeedFinding(tuple(seeds), _warnings(scan, seeds, needles, population))


def _scanner_of(scan: Volume) -> Scanner:
    top = int(scan.values.max(initial=-1024))
    saturated = top >= _LOWEST_CEILING_HU and (
        int(np.count_nonzero(scan.values == top)) >= _SATURATED_VOXELS
    )
    some = scan.values[::4, ::4, :].astype(np.float32)
    steps = np.abs(np.diff(some, axis=2))[(some[..., 1:] > -100) & (some[..., 1:] < 200)]
    noise = float(np.median(steps)) / (0.6745 * np.sqrt(2.0)) if steps.size else 20.0
    return Scanner(float(top) if saturated else np.inf, noise)


def _groups(scan: Volume, spots: Spots) -> tuple[list[Needle], list[NDArray[np.int64]]]:
    """Needles, and the voxels (indices into ``spots``) of each group that may hold seeds."""
    points = _points(scan, spots.kji)
    slice_mm = scan.spacing_mm[0]
    needles: list[Needle] = []
    taken = np.zeros(len(points), np.bool_)
    order = np.argsort(spots.label, kind="stable")
    for voxels in np.split(order, np.cumsum(np.bincount(spots.label, minlength=1))[:-1]):
        if len(voxels):
            some, theirs = find_needles(points[voxels], slice_mm)
            taken[voxels[theirs]] = True
            metal = theirs.any() and np.median(spots.excess_hu[voxels[theirs]]) > _METAL_HU
            needles += [replace(needle, metal=bool(metal)) for needle in some]
    left = np.flatnonzero(~taken)
    label, count = connected(spots.kji[left], scan.values.shape)
    order = np.argsort(label, kind="stable")
    parts = np.split(left[order], np.cumsum(np.bincount(label, minlength=max(1, count)))[:-1])
    least = _PEAK_OVER_THRESHOLD * spots.threshold_hu
    return needles, [
        part
        for part in parts
        if 0 < len(part) * scan.voxel_volume_mm3 <= _LARGEST_MM3
        and float(spots.excess_hu[part].max()) >= least
    ]


def _points(scan: Volume, kji: NDArray[np.int32]) -> NDArray[np.float64]:
    return (kji.astype(np.float64) * np.array(scan.spacing_mm))[:, ::-1]


def _objects(
    scan: Volume,
    scanner: Scanner,
    spots: Spots,
    groups: list[NDArray[np.int64]],
    needles: list[Needle],
) -> list[_Object]:
    label = np.full(len(spots.kji), -1)
    for n, voxels in enumerate(groups):
        label[voxels] = n
    objects: list[_Object] = []
    for n, voxels in enumerate(groups):
        group = Group(spots.kji[voxels], spots.excess_hu[voxels])
        strangers = spots.kji[(label >= 0) & (label != n)]
        patch = cut(scan, scanner, group, strangers, needles)
        if patch.use[tuple((group.kji - patch.origin_kji).T)].mean() < _LEAST_SEEN:
            continue
        points = ((group.kji - patch.origin_kji) * patch.spacing_mm)[:, ::-1]
        weights = group.excess_hu.astype(np.float64)
        single = fit_single(patch, points, weights, WIDE)
        single = fit_rods(patch, single.rods, single.background_hu, FREE_OBJECT)
        objects.append(_Object(group, patch, points, weights, single, single))
    return objects


def _population(objects: list[_Object]) -> Population:
    plain = [one for one in objects if one.patch.use.sum() >= _ENOUGH_VOXELS]
    misfits = [
        misfit(o.patch, o.fit.rods, o.fit.background_hu)[0] / o.patch.use.sum() for o in plain
    ]
    peaks = [float(one.group.excess_hu.max()) for one in plain]
    rods = np.array([one.fit.rods[0] for one in plain]).reshape(-1, ROD_FIELDS)
    return learn(rods, np.array(misfits), np.array(peaks))


def _refined(objects: list[_Object], population: Population) -> list[Candidate]:
    """Fit each object once more with its neighbours' metal known."""
    in_scan = [to_scan(one.patch, one.fit.rods) for one in objects]
    candidates: list[Candidate] = []
    for n, one in enumerate(objects):
        middle = in_scan[n][:, X : Z + 1].mean(axis=0)
        others = np.concatenate(
            [rods for m, rods in enumerate(in_scan) if m != n] or [in_scan[n][:0]]
        )
        near = np.linalg.norm(others[:, X : Z + 1] - middle, axis=1) < _NEIGHBOUR_MM
        patch = with_rods(one.patch, to_patch(one.patch, others[near])) if near.any() else one.patch
        fit = fit_rods(patch, one.fit.rods, one.fit.background_hu, population.prior)
        in_scan[n] = to_scan(patch, fit.rods)
        free = fit_rods(patch, fit.rods, fit.background_hu, FREE_OBJECT)
        rods = [settled(patch, fit.rods, m, fit.background_hu) for m in range(len(fit.rods))]
        single_is_better = len(rods) > 1 and one.single.cost < _AS_GOOD * one.fit.cost
        shown = to_scan(patch, np.array(rods))
        candidates += candidates_of(patch, fit, free, shown, single_is_better)
    return candidates


def _as_seed(scan: Volume, rod: NDArray[np.float64], confidence: float) -> FoundSeed:
    spacing = np.array(scan.spacing_mm)
    center = scan.to_patient_mm(rod[X : Z + 1][::-1] / spacing)
    turn = scan.affine[:3, :3] / spacing[::-1]
    axis = turn @ rod[UX : UZ + 1]
    axis = axis / np.linalg.norm(axis)
    x, y, z = (float(c) for c in center)
    ux, uy, uz = (float(c) for c in axis)
    return FoundSeed((x, y, z), (ux, uy, uz), confidence)


def _warnings(
    scan: Volume, seeds: list[FoundSeed], needles: list[Needle], population: Population
) -> tuple[str, ...]:
    told: list[str] = []
    doubted = sum(seed.confidence < _DOUBTED for seed in seeds)
    if doubted:
        told.append(f"{doubted} of {len(seeds)} seeds found are in doubt: check them on the images")
    if scan.spacing_mm[0] > _THICKEST_SLICE_MM:
        told.append(
            f"slices are {scan.spacing_mm[0]:.1f} mm apart: seeds may be missed and their place "
            f"along z is uncertain; scan with 5 mm or less"
        )
    if seeds and population.peak_hu < _BONE_PEAK_HU:
        told.append(
            f"the seeds are hardly brighter than bone ({population.peak_hu:.0f} HU above the "
            f"tissue): bone may pass for seeds and seeds may be missed; scan with thinner slices"
        )
    if any(needle.metal for needle in needles):
        told.append("needles or probes are in the scan: a seed inside or against one is not found")
    return tuple(told)
