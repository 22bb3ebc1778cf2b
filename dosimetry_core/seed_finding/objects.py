"""Each group of bright voxels by itself: as one rod, then as the seeds that it holds."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_finding.clusters import fit_group, fit_single
from dosimetry_core.seed_finding.each import each
from dosimetry_core.seed_finding.fit import Fit, Patch, fit_rods
from dosimetry_core.seed_finding.patches import Group, cut, with_ends
from dosimetry_core.seed_finding.population import FREE_OBJECT, WIDE, Population
from dosimetry_core.seed_finding.scene import Scene
from dosimetry_core.values import Volume

_SHORTER_MM = (0.0, 2.5, 5.0)  # than a needle looks: a seed may lie on behind it
_COST_OF_SEED = 12.0
_LEAST_SEEN = 0.3  # of a group's own voxels: the rest is too near a needle to tell
_FAINT_IN_NOISE = 2.5  # peaks against noise that are not worth a fit


@dataclass(frozen=True, slots=True, eq=False)
class Object:
    """A group of bright voxels and what explains it.

    Attributes:
        group: the voxels.
        patch: the box round them.
        points_mm: shape (n, 3), the voxels' centres (x, y, z) in the patch's frame.
        weights: shape (n,), their excess HU.
        single: the best single rod of any kind.
        fit: the seeds, needles' ends first; the single rod until they are counted.
    """

    group: Group
    patch: Patch
    points_mm: NDArray[np.float64]
    weights: NDArray[np.float64]
    single: Fit
    fit: Fit


def objects_in(scan: Volume, scene: Scene, threads: int) -> list[Object]:
    """All groups that stand out from the noise around them, each fitted as one rod."""
    groups = scene.groups
    voxels = np.concatenate([group.kji for group in groups] or [np.empty((0, 3), np.int32)])
    whose = np.repeat(np.arange(len(groups)), [len(group.kji) for group in groups])

    def fitted(n: int) -> Object | None:
        patch = cut(scan, scene.scanner, groups[n], voxels[whose != n], scene.lines, scene.edges)
        return _alone(groups[n], patch)

    return [one for one in each(fitted, range(len(groups)), threads) if one is not None]


def _alone(group: Group, patch: Patch) -> Object | None:
    if patch.use[tuple((group.kji - patch.origin_kji).T)].mean() < _LEAST_SEEN:
        return None
    if clearness(group, patch) < _FAINT_IN_NOISE:
        return None
    points = ((group.kji - patch.origin_kji) * patch.spacing_mm)[:, ::-1]
    weights = np.maximum(group.excess_hu.astype(np.float64), 1.0)
    single = fit_single(patch, points, weights, WIDE)
    single = fit_rods(patch, single.rods, single.background_hu, FREE_OBJECT)
    return Object(group, patch, points, weights, single, single)


def clearness(group: Group, patch: Patch) -> float:
    """The brightest excess of a group against the noise and the streaks around it."""
    return float(group.excess_hu.max()) / float(patch.scale_hu.min())


def counted(one: Object, population: Population) -> Object:
    """With as many seeds as the evidence asks for, and needles' ends as long as it allows."""
    if not one.group.ends:
        fit = fit_group(one.patch, one.points_mm, one.weights, population, one.single)
        return replace(one, fit=fit)
    tried: list[tuple[Patch, Fit]] = []
    for shorter in _SHORTER_MM:
        patch = with_ends(one.patch, one.group.ends, shorter)
        tried.append((patch, fit_group(patch, one.points_mm, one.weights, population, one.single)))
    costs = [fit.cost + _COST_OF_SEED * len(fit.rods) for _, fit in tried]
    patch, fit = tried[int(np.argmin(costs))]
    return replace(one, patch=patch, fit=fit)
