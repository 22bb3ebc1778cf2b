"""Cutting the box round a group of bright voxels out of a scan."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage  # pyright: ignore[reportMissingTypeStubs]

from dosimetry_core.seed_finding.fit import Patch
from dosimetry_core.seed_finding.needles import Needle, squeeze_of
from dosimetry_core.seed_finding.rod import Z
from dosimetry_core.values import Volume

_REACH_MM = 2.8  # from the bright voxels: the blur of a seed and some background around it
_NEEDLE_BLUR_MM = 0.8  # beyond its bright voxels a needle still adds some HU
_ENOUGH_VOXELS = 12
BACKGROUND_PERCENTILE = 35.0  # of the voxels in reach: below the metal, above the streaks
_MODEL_ERROR = 0.05  # of the peak: streaks and beam hardening near metal


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """One connected group of bright voxels.

    Attributes:
        kji: shape (n, 3), indices in the scan.
        excess_hu: shape (n,), HU above the surroundings.
    """

    kji: NDArray[np.int32]
    excess_hu: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Scanner:
    """What the whole scan says of its HU scale: its top and its noise (standard deviation)."""

    ceiling_hu: float
    noise_hu: float


def cut(
    scan: Volume,
    scanner: Scanner,
    group: Group,
    strangers: NDArray[np.int32],
    needles: list[Needle],
) -> Patch:
    """The patch in which one group is fitted.

    Args:
        scan: the scan.
        scanner: its HU scale.
        group: the group.
        strangers: shape (m, 3), bright voxels of all other groups; nearer to these is not ours.
        needles: metal whose surroundings say nothing about seeds.
    """
    spacing = np.array(scan.spacing_mm)
    squeeze = squeeze_of(float(spacing[0]))
    weight = spacing * np.array([squeeze, 1.0, 1.0])
    margin = np.ceil(_REACH_MM / weight).astype(np.int64)
    low = np.maximum(group.kji.min(axis=0) - margin, 0)
    high = np.minimum(group.kji.max(axis=0) + margin + 1, scan.values.shape)
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    data = scan.values[box].astype(np.float64)
    distance = _distance(group.kji - low, data.shape, weight)
    use = distance <= _REACH_MM
    inside = np.all((strangers >= low) & (strangers < high), axis=1)
    if inside.any():
        use &= distance < _distance(strangers[inside] - low, data.shape, weight)
    use &= ~_near_needles(needles, low, data.shape, spacing, squeeze)
    peak = float(group.excess_hu.max())
    scale = max(1.5 * scanner.noise_hu, _MODEL_ERROR * peak)
    fixed = np.broadcast_to(_slice_levels(data, use)[:, None, None], data.shape).copy()
    return Patch(data, use, fixed, low, spacing, scanner.ceiling_hu, scale)


def _slice_levels(data: NDArray[np.float64], use: NDArray[np.bool_]) -> NDArray[np.float64]:
    """HU of the tissue in each slice against the brightest slice: lung may lie beside liver."""
    levels = np.full(len(data), np.nan)
    for k in range(len(data)):
        if use[k].sum() >= _ENOUGH_VOXELS:
            levels[k] = np.percentile(data[k][use[k]], BACKGROUND_PERCENTILE)
    brightest = int(np.where(use, data, -np.inf).max(axis=(1, 2)).argmax())
    levels -= levels[brightest] if np.isfinite(levels[brightest]) else 0.0
    return np.nan_to_num(levels)


def _distance(
    kji: NDArray[np.integer], shape: tuple[int, ...], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    away = np.ones(shape, np.bool_)
    away[tuple(kji.T)] = False
    return np.asarray(ndimage.distance_transform_edt(away, sampling=weight))


def _near_needles(
    needles: list[Needle],
    low: NDArray[np.int64],
    shape: tuple[int, ...],
    spacing: NDArray[np.float64],
    squeeze: float,
) -> NDArray[np.bool_]:
    near = np.zeros(shape, np.bool_)
    if needles:
        kji = np.moveaxis(np.indices(shape), 0, -1) + low
        xyz = (kji * spacing)[..., ::-1]
        for needle in needles:
            near |= needle.distance_mm(xyz, squeeze) <= needle.radius_mm + _NEEDLE_BLUR_MM
    return near


def to_patch(patch: Patch, rods: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rods (n, ROD_FIELDS) from the scan's grid frame to the patch's."""
    moved = rods.copy()
    moved[:, 1 : Z + 1] -= (patch.origin_kji * patch.spacing_mm)[::-1]
    return moved


def to_scan(patch: Patch, rods: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rods (n, ROD_FIELDS) from the patch's grid frame to the scan's."""
    moved = rods.copy()
    moved[:, 1 : Z + 1] += (patch.origin_kji * patch.spacing_mm)[::-1]
    return moved
