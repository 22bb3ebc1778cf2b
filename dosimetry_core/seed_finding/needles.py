"""Needles and probes: straight metal much longer than a seed, set aside before seeds are sought."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_finding._compiled import compiled

SHORTEST_NEEDLE_MM = 16.0  # three seeds end to end and their blur are shorter
_SHORTEST_SLICES = 4.5  # stacked seeds can be bright in four slices running
_CORE_MM = 1.0  # voxels this near to a line are on it
_WIDEST_MM = 2.6  # a 10 gauge probe and its blur
_LONGEST_GAP_MM = 12.0  # between pieces of one needle
_OFF_LINE_MM = 1.3  # of the ends of pieces from the whole
_AHEAD_MM, _STEP_MM, _ASIDE_MM = 20.0, 2.5, 1.5  # how a needle is followed
_COVERED = 0.75  # of that way bright: more than seeds in a strand make
_MOST_OF_GROUP = 20
_ANCHORS = 40
_FEWEST_VOXELS = 8
_BINS = 1024  # along a line, 1.2 mm or more each: the widest field of view
_THICK_SLICE_MM = 1.5


@dataclass(frozen=True, slots=True, eq=False)
class Needle:
    """Something straight and bright from ``start_mm`` to ``end_mm`` (grid frame, x, y, z).

    ``metal`` is False for the edge of a bone, which is set aside in the same way.
    """

    start_mm: NDArray[np.float64]
    end_mm: NDArray[np.float64]
    radius_mm: float
    metal: bool = True

    def distance_mm(self, xyz_mm: NDArray[np.float64], squeeze: float) -> NDArray[np.float64]:
        """Distance of points (..., 3) from the axis, z counted ``squeeze``-fold."""
        points = np.ascontiguousarray(xyz_mm).reshape(-1, 3)
        along = self.end_mm - self.start_mm
        return _distances(points, self.start_mm, along, squeeze).reshape(xyz_mm.shape[:-1])


def within_mm(needles: list[Needle], xyz_mm: NDArray[np.float64], reach_mm: float) -> list[Needle]:
    """The needles of which the axis passes a point (3,) nearer than ``reach_mm``."""
    if not needles:
        return []
    start = np.array([needle.start_mm for needle in needles])
    along = np.array([needle.end_mm for needle in needles]) - start
    offset = xyz_mm - start
    share = (offset * along).sum(axis=1) / (along * along).sum(axis=1)
    gap = np.linalg.norm(offset - np.clip(share, 0.0, 1.0)[:, None] * along, axis=1)
    return [needles[n] for n in np.flatnonzero(gap < reach_mm)]


def squeeze_of(slice_mm: float) -> float:
    """Factor on z that makes a slice's thickness count no more than that of a thin one."""
    return min(1.0, _THICK_SLICE_MM / slice_mm)


def find_needles(
    points_mm: NDArray[np.float64], slice_mm: float
) -> tuple[list[Needle], NDArray[np.bool_]]:
    """Needles among the bright voxels of one group, and which voxels are theirs.

    Args:
        points_mm: shape (n, 3), voxel centres (x, y, z) in the grid frame.
        slice_mm: pitch along z.
    """
    taken = np.zeros(len(points_mm), np.bool_)
    needles: list[Needle] = []
    squeeze = squeeze_of(slice_mm)
    while len(points_mm) >= _FEWEST_VOXELS and len(needles) < _MOST_OF_GROUP:
        left = np.flatnonzero(~taken)
        points = points_mm[left]
        if len(left) < _FEWEST_VOXELS or np.ptp(points, axis=0).max() < 0.55 * SHORTEST_NEEDLE_MM:
            break
        anchors = np.unique(np.linspace(0, len(left) - 1, _ANCHORS).astype(np.int64))
        over, start, end = _longest_run(points, anchors, squeeze, slice_mm, SHORTEST_NEEDLE_MM)
        if over < 0.0:
            break
        thin = Needle(start, end, _CORE_MM)
        core = thin.distance_mm(points, squeeze) <= _CORE_MM
        start, end = _straightened(points[core], end - start)
        distance = Needle(start, end, _CORE_MM).distance_mm(points, squeeze)
        near = distance <= _WIDEST_MM
        radius = _typical_reach(points[near], distance[near], start, end, slice_mm)
        needles.append(Needle(start, end, radius))
        taken[left[distance <= radius]] = True
    return needles, taken


def joined(needles: list[Needle], slice_mm: float, gap_mm: float = _LONGEST_GAP_MM) -> list[Needle]:
    """Needles of which the pieces that lie on one line are one.

    A slanting needle is seen in steps in thick slices, and broken where another crosses it.

    Args:
        needles: the pieces.
        slice_mm: pitch along z.
        gap_mm: pieces further apart are not of one needle.
    """
    squeeze = squeeze_of(slice_mm)
    left = sorted(needles, key=_length, reverse=True)
    whole: list[Needle] = []
    while left:
        one = left.pop(0)
        while True:
            pair = [(n, _as_one(one, other, squeeze, gap_mm)) for n, other in enumerate(left)]
            fits = [(n, needle) for n, needle in pair if needle is not None]
            if not fits:
                break
            n, one = max(fits, key=lambda fit: _length(fit[1]))
            left.pop(n)
        whole.append(one)
    return whole


def extended(needle: Needle, points_mm: NDArray[np.float64], slice_mm: float) -> Needle:
    """The needle as far as bright voxels go on along its line, nearly without gaps.

    Args:
        needle: the needle.
        points_mm: shape (n, 3), all bright voxels (x, y, z) in the grid frame.
        slice_mm: pitch along z.
    """
    squeeze = squeeze_of(slice_mm)
    for towards in (1.0, -1.0):
        followed = False
        while True:
            ends = (needle.start_mm, needle.end_mm)
            begin, end = ends if towards > 0 else ends[::-1]
            along = (end - begin) / np.linalg.norm(end - begin)
            ahead = Needle(end, end + _AHEAD_MM * along, _CORE_MM)
            near = ahead.distance_mm(points_mm, squeeze) <= _ASIDE_MM
            at = (points_mm[near] - end) @ along
            bins = np.unique(np.clip(at / _STEP_MM, 0, _AHEAD_MM / _STEP_MM - 1).astype(np.int64))
            on = len(bins) >= _COVERED * _AHEAD_MM / _STEP_MM
            if not on:
                unbroken = int((bins == np.arange(len(bins))).sum())
                at = at[at < unbroken * _STEP_MM]
            if not on and not (followed and len(at)):
                break
            followed = True
            whole = Needle(begin, end + float(at.max()) * along, needle.radius_mm, needle.metal)
            core = points_mm[whole.distance_mm(points_mm, squeeze) <= _ASIDE_MM]
            start, stop = _straightened(core, along)
            needle = Needle(
                *((start, stop) if towards > 0 else (stop, start)), needle.radius_mm, needle.metal
            )
            if not on:
                break
    return needle


def _length(needle: Needle) -> float:
    return float(np.linalg.norm(needle.end_mm - needle.start_mm))


def _as_one(one: Needle, other: Needle, squeeze: float, gap_mm: float) -> Needle | None:
    points = np.array([one.start_mm, one.end_mm, other.start_mm, other.end_mm])
    gaps = np.linalg.norm(points[:2, None] - points[None, 2:], axis=2)
    if float(gaps.min()) > gap_mm:
        overlap = (
            other.distance_mm(points[:2], squeeze).min(),
            one.distance_mm(points[2:], squeeze).min(),
        )
        if min(overlap) > _OFF_LINE_MM:
            return None
    weight = np.repeat([_length(one), _length(other)], 2)
    middle = weight @ points / weight.sum()
    _, _, axes = np.linalg.svd((points - middle) * np.sqrt(weight)[:, None])
    along = (points - middle) @ axes[0]
    line = Needle(
        middle + along.min() * axes[0],
        middle + along.max() * axes[0],
        max(one.radius_mm, other.radius_mm),
        one.metal or other.metal,
    )
    return line if float(line.distance_mm(points, squeeze).max()) <= _OFF_LINE_MM else None


def _straightened(
    core: NDArray[np.float64], towards: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Ends of the line of best fit through the needle's core."""
    middle = core.mean(axis=0)
    _, _, axes = np.linalg.svd(core - middle, full_matrices=False)
    axis = axes[0] * (1.0 if float(axes[0] @ towards) > 0 else -1.0)
    along = (core - middle) @ axis
    return middle + along.min() * axis, middle + along.max() * axis


def _typical_reach(
    points: NDArray[np.float64],
    distance: NDArray[np.float64],
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    slice_mm: float,
) -> float:
    """How far bright voxels reach from the axis along most of the needle."""
    length = float(np.linalg.norm(end - start))
    width = max(2.0, slice_mm)
    bins = ((points - start) @ ((end - start) / length) / width).astype(np.int64)
    bins = np.clip(bins, 0, int(length / width))
    reach = np.zeros(int(bins.max()) + 1)
    np.maximum.at(reach, bins, distance)
    return max(_CORE_MM, float(np.median(reach[reach > 0])) + 0.05) if reach.any() else _CORE_MM


@compiled
def _distances(
    points: NDArray[np.float64],
    start: NDArray[np.float64],
    along: NDArray[np.float64],
    squeeze: float,
) -> NDArray[np.float64]:
    distance = np.empty(points.shape[0])
    sx, sy, sz = along[0], along[1], along[2] * squeeze
    norm = sx * sx + sy * sy + sz * sz
    for n in range(points.shape[0]):
        ox = points[n, 0] - start[0]
        oy = points[n, 1] - start[1]
        oz = (points[n, 2] - start[2]) * squeeze
        share = min(1.0, max(0.0, (ox * sx + oy * sy + oz * sz) / norm))
        ex, ey, ez = ox - share * sx, oy - share * sy, oz - share * sz
        distance[n] = np.sqrt(ex * ex + ey * ey + ez * ez)
    return distance


@compiled
def _longest_run(
    points: NDArray[np.float64],
    anchors: NDArray[np.int64],
    squeeze: float,
    slice_mm: float,
    shortest: float,
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """The longest unbroken run of points along a line through two anchors.

    Returns by how much it is longer than a needle must be (negative if it is not), and its ends.
    """
    best = -1.0
    best_start, best_end = np.zeros(3), np.zeros(3)
    first, last = np.empty(_BINS), np.empty(_BINS)
    for a in range(anchors.size):
        for b in range(a):
            p = points[anchors[a]]
            u = points[anchors[b]] - p
            apart = np.sqrt(u @ u)
            if apart < 0.5 * shortest:
                continue
            u = u / apart
            width = max(1.2, 1.1 * slice_mm * abs(u[2]))
            needed = max(shortest, _SHORTEST_SLICES * slice_mm * abs(u[2]))
            sx, sy, sz = u[0], u[1], u[2] * squeeze
            norm = sx * sx + sy * sy + sz * sz
            first[:] = np.inf
            last[:] = -np.inf
            for n in range(points.shape[0]):
                ox = points[n, 0] - p[0]
                oy = points[n, 1] - p[1]
                oz = (points[n, 2] - p[2]) * squeeze
                t = (ox * sx + oy * sy + oz * sz) / norm
                if ox * ox + oy * oy + oz * oz - t * t * norm > _CORE_MM**2:
                    continue
                at = int(np.floor(t / width)) + _BINS // 2
                if 0 <= at < _BINS:
                    first[at] = min(first[at], t)
                    last[at] = max(last[at], t)
            begin = 0
            for n in range(_BINS):
                if last[n] < first[n]:
                    begin = n + 1
                elif last[n] - first[begin] - needed > best:
                    best = last[n] - first[begin] - needed
                    best_start = p + u * first[begin]
                    best_end = p + u * last[n]
    return best, best_start, best_end
