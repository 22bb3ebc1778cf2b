"""Small bright spots in a scan: where it is worth looking closer for metal.

The int16 volume is thresholded first and everything after works on the few voxels that remain, so
that no floating-point copy of the volume is ever made.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.seed_finding._compiled import compiled
from dosimetry_core.values import Volume

_LOWEST_EXCESS_HU, _HIGHEST_EXCESS_HU = 600.0, 1200.0
_NOISES = 6.0
_PEAK_SHARE = 0.25  # of the typical peak: low enough for a seed cut by slices, above most streaks
_CROWDED_SHARE = 0.4  # of it: what parts seeds in a crowd, and a crowd from bone
CEILING_HU = 3071  # of 12 bits: what scanners with more store above it, most others do not
_RING_MM = 5.0  # beyond a seed seen end-on or from the side, within the tissue around it
_RING_SAMPLES = 16
_RING_RANK = 6  # of 16: a neighbouring needle, rib or seed crosses fewer than ten of the samples


@dataclass(frozen=True, slots=True, eq=False)
class Spots:
    """Voxels that stand out from their surroundings, grouped by contact.

    Attributes:
        kji: shape (n, 3), voxel indices, ordered along the flattened volume.
        excess_hu: shape (n,), HU above the surroundings in the slice.
        label: shape (n,), group of each voxel, 0 .. groups - 1.
        groups: number of groups.
        threshold_hu: the least excess of a voxel that is kept.
        crowded_hu: the least excess that parts large groups.
    """

    kji: NDArray[np.int32]
    excess_hu: NDArray[np.float32]
    label: NDArray[np.int32]
    groups: int
    threshold_hu: float
    crowded_hu: float


def find_spots(scan: Volume, noise_hu: float = 0.0) -> Spots:
    """Groups of voxels that stand out as much as a needle in thick slices does.

    Args:
        scan: the scan.
        noise_hu: its standard deviation: what stands out less than six of it is left out.
    """
    lowest = max(_LOWEST_EXCESS_HU, _NOISES * noise_hu)
    values = scan.values
    _, nj, ni = values.shape
    _, row_mm, column_mm = scan.spacing_mm
    turn = np.arange(_RING_SAMPLES) * (2.0 * math.pi / _RING_SAMPLES)
    rows = np.round(_RING_MM * np.sin(turn) / row_mm).astype(np.int64)
    columns = np.round(_RING_MM * np.cos(turn) / column_mm).astype(np.int64)
    found = _bright_voxels(values.reshape(-1), int(lowest))
    excess = _excess(values, found, rows, columns, _RING_RANK, CEILING_HU)
    keep = excess >= lowest
    label, groups = _group(found[keep], nj, ni)
    kji = np.stack(np.unravel_index(found[keep], values.shape), axis=1).astype(np.int32)
    return Spots(kji, excess[keep], label, groups, lowest, lowest)


def brighter(spots: Spots, shape: tuple[int, ...]) -> Spots:
    """Those that stand out by a share of what the scan's own metal stands out by.

    The threshold comes from the scan: a quarter of the typical peak of its brightest groups.
    """
    if not spots.groups:
        return spots
    peaks = np.zeros(spots.groups, np.float32)
    np.maximum.at(peaks, spots.label, spots.excess_hu)
    typical = float(np.median(peaks[peaks >= 0.5 * peaks.max()]))
    threshold, crowded = (
        max(spots.threshold_hu, min(_HIGHEST_EXCESS_HU, share * typical))
        for share in (_PEAK_SHARE, _CROWDED_SHARE)
    )
    keep = spots.excess_hu >= threshold
    label, groups = connected(spots.kji[keep], shape)
    return Spots(spots.kji[keep], spots.excess_hu[keep], label, groups, threshold, crowded)


def connected(kji: NDArray[np.int32], shape: tuple[int, ...]) -> tuple[NDArray[np.int32], int]:
    """Label voxels (ordered along the flattened volume) by contact; also the number of groups."""
    k, j, i = kji.astype(np.int64).T
    flat = np.asarray((k * shape[1] + j) * shape[2] + i)
    return _group(flat, shape[1], shape[2])


@compiled
def _bright_voxels(flat: NDArray[np.int16], threshold: int) -> NDArray[np.int64]:
    """Flat indices, ascending, of the voxels at or above ``threshold``."""
    count = 0
    for n in range(flat.size):
        if flat[n] >= threshold:
            count += 1
    found = np.empty(count, np.int64)
    at = 0
    for n in range(flat.size):
        if flat[n] >= threshold:
            found[at] = n
            at += 1
    return found


@compiled
def _excess(
    values: NDArray[np.int16],
    found: NDArray[np.int64],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    rank: int,
    ceiling: int,
) -> NDArray[np.float32]:
    """HU above the ``rank``-th lowest of the ring samples around each voxel in its slice."""
    _, nj, ni = values.shape
    excess = np.empty(found.size, np.float32)
    ring = np.empty(rows.size, np.int32)
    for n in range(found.size):
        k, rest = divmod(found[n], nj * ni)
        j, i = divmod(rest, ni)
        for s in range(rows.size):
            jj = min(nj - 1, max(0, j + rows[s]))
            ii = min(ni - 1, max(0, i + columns[s]))
            ring[s] = values[k, jj, ii]
        ring.sort()
        excess[n] = min(int(values[k, j, i]), ceiling) - max(ring[rank], 0)
    return excess


@compiled
def _root(parent: NDArray[np.int64], n: int) -> int:
    while parent[n] != n:
        parent[n] = parent[parent[n]]
        n = parent[n]
    return n


@compiled
def _group(found: NDArray[np.int64], nj: int, ni: int) -> tuple[NDArray[np.int32], int]:
    """Label voxels (sorted flat indices) by contact through faces, edges and corners."""
    parent = np.arange(found.size)
    for n in range(found.size):
        k, rest = divmod(found[n], nj * ni)
        j, i = divmod(rest, ni)
        for dk in range(-1, 1):
            for dj in range(-1, 2):
                for di in range(-1, 2):
                    if (dk, dj, di) >= (0, 0, 0):
                        continue
                    jj, ii = j + dj, i + di
                    if k + dk < 0 or jj < 0 or jj >= nj or ii < 0 or ii >= ni:
                        continue
                    other = ((k + dk) * nj + jj) * ni + ii
                    m = np.searchsorted(found, other)  # pyright: ignore[reportUnknownVariableType]
                    if m < found.size and found[m] == other:
                        a, b = _root(parent, n), _root(parent, m)  # pyright: ignore[reportUnknownArgumentType]
                        if a < b:
                            parent[b] = a
                        elif b < a:
                            parent[a] = b
    label = np.empty(found.size, np.int32)
    groups = 0
    for n in range(found.size):
        if parent[n] == n:
            label[n] = groups
            groups += 1
        else:
            label[n] = label[_root(parent, n)]
    return label, groups
