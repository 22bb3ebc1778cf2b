"""What is in a scan before seeds are fitted: needles, edges of bone, groups of bright voxels."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_finding.candidates import (
    CEILING_HU,
    Spots,
    brighter,
    connected,
    find_spots,
)
from dosimetry_core.seed_finding.each import each
from dosimetry_core.seed_finding.lines import MetalLine, measured
from dosimetry_core.seed_finding.needles import Needle, extended, find_needles, joined, squeeze_of
from dosimetry_core.seed_finding.patches import Group, NeedleEnd, Scanner
from dosimetry_core.values import Volume

_PEAK_OVER_THRESHOLD = 1.1  # a group that barely passes the threshold is no seed
_LARGEST_MM3 = 600.0  # of a group: some twenty seeds in contact; beyond it is bone or a prosthesis
_CROWD_MM3 = 60.0  # of a group: more than two seeds
_SMALLEST_MM3 = 2.0  # of a group: a blurred seed is nine; noise of a sharp kernel is less
_MOST_GROUPS = 300
_SATURATED_VOXELS = 4
_LOWEST_CEILING_HU = 2000
_METAL_HU = 900.0  # typical excess along a needle; along the edge of a bone it is less
_BRIGHTER_THAN_BONE_HU = 1500.0  # at its edge: there lies a seed, or it is a needle's
_NEAR_LINE_MM = 4.0
_THIN_MM = 4.0  # slices in which nothing beside a needle is seen on top of it
_SURPRISING = 3.5  # standard deviations of a needle's own unevenness
_OVER_NEEDLE = 0.2  # of a needle's excess: what its own unevenness adds
_BESIDE_END_MM = 1.0  # beyond the needle's radius: still its end
_BEYOND_END_MM = 6.0
_WIDEST_MM = 1.2
_BESIDE_MM = 0.5  # beyond its radius: still a needle, at its uneven places
_BORDER_MM = 6.0
_AIR_HU = -500


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What a scan holds.

    Attributes:
        scanner: its HU scale.
        threshold_hu: the least excess of a bright voxel.
        lines: needles and probes.
        edges: straight edges of bone.
        groups: bright voxels in contact that may hold seeds.
    """

    scanner: Scanner
    threshold_hu: float
    lines: list[MetalLine]
    edges: list[Needle]
    groups: list[Group]


def scene_of(scan: Volume, threads: int) -> Scene:
    """Find what is bright and set apart what is long and straight."""
    scanner = _scanner_of(scan)
    faint = find_spots(scan, scanner.noise_hu)
    slice_mm = scan.spacing_mm[0]
    faint_points = _points(scan, faint)
    needles = _straight(faint, faint_points, slice_mm, threads)
    spots = brighter(faint, scan.values.shape)
    points = _points(scan, spots)
    edges = [needle for needle in needles if not needle.metal]
    lines = [
        measured(
            needle,
            faint_points,
            faint.excess_hu.astype(np.float64),
            slice_mm,
            scanner.ceiling_hu,
            (
                _inside(scan, needle.start_mm, needle.end_mm),
                _inside(scan, needle.end_mm, needle.start_mm),
            ),
        )
        for needle in needles
        if needle.metal
    ]
    left, excess, end_of = _left_over(spots, points, lines, edges, slice_mm)
    parts: list[NDArray[np.int64]] = []
    for part in _parts(left, spots, scan):
        if len(part) * scan.voxel_volume_mm3 > _CROWD_MM3:
            parts += _parts(part[excess[part] >= spots.crowded_hu], spots, scan)
        else:
            parts.append(part)
    pairs: list[NeedleEnd] = [(line, begin, end) for line in lines for begin, end in line.ends()]
    groups: list[Group] = []
    least, voxel_mm3 = _PEAK_OVER_THRESHOLD * spots.threshold_hu, scan.voxel_volume_mm3
    for mine in parts:
        if not len(mine) or len(mine) * voxel_mm3 > _LARGEST_MM3:
            continue
        mine_of = sorted(set(end_of[mine].tolist()))
        ends = tuple(pairs[int(n)] for n in mine_of if n >= 0)
        if float(excess[mine].max()) >= least and (ends or len(mine) * voxel_mm3 >= _SMALLEST_MM3):
            groups.append(Group(spots.kji[mine], excess[mine].astype(np.float32), ends))
    groups.sort(key=lambda group: -float(group.excess_hu.sum()))
    return Scene(scanner, spots.threshold_hu, lines, edges, groups[:_MOST_GROUPS])


def _parts(which: NDArray[np.int64], spots: Spots, scan: Volume) -> list[NDArray[np.int64]]:
    """Some of the spots' voxels, in groups that are in contact."""
    label, count = connected(spots.kji[which], scan.values.shape)
    order = np.argsort(label, kind="stable")
    return np.split(which[order], np.cumsum(np.bincount(label, minlength=max(1, count)))[:-1])


def _points(scan: Volume, spots: Spots) -> NDArray[np.float64]:
    return np.ascontiguousarray((spots.kji.astype(np.float64) * np.array(scan.spacing_mm))[:, ::-1])


def _straight(
    spots: Spots, points: NDArray[np.float64], slice_mm: float, threads: int
) -> list[Needle]:
    """Needles and edges of bone."""
    order = np.argsort(spots.label, kind="stable")
    groups = np.split(order, np.cumsum(np.bincount(spots.label, minlength=1))[:-1])

    def needles_in(voxels: NDArray[np.int64]) -> list[Needle]:
        some, theirs = find_needles(points[voxels], slice_mm)
        metal = theirs.any() and np.median(spots.excess_hu[voxels[theirs]]) > _METAL_HU
        return [replace(needle, metal=bool(metal)) for needle in some]

    needles = [needle for some in each(needles_in, groups, threads) for needle in some]
    whole = joined([needle for needle in needles if needle.metal], slice_mm)
    whole = joined([extended(needle, points, slice_mm) for needle in whole], slice_mm)
    return whole + [needle for needle in needles if not needle.metal]


def _left_over(
    spots: Spots,
    points: NDArray[np.float64],
    lines: list[MetalLine],
    edges: list[Needle],
    slice_mm: float,
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Voxels that needles do not explain, all excesses less the needles', and whose end each is."""
    squeeze = squeeze_of(slice_mm)
    metal, least = np.zeros(len(points)), np.full(len(points), spots.threshold_hu)
    by_line = np.zeros(len(points), np.bool_)
    end_of = np.full(len(points), -1)
    ends = 0
    for line in lines:
        distance = line.needle.distance_mm(points, squeeze)
        near = np.flatnonzero(distance <= max(_NEAR_LINE_MM, slice_mm))
        metal[near] += line.excess_hu(points[near], slice_mm)
        core = distance <= min(line.needle.radius_mm, _WIDEST_MM) + _BESIDE_MM
        least[core] += _SURPRISING * line.scatter_hu
        by_line[core] = True
        for begin, end in line.ends():
            along = (end - begin) / np.linalg.norm(end - begin)
            at = (points - begin) @ along
            scale = np.array([1.0, 1.0, squeeze])
            aside = np.linalg.norm(((points - begin) - at[:, None] * along) * scale, axis=1)
            beyond = (at > 0) & (at < np.linalg.norm(end - begin) + _BEYOND_END_MM)
            end_of[beyond & (aside <= line.needle.radius_mm + _BESIDE_END_MM)] = ends
            ends += 1
    excess = spots.excess_hu - metal
    own = excess >= least + _OVER_NEEDLE * metal
    if slice_mm < _THIN_MM:
        own &= ~by_line
    no_bone = excess >= _BRIGHTER_THAN_BONE_HU
    for edge in edges:
        own &= no_bone | (edge.distance_mm(points, squeeze) > edge.radius_mm)
    left = np.flatnonzero(own | (end_of >= 0))
    return left, excess, end_of


def _inside(scan: Volume, end_mm: NDArray[np.float64], other_mm: NDArray[np.float64]) -> bool:
    """Whether a needle's end lies in tissue: not at the scan's border, nor in air."""
    spacing = np.array(scan.spacing_mm)
    size = (np.array(scan.values.shape) - 1) * spacing
    zyx = end_mm[::-1]
    border = np.array([0.6 * spacing[0], _BORDER_MM, _BORDER_MM])
    if np.any(zyx < border) or np.any(zyx > size - border):
        return False
    along = (end_mm - other_mm) / np.linalg.norm(end_mm - other_mm)
    beyond = np.round((end_mm + 3.0 * along)[::-1] / spacing).astype(np.int64)
    k, j, i = np.clip(beyond, 0, np.array(scan.values.shape) - 1)
    return bool(scan.values[k, j, i] > _AIR_HU)


def _scanner_of(scan: Volume) -> Scanner:
    top = min(CEILING_HU, int(scan.values.max(initial=-1024)))
    saturated = top >= _LOWEST_CEILING_HU and (
        int(np.count_nonzero(scan.values >= top)) >= _SATURATED_VOXELS
    )
    return Scanner(float(top) if saturated else np.inf, noise_of(scan))


def noise_of(scan: Volume) -> float:
    """Standard deviation of the noise in soft tissue, HU, from steps between neighbours."""
    some = scan.values[::4, ::4, :].astype(np.float32)
    steps = np.abs(np.diff(some, axis=2))[(some[..., 1:] > -100) & (some[..., 1:] < 200)]
    return float(np.median(steps)) / (0.6745 * math.sqrt(2.0)) if steps.size else 20.0
