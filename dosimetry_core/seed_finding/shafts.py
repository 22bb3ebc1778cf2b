"""Needles and probes as they are told: whole, as far as their own metal goes, and how sure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage  # pyright: ignore[reportMissingTypeStubs]

from dosimetry_core.seed_finding.candidates import CEILING_HU
from dosimetry_core.seed_finding.lines import MetalLine
from dosimetry_core.seed_finding.needles import SHORTEST_NEEDLE_MM, Needle, joined
from dosimetry_core.values import FoundNeedle, NeedleAlternative, NeedleLookalike, Volume

FloatArray = NDArray[np.float64]

_LONGEST_GAP_MM = 60.0  # between pieces of one shaft, where streaks hide it
_STEP_MM = 0.5
_AROUND_MM = 1.0  # from the axis: where its own metal is looked for
_BREAK_SHARE = 0.4  # of its usual brightness: less is no metal
_BREAK_MM = 2.0  # a shaft has none this long; seeds in its track do
_BORDER_SLICES, _BORDER_MM = 0.6, 6.0  # of the scan: what ends there may go on
_BODY_PIXEL_MM, _THIN_PIXELS = 3.0, 2
_AIR_HU = -400
_LARGE = 0.2  # of the largest piece
_END_MM = 8.0
_WIDTH_HU = 1500.0
_WIDTH_SHARE = 25.0  # percentile along the shaft: where it is not beside another
_HALF_MM, _PIXEL_MM = 3.5, 0.5
_PROBE_WIDTH_MM, _WIDTH_SPREAD_MM = 2.5, 0.18
_ROW_OF_SEEDS_MM, _ROW_OF_SEEDS_SLICES, _LENGTH_SPREAD_MM = 11.0, 4.0, 4.0
_ALIKE = 0.7  # cosine: from the same side as the others
_NAMED = 0.02


def shafts_in(scan: Volume, lines: Sequence[MetalLine]) -> tuple[FoundNeedle, ...]:
    """Tell the needles of a scan, longest first.

    Pieces on one line are one shaft. Seeds that lie in the track beyond a tip are cut off: a shaft
    has no gaps. The tip is the end in the patient where the other is not; all point as most do. A
    wide shaft is more probably a cryoprobe, a short one a row of seeds in contact; from where on
    was learnt from simulated scans (``docs/seed_identity.md``).

    Args:
        scan: HU.
        lines: straight metal, in its grid frame.
    """
    whole = joined([line.needle for line in lines], scan.spacing_mm[0], _LONGEST_GAP_MM)
    shafts = [_shaft(scan, needle) for needle in whole]
    middle = 0.5 * ((np.array(scan.values.shape) - 1) * np.array(scan.spacing_mm))[::-1]
    common = np.sum([one.arm for one in shafts if one.is_clear] or np.zeros((1, 3)), axis=0)
    told = [_told(scan, _turned(one, common, middle)) for one in shafts]
    return tuple(sorted(told, key=lambda needle: -needle.length_mm))


@dataclass(frozen=True, slots=True, eq=False)
class _Shaft:
    """From tail to tip, in the grid frame; ``is_clear`` tells that it is known which is which."""

    tail_mm: FloatArray
    tip_mm: FloatArray
    tail_inside: bool
    tip_inside: bool
    is_clear: bool

    @property
    def arm(self) -> FloatArray:
        return self.tip_mm - self.tail_mm

    def reversed(self, *, is_clear: bool) -> "_Shaft":
        return _Shaft(self.tip_mm, self.tail_mm, self.tip_inside, self.tail_inside, is_clear)


def _shaft(scan: Volume, needle: Needle) -> _Shaft:
    """A needle without what is none of it; it points to the end that alone is in the patient."""
    start, end = _unbroken(scan, needle.start_mm, needle.end_mm)
    inside = _is_inside(scan, start), _is_inside(scan, end)
    shaft = _Shaft(start, end, *inside, inside[0] != inside[1])
    return shaft.reversed(is_clear=True) if inside == (True, False) else shaft


def _is_inside(scan: Volume, end_mm: FloatArray) -> bool:
    """Whether an end lies within the body, and not where the scan ends."""
    spacing = np.array(scan.spacing_mm)
    zyx = end_mm[::-1]
    last = np.array(scan.values.shape) - 1
    border = np.array([_BORDER_SLICES * spacing[0], _BORDER_MM, _BORDER_MM])
    if np.any(zyx < border) or np.any(zyx > last * spacing - border):
        return False
    k, j, i = np.clip(np.round(zyx / spacing).astype(np.int64), 0, last)
    row, column = np.maximum(1, np.round(_BODY_PIXEL_MM / spacing[1:]).astype(np.int64)).tolist()
    body = _body(_coarse(scan.values[k], row, column))
    return bool(body[min(j // row, body.shape[0] - 1), min(i // column, body.shape[1] - 1)])


def _coarse(hu: NDArray[np.int16], row: int, column: int) -> FloatArray:
    """Means of blocks of ``row`` by ``column`` voxels: little of the noise is left."""
    rows, columns = hu.shape[0] // row, hu.shape[1] // column
    blocks = hu[: rows * row, : columns * column].reshape(rows, row, columns, column)
    return blocks.mean(axis=(1, 3))


def _body(hu: FloatArray) -> NDArray[np.bool_]:
    """What is large in a slice, with its lungs and gas, without needles and table.

    Streaks may cut a body in two.
    """
    shape = np.ones((3, 3))
    solid = cast("NDArray[np.bool_]", ndimage.binary_opening(hu > _AIR_HU, shape, _THIN_PIXELS))
    label, count = cast("tuple[NDArray[np.int32], int]", ndimage.label(solid))
    sizes = np.bincount(label.ravel(), minlength=count + 1)
    sizes[0] = 0
    large = (sizes > 0) & (sizes >= _LARGE * sizes.max())
    return cast("NDArray[np.bool_]", ndimage.binary_fill_holes(large[label]))


def _turned(shaft: _Shaft, common: FloatArray, middle_mm: FloatArray) -> _Shaft:
    """Pointing as most do; where none is clear to the end that is nearer to the middle."""
    along = float(shaft.arm @ common)
    if not np.any(common):
        ends = np.array([shaft.tail_mm, shaft.tip_mm])
        further = int(np.argmax(np.linalg.norm(ends - middle_mm, axis=1)))
        return shaft if further == 0 else shaft.reversed(is_clear=False)
    if shaft.is_clear:
        return shaft if along > 0.0 else shaft.reversed(is_clear=False)
    told = abs(along) > _ALIKE * float(np.linalg.norm(shaft.arm) * np.linalg.norm(common))
    turned = shaft if along > 0.0 else shaft.reversed(is_clear=False)
    return replace(turned, is_clear=told)


def _unbroken(scan: Volume, start: FloatArray, end: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The ends without what lies beyond a gap and is no longer than seeds in a track are."""
    length = float(np.linalg.norm(end - start))
    along = (end - start) / length
    at = np.arange(0.0, length + 1e-6, _STEP_MM)
    e1, e2 = _across(along)
    turn = np.arange(8) * (math.pi / 4.0)
    ring = _AROUND_MM * (np.cos(turn)[:, None] * e1 + np.sin(turn)[:, None] * e2)
    points = (start + at[:, None] * along)[:, None] + np.concatenate([np.zeros((1, 3)), ring])
    bright = _hu_at(scan, points).max(axis=1)
    lit = bright > _BREAK_SHARE * float(np.median(bright))
    blurred = _BREAK_MM + max(0.0, scan.spacing_mm[0] * abs(along[2]) - _BREAK_MM)
    runs = _runs(at, lit, blurred)
    core = [run for run in runs if run[1] - run[0] >= SHORTEST_NEEDLE_MM]
    if not core:
        return start, end
    return start + core[0][0] * along, start + core[-1][1] * along


def _runs(at: FloatArray, lit: NDArray[np.bool_], gap_mm: float) -> list[tuple[float, float]]:
    """Stretches of metal, from and to, apart by gaps longer than ``gap_mm``."""
    runs: list[tuple[float, float]] = []
    for position in at[lit].tolist():
        if runs and position - runs[-1][1] <= gap_mm:
            runs[-1] = (runs[-1][0], position)
        else:
            runs.append((position, position))
    return runs


def _told(scan: Volume, shaft: _Shaft) -> FoundNeedle:
    """In patient coordinates, and what it may be."""
    length = float(np.linalg.norm(shaft.tip_mm - shaft.tail_mm))
    width = _width_mm(scan, shaft.tail_mm, shaft.tip_mm)
    confidence, alternatives = _kinds(length, width, scan.spacing_mm[0])
    tail, tip = _to_patient(scan, shaft.tail_mm), _to_patient(scan, shaft.tip_mm)
    x, y, z = ((tip - tail) / np.linalg.norm(tip - tail)).tolist()
    return FoundNeedle(
        tip_mm=(float(tip[0]), float(tip[1]), float(tip[2])),
        tail_mm=(float(tail[0]), float(tail[1]), float(tail[2])),
        direction=(x, y, z),
        length_mm=length,
        tip_inside=shaft.tip_inside,
        tail_inside=shaft.tail_inside,
        tip_is_sure=shaft.is_clear,
        width_mm=width,
        confidence=confidence,
        alternatives=alternatives,
    )


def _kinds(
    length_mm: float, width_mm: float, slice_mm: float
) -> tuple[float, tuple[NeedleAlternative, ...]]:
    short = _ROW_OF_SEEDS_MM + _ROW_OF_SEEDS_SLICES * slice_mm
    seeds = 1.0 / (1.0 + math.exp((length_mm - short) / _LENGTH_SPREAD_MM))
    wide = 1.0 / (1.0 + math.exp((_PROBE_WIDTH_MM - width_mm) / _WIDTH_SPREAD_MM))
    chances = {
        NeedleLookalike.SEEDS: seeds,
        NeedleLookalike.CRYOPROBE: (1.0 - seeds) * wide,
    }
    others = [NeedleAlternative(kind, p) for kind, p in chances.items() if p >= _NAMED]
    others.sort(key=lambda other: -other.probability)
    return 1.0 - sum(other.probability for other in others), tuple(others)


def _width_mm(scan: Volume, start: FloatArray, end: FloatArray) -> float:
    """Diameter of the circle with the area that is brighter than ``_WIDTH_HU`` across it."""
    length = float(np.linalg.norm(end - start))
    along = (end - start) / length
    cut = min(_END_MM, 0.25 * length)
    at = np.arange(cut, length - cut + 1e-6, 2.0 * _STEP_MM)
    e1, e2 = _across(along)
    grid = np.arange(-_HALF_MM, _HALF_MM + 1e-6, _PIXEL_MM)
    u, v = np.meshgrid(grid, grid)
    disc = np.hypot(u, v) <= _HALF_MM
    offsets = u[disc][:, None] * e1 + v[disc][:, None] * e2
    bright = _hu_at(scan, (start + at[:, None] * along)[:, None] + offsets) > _WIDTH_HU
    area = bright.sum(axis=1) * _PIXEL_MM**2
    return 2.0 * math.sqrt(float(np.percentile(area, _WIDTH_SHARE)) / math.pi)


def _across(along: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Two unit vectors across a direction and each other."""
    _, _, axes = np.linalg.svd(along[None])
    return axes[1], axes[2]


def _hu_at(scan: Volume, xyz_mm: FloatArray) -> FloatArray:
    """HU at points (..., 3) of the grid frame, cut off where most scanners do."""
    kji = xyz_mm[..., ::-1].reshape(-1, 3) / np.array(scan.spacing_mm)
    values = np.empty(len(kji), np.float32)
    ndimage.map_coordinates(scan.values, kji.T, output=values, order=1, mode="nearest")
    return np.minimum(values, CEILING_HU).astype(np.float64).reshape(xyz_mm.shape[:-1])


def _to_patient(scan: Volume, xyz_mm: FloatArray) -> FloatArray:
    return scan.to_patient_mm(xyz_mm[::-1] / np.array(scan.spacing_mm))
