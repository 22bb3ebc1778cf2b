"""Pairs of CT scans of which it is known how the patient moved between them.

The planning CT is the project's real abdominal CT. The scan is the same patient moved, turned or
bent, on other slices, with its own noise, hardware and ice, and without contrast medium if asked.
The table stays where it was. What moved out of the published images is air at the scan's edges.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from dosimetry_core.values import Vector, Volume
from simulators.patient import load_baseline
from simulators.phantom import (
    IceEllipsoid,
    SeedPose,
    Shaft,
    with_ice,
    with_noise,
    with_seeds,
    with_shafts,
)

Floats = NDArray[np.float64]

LESIONS_MM: dict[str, Vector] = {
    "L1": (-22.0, -62.0, -267.5),
    "L2": (-108.0, 35.0, -270.0),
    "L3": (-63.5, 1.5, -290.0),
}
"""Middles of the lesions of docs/demo_patient.md, LPS mm."""

TARGET_RADIUS_MM = 15.0
_CROP_MM = 110.0
_FINER = 4  # slices interpolated into each of the published, by cubic splines
_BODY_HU = -300
_AIR_HU = -1000.0


@dataclass(frozen=True, slots=True)
class Motion:
    """How the patient moved, about the lesion.

    Attributes:
        shift_mm: LPS mm.
        turns_deg: about x, y and z in this order.
        bend_mm: greatest displacement of a smooth deformation (x, y, z) on top.
        bend_center_mm: where that is, from the lesion.
        bend_sigma_mm: how far it reaches.
    """

    shift_mm: Vector = (0.0, 0.0, 0.0)
    turns_deg: Vector = (0.0, 0.0, 0.0)
    bend_mm: Vector = (0.0, 0.0, 0.0)
    bend_center_mm: Vector = (0.0, 0.0, 0.0)
    bend_sigma_mm: float = 50.0


@dataclass(frozen=True, slots=True)
class Case:
    """One pair.

    Attributes:
        kind: the row of the table that it counts in.
        lesion: of ``LESIONS_MM``.
        motion: between the two.
        slice_mm: slices of the scan.
        noise_hu: of the scan.
        seeds: how many lie in the lesion.
        shafts: how many needles reach it.
        ice_mm: radius of the ice at the lesion; 0 without.
        contrast: share of the planning CT's enhancement that the scan shows.
        kept_mm: how far the scan reaches from the lesion along z, (down, up).
        elsewhere_mm: the scan is told to show the lesion, and shows what lies this far from it.
        seed: of all random numbers.
    """

    kind: str
    lesion: str
    motion: Motion
    slice_mm: float = 2.5
    noise_hu: float = 12.0
    seeds: int = 20
    shafts: int = 2
    ice_mm: float = 0.0
    contrast: float = 1.0
    kept_mm: tuple[float, float] = (90.0, 90.0)
    elsewhere_mm: Vector = (0.0, 0.0, 0.0)
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Two scans and the truth.

    Attributes:
        planning: HU.
        scan: HU.
        center_mm: the lesion's middle in the planning CT, LPS mm.
        target_mm: points (n, 3) within ``TARGET_RADIUS_MM`` of it, in the planning CT.
        true_mm: the same points in the scan.
    """

    planning: Volume
    scan: Volume
    center_mm: Vector
    target_mm: Floats
    true_mm: Floats

    def error_mm(self, carried_mm: Floats) -> float:
        """Mean distance of carried target points from where they truly are."""
        return float(np.linalg.norm(carried_mm - self.true_mm, axis=1).mean())


def make_pair(case: Case) -> Pair:
    """Make the scans of a case."""
    center = np.array(LESIONS_MM[case.lesion])
    rng = np.random.default_rng(case.seed)
    inside, outside = _patient()
    planning = _cropped(load_planning(), center)
    source = _cropped(inside, center, _CROP_MM + float(np.linalg.norm(case.motion.shift_mm)))
    grid = _grid(planning, center, case, rng)
    scan = _moved(source, grid, center, case.motion, np.array(case.elsewhere_mm))
    hu = scan.values
    hu = np.where((hu > 40.0) & (hu < 260.0), 40.0 + (hu - 40.0) * case.contrast, hu)
    hu = np.where(hu > _BODY_HU, hu, np.maximum(hu, _sampled(outside, grid)))
    scan = Volume(np.rint(hu).astype(np.int16), grid.affine)
    target = center + _ball(TARGET_RADIUS_MM)
    true = _forward(target, center, case.motion)
    middle = _forward(center[None], center, case.motion)[0]
    scan = with_noise(scan, case.noise_hu, seed=case.seed)
    scan = _with_hardware(scan, middle, case, rng)
    return Pair(planning, scan, LESIONS_MM[case.lesion], target, true)


@cache
def load_planning() -> Volume:
    """The CT as published; where nothing was reconstructed, air."""
    volume = load_baseline().volume
    return replace(volume, values=np.maximum(volume.values, np.int16(-1024)))


def load_thin() -> Volume:
    """The same on slices of 1.25 mm."""
    return _finer(load_planning())


@cache
def _patient() -> tuple[Volume, Volume]:
    """The patient without table, and the table without patient."""
    volume = load_planning()
    body = ndimage.binary_opening(volume.values > _BODY_HU, np.ones((1, 9, 9), bool))
    label, _ = ndimage.label(body)
    body = label == 1 + int(np.argmax(np.bincount(label.ravel())[1:]))
    for plane in body:
        ndimage.binary_fill_holes(plane, output=plane)
    body = ndimage.binary_dilation(body, np.ones((1, 3, 3), bool))
    air = np.int16(_AIR_HU)
    return (
        _finer(replace(volume, values=np.where(body, volume.values, air))),
        replace(volume, values=np.where(body, air, volume.values)),
    )


def _finer(volume: Volume) -> Volume:
    """On thinner slices, so that sampling linearly blurs little."""
    spline = ndimage.spline_filter1d(volume.values.astype(np.float32), axis=0, output=np.float32)
    count = (volume.values.shape[0] - 1) * _FINER + 1
    at = np.arange(count) / _FINER
    values = np.empty((count, *volume.values.shape[1:]), np.int16)
    low = np.clip(np.floor(at).astype(int), 0, volume.values.shape[0] - 1)
    for plane, first, part in zip(values, low, at - low, strict=True):
        value = sum(
            weight * spline[_mirrored(first + step, len(spline))]
            for step, weight in zip(range(-1, 3), _cubic(part), strict=True)
        )
        plane[:] = np.clip(np.rint(value), -1024, 3071)
    affine = volume.affine.copy()
    affine[:3, 2] /= _FINER
    return Volume(values, affine)


def _mirrored(index: int, size: int) -> int:
    return size - 1 - abs(size - 1 - abs(index))


def _cubic(part: float) -> tuple[float, float, float, float]:
    """Weights of the cubic B-spline at four neighbours."""
    rest = 1.0 - part
    return (
        rest**3 / 6.0,
        2.0 / 3.0 - part**2 * (2.0 - part) / 2.0,
        2.0 / 3.0 - rest**2 * (2.0 - rest) / 2.0,
        part**3 / 6.0,
    )


def _cropped(volume: Volume, center: Floats, reach_mm: float = _CROP_MM) -> Volume:
    low, high = (volume.to_index(center + side * reach_mm) for side in (-1.0, 1.0))
    first = np.maximum(np.floor(low), 0).astype(int)
    last = np.minimum(np.ceil(high) + 1, volume.values.shape).astype(int)
    affine = volume.affine.copy()
    affine[:3, 3] = volume.to_patient_mm(first.astype(np.float64))
    return Volume(
        np.ascontiguousarray(volume.values[tuple(map(slice, first, last))]),
        affine,
    )


def _grid(source: Volume, center: Floats, case: Case, rng: np.random.Generator) -> Volume:
    """The scan's grid, of the source's pixels, with slices at another height."""
    middle = _forward(center[None], center, case.motion)[0, 2]
    down, up = case.kept_mm
    affine = source.affine.copy()
    affine[2, 2] = case.slice_mm
    affine[:2, 3] += rng.uniform(-0.4, 0.4, 2)
    affine[2, 3] = middle - down + rng.uniform(0.0, case.slice_mm)
    count = int((down + up) / case.slice_mm)
    return Volume(np.zeros((count, *source.values.shape[1:]), np.int16), affine)


def _moved(source: Volume, grid: Volume, center: Floats, motion: Motion, away: Floats) -> Volume:
    kji = _indices(grid)
    points = _back(grid.to_patient_mm(kji), center, motion) + away
    return Volume(_at(source, points), grid.affine)


def _sampled(volume: Volume, grid: Volume) -> Floats:
    return _at(volume, grid.to_patient_mm(_indices(grid)))


def _indices(grid: Volume) -> NDArray[np.float32]:
    return np.moveaxis(np.indices(grid.values.shape, dtype=np.float32), 0, -1)


def _at(volume: Volume, points: Floats) -> Floats:
    at = np.moveaxis(volume.to_index(points), -1, 0)
    values = volume.values.astype(np.float32)
    found = ndimage.map_coordinates(values, at, order=1, mode="constant", cval=_AIR_HU)
    return np.clip(found, -1024.0, 3071.0)


def _rotation(turns_deg: Vector) -> Floats:
    product = np.eye(3)
    for axis, angle in enumerate(np.radians(turns_deg)):
        first, second = (axis + 1) % 3, (axis + 2) % 3
        one = np.eye(3)
        one[first, first] = one[second, second] = np.cos(angle)
        one[first, second], one[second, first] = -np.sin(angle), np.sin(angle)
        product = one @ product
    return product


def _bend(points: Floats, center: Floats, motion: Motion) -> Floats:
    from_middle = points - (center + np.array(motion.shift_mm) + np.array(motion.bend_center_mm))
    share = np.exp(-0.5 * (from_middle**2).sum(axis=-1) / motion.bend_sigma_mm**2)
    return share[..., None] * np.array(motion.bend_mm)


def _back(points: Floats, center: Floats, motion: Motion) -> Floats:
    """Where points (..., 3) of the scan are in the planning CT."""
    unbent = points - _bend(points, center, motion)
    rotation = _rotation(motion.turns_deg)
    return (unbent - center - np.array(motion.shift_mm)) @ rotation + center


def _forward(points: Floats, center: Floats, motion: Motion) -> Floats:
    """Where points (..., 3) of the planning CT are in the scan."""
    rotation = _rotation(motion.turns_deg)
    moved = (points - center) @ rotation.T + center + np.array(motion.shift_mm)
    found = moved.copy()
    for _ in range(60):
        found = moved + _bend(found, center, motion)
    return found


def _ball(radius_mm: float) -> Floats:
    axis = np.arange(-radius_mm, radius_mm + 1.0, 3.0)
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    return grid[np.linalg.norm(grid, axis=1) <= radius_mm]


def _with_hardware(scan: Volume, middle: Floats, case: Case, rng: np.random.Generator) -> Volume:
    if case.ice_mm > 0.0:
        ball = IceEllipsoid(_vector(middle), (0.0, 1.0, 0.0), case.ice_mm, case.ice_mm)
        scan = with_ice(scan, [ball])
    places = middle + rng.uniform(-15.0, 15.0, (case.seeds, 3))
    scan = with_seeds(scan, [SeedPose(_vector(at), _vector(_unit(rng))) for at in places])
    shafts: list[Shaft] = []
    for _ in range(case.shafts):
        tip = middle + rng.uniform(-10.0, 10.0, 3)
        direction = np.array([rng.uniform(-0.3, 0.9), 1.0, rng.uniform(-0.2, 0.2)])
        direction /= np.linalg.norm(direction)
        shafts.append(Shaft(_vector(tip), _vector(direction), 150.0, 1.47))
    return with_shafts(scan, shafts)


def _unit(rng: np.random.Generator) -> Floats:
    axis = rng.normal(size=3)
    return axis / np.linalg.norm(axis)


def _vector(values: Sequence[float] | Floats) -> Vector:
    x, y, z = (float(one) for one in values)
    return x, y, z
