"""Cutting the box round a group of bright voxels out of a scan."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage  # pyright: ignore[reportMissingTypeStubs]

from dosimetry_core.seed_finding.candidates import CEILING_HU
from dosimetry_core.seed_finding.fit import Patch
from dosimetry_core.seed_finding.lines import MetalLine
from dosimetry_core.seed_finding.needles import Needle, squeeze_of, within_mm
from dosimetry_core.seed_finding.rod import BLUR, LENGTH, MASS, ROD_FIELDS, UX, UZ, X, Z
from dosimetry_core.values import Volume

_REACH_MM = 2.8  # from the bright voxels: the blur of a seed and some background around it
_OWN_MM = 1.0  # from the bright voxels, beside an edge of bone
_END_MASS_SPREAD, _END_LENGTH_SPREAD_MM, _END_BLUR_SPREAD = 0.3, 1.0, 0.1
_NEEDLE_REACH_MM = 8.0
_NEEDLE_BLUR_MM = 0.8  # beyond its bright voxels a needle still adds some HU
_ENOUGH_VOXELS = 12
BACKGROUND_PERCENTILE = 35.0  # of the voxels in reach: below the metal, above the streaks
_NEEDLE_ERROR = 0.25  # of a needle's own excess: how well it is known
_CLEAR_MM = 1.6  # from bright voxels: beyond a seed's own blur
_NOISES = 1.5  # standard deviations at which a residual begins to lose its say
_SIGMA_OF_MAD = 1.4826  # of a normal distribution
_MODEL_ERROR = 0.05  # of the peak: streaks and beam hardening near metal


NeedleEnd = tuple[MetalLine, NDArray[np.float64], NDArray[np.float64]]
"""A needle, where its known part stops and where it is seen to end (grid frame, x, y, z)."""


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """One connected group of bright voxels.

    Attributes:
        kji: shape (n, 3), indices in the scan.
        excess_hu: shape (n,), HU above the surroundings.
        ends: needles of which an end is in the group: (line, from, to) in the grid frame.
    """

    kji: NDArray[np.int32]
    excess_hu: NDArray[np.float32]
    ends: tuple[NeedleEnd, ...] = ()


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
    lines: list[MetalLine],
    edges: list[Needle],
) -> Patch:
    """The patch in which one group is fitted.

    Args:
        scan: the scan.
        scanner: its HU scale.
        group: the group.
        strangers: shape (m, 3), bright voxels of all other groups; nearer to these is not ours.
        lines: needles; what they add is known, roughly.
        edges: edges of bone, whose surroundings say nothing about seeds.
    """
    spacing = np.array(scan.spacing_mm)
    squeeze = squeeze_of(float(spacing[0]))
    weight = spacing * np.array([squeeze, 1.0, 1.0])
    margin = np.ceil(_REACH_MM / weight).astype(np.int64)
    low = np.maximum(group.kji.min(axis=0) - margin, 0)
    high = np.minimum(group.kji.max(axis=0) + margin + 1, scan.values.shape)
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    data = np.minimum(scan.values[box], CEILING_HU).astype(np.float64)
    distance = _distance(group.kji - low, data.shape, weight)
    use = distance <= _REACH_MM
    inside = np.all((strangers >= low) & (strangers < high), axis=1)
    if inside.any():
        use &= distance < _distance(strangers[inside] - low, data.shape, weight)
    use &= ~_near_needles(edges, low, data.shape, spacing, squeeze) | (distance <= _OWN_MM)
    metal = _metal(lines, low, data.shape, spacing)
    fixed = metal + _slice_levels(data - metal, use)[:, None, None]
    restless = _restlessness((data - fixed)[use & (distance > _CLEAR_MM)])
    peak = float(group.excess_hu.max())
    scale = max(_NOISES * scanner.noise_hu, _NOISES * restless, _MODEL_ERROR * peak)
    doubt = np.sqrt(scale**2 + (_NEEDLE_ERROR * metal) ** 2)
    none = np.empty((0, ROD_FIELDS)), np.empty((0, 3, 2))
    return Patch(data, use, fixed, low, spacing, scanner.ceiling_hu, doubt, *none)


def _restlessness(tissue_hu: NDArray[np.float64]) -> float:
    """Standard deviation, HU, of noise and streaks in tissue; 0 where there is too little of it."""
    if tissue_hu.size < _ENOUGH_VOXELS:
        return 0.0
    return _SIGMA_OF_MAD * float(np.median(np.abs(tissue_hu - np.median(tissue_hu))))


def with_ends(
    patch: Patch,
    ends: tuple[NeedleEnd, ...],
    shorter_mm: float,
) -> Patch:
    """The patch with rods for the ends of needles, ``shorter_mm`` shorter than they look."""
    rods, priors = np.zeros((len(ends), ROD_FIELDS)), np.zeros((len(ends), 3, 2))
    origin = (patch.origin_kji * patch.spacing_mm)[::-1]
    for n, (line, begin, seen_end) in enumerate(ends):
        along = seen_end - begin
        seen = float(np.linalg.norm(along))
        length = max(1.0, seen - shorter_mm)
        rods[n, X : Z + 1] = begin + 0.5 * length / seen * along - origin
        rods[n, UX : UZ + 1] = along / seen
        rods[n, MASS], rods[n, LENGTH], rods[n, BLUR] = line.density * length, length, line.blur_mm
        priors[n] = [
            [math.log(line.density * length), _END_MASS_SPREAD],
            [length, _END_LENGTH_SPREAD_MM],
            [math.log(line.blur_mm), _END_BLUR_SPREAD],
        ]
    return replace(patch, ends=rods, end_priors=priors)


def _metal(
    lines: list[MetalLine],
    low: NDArray[np.int64],
    shape: tuple[int, ...],
    spacing: NDArray[np.float64],
) -> NDArray[np.float64]:
    total = np.zeros(shape)
    near = _reaching([line.needle for line in lines], low, shape, spacing)
    here = [line for line in lines if line.needle in near]
    if not here:
        return total
    kji = np.indices(shape).reshape(3, -1).T + low
    xyz = np.ascontiguousarray((kji * spacing)[:, ::-1])
    for line in here:
        total += line.excess_hu(xyz, float(spacing[0])).reshape(shape)
    return total


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


def _reaching(
    needles: list[Needle],
    low: NDArray[np.int64],
    shape: tuple[int, ...],
    spacing: NDArray[np.float64],
) -> list[Needle]:
    """The needles that come near a box at all."""
    half = 0.5 * np.array(shape) * spacing
    middle = (low * spacing + half)[::-1]
    return within_mm(needles, middle, float(np.linalg.norm(half)) + _NEEDLE_REACH_MM)


def _near_needles(
    needles: list[Needle],
    low: NDArray[np.int64],
    shape: tuple[int, ...],
    spacing: NDArray[np.float64],
    squeeze: float,
) -> NDArray[np.bool_]:
    near = np.zeros(shape, np.bool_)
    here = _reaching(needles, low, shape, spacing)
    if here:
        kji = np.moveaxis(np.indices(shape), 0, -1) + low
        xyz = (kji * spacing)[..., ::-1]
        for needle in here:
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
