"""The region of a fall of HU that hangs together with a cryoprobe."""

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.ice.filters import (
    Bools,
    Floats,
    closed,
    depth_mm,
    regions,
    without_holes,
)
from dosimetry_core.values import Volume

_NECK_MM = 2.5  # leaks thinner than twice this are cut off
_GAP_MM = 3.0  # a probe's shaft and what it hides
_AT_TIP_MM = 6.0  # ice forms around the shaft a little behind the tip
_LEAST_PLATEAU_HU, _MOST_PLATEAU_HU = 60.0, 120.0
_ENOUGH_VOXELS = 50


def connected_ice(
    fall: Floats, part: Volume, tips: NDArray[np.float64], allowed: Bools, threshold_hu: float
) -> Bools:
    """Ice among the voxels that fell by ``threshold_hu`` or more, shape of ``fall``.

    Args:
        fall: HU lost, smoothed.
        part: gives the grid.
        tips: shape (n, 3), LPS mm; without any the largest region is taken.
        allowed: where ice may be.
        threshold_hu: half of the full fall.
    """
    spacing = np.array(part.spacing_mm)
    ice = np.zeros(fall.shape, np.bool_)
    candidate = (fall >= threshold_hu) & allowed
    box, candidate = _worth_a_look(candidate, part, tips)
    if box is None:
        return ice
    corner = part.affine.copy()
    corner[:3, 3] = part.to_patient_mm(np.array([b.start for b in box], dtype=np.float64))
    inner = Volume(candidate, corner)
    candidate = closed(candidate, spacing, 0.5 * _GAP_MM)
    core = depth_mm(candidate, spacing) > _NECK_MM
    chosen = _chosen(core, inner, tips)
    if not chosen.any():
        return ice
    away = depth_mm(~chosen, spacing)
    grown = candidate & (away <= 1.2 * _NECK_MM + 0.5 * float(spacing.max()))
    whole = without_holes(closed(grown, spacing, _GAP_MM))
    ice[box] = whole & allowed[box]
    return ice


def _worth_a_look(
    candidate: Bools, part: Volume, tips: NDArray[np.float64]
) -> tuple[tuple[slice, ...] | None, Bools]:
    """The box, with some room, of what hangs together with a tip, and only that in it."""
    chosen = _chosen(candidate, part, tips)
    if not chosen.any():
        return None, chosen
    room = np.ceil(2.0 * _GAP_MM / np.array(part.spacing_mm)).astype(np.int64)
    box = _box_of(chosen, room)
    return box, chosen[box]


def _chosen(mask: Bools, part: Volume, tips: NDArray[np.float64]) -> Bools:
    """The connected regions of the mask that reach a tip; without tips the largest one."""
    label, count = regions(mask)
    if count == 0:
        return np.zeros_like(mask)
    keep = np.zeros(count + 1, np.bool_)
    keep[_touched(label, part, tips)] = True
    keep[0] = False
    return keep[label]


def _touched(
    label: NDArray[np.int32],
    part: Volume,
    tips: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Labels at a tip; the largest where there are no tips."""
    if not len(tips):
        return np.array([np.bincount(label.ravel())[1:].argmax() + 1])
    found: set[int] = set()
    spacing = np.array(part.spacing_mm)
    reach = np.ceil((_AT_TIP_MM + _NECK_MM) / spacing).astype(int)
    for tip in part.to_index(tips):
        low = np.maximum(np.floor(tip).astype(int) - reach, 0)
        box = tuple(slice(a, b + 2 * r + 2) for a, b, r in zip(low, low, reach, strict=True))
        near = label[box]
        if not near.size:
            continue
        kji = np.moveaxis(np.indices(near.shape), 0, -1) + low
        distance = np.linalg.norm((kji - tip) * spacing, axis=-1)
        found.update(int(n) for n in np.unique(near[distance <= _AT_TIP_MM + _NECK_MM]))
    return np.array(sorted(found - {0}), dtype=np.int64)


def plateau_hu(fall: Floats, ice: Bools, spacing: NDArray[np.float64]) -> float | None:
    """The fall well inside the ice, within what is physically possible."""
    if np.count_nonzero(ice) < _ENOUGH_VOXELS:
        return None
    box = _box_of(ice, np.ones(3, np.int64))
    inside = depth_mm(ice[box], spacing) > 2.0 * _NECK_MM
    if inside.sum() < _ENOUGH_VOXELS:
        return None
    return min(_MOST_PLATEAU_HU, max(_LEAST_PLATEAU_HU, float(np.median(fall[box][inside]))))


def _box_of(mask: Bools, room: NDArray[np.int64]) -> tuple[slice, ...]:
    """The box of what is in the mask, with so many voxels of room around it."""
    kji = np.argwhere(mask)
    low = np.maximum(kji.min(axis=0) - room, 0)
    high = kji.max(axis=0) + room + 1
    return tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
