"""Plain phantoms for what seed finding learns from: metal blurred in the image, without streaks.

    python benchmarks/seed_phantoms.py FOLDER [COUNT]

Soft tissue with noise; seeds of several models, needles, clips, gold markers, ribs and
calcifications, each voxel by voxel from its exact shape. They stand beside projected scans
(docs/simulated_ct.md) for scanners that correct metal artefacts, and for the phantoms of the
simulators. Written as ``benchmarks.seed_truth.read_scan`` takes them.
"""

import json
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Floats = NDArray[np.float64]

_SIZE_MM = (60.0, 90.0, 90.0)
_PART_MM = 0.2
_TOP_HU = 3071
_LENGTH_MM, _RADIUS_MM = 4.5, 0.4
_UPRIGHT = 0.25  # share of phantoms whose seeds all stand across the slices


class PlainPhantom:
    """A box of soft tissue into which metal is put; lengths in mm, points (x, y, z)."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        slice_mm = float(rng.choice([0.8, 1.25, 2.0, 2.5, 3.0, 5.0]))
        pixel = float(rng.uniform(0.65, 0.9))
        self.spacing = np.array([slice_mm, pixel, pixel])
        shape = tuple(np.ceil(np.array(_SIZE_MM) / self.spacing).astype(int))
        texture = ndimage.gaussian_filter(rng.normal(size=shape), 4.0 / self.spacing)
        noise = ndimage.gaussian_filter(rng.normal(size=shape), [0.0, 0.7, 0.7])
        level = rng.uniform(8.0, 40.0) * np.sqrt(2.5 / slice_mm)
        self.hu = 60.0 + 15.0 * texture / texture.std() + level * noise / noise.std()
        self.blur_mm = float(rng.uniform(0.45, 0.75))
        self.middle = 0.5 * (np.array(shape)[::-1] - 1.0) * self.spacing[::-1]

    def add_rod(
        self, center: Floats, axis: Floats, length: float, radius: float, hu: float
    ) -> None:
        """A cylinder (a ball of the radius where it has no length), blurred in the slice."""
        reach = 0.5 * length * np.abs(axis[::-1]) + radius + 4.0 * self.blur_mm
        low = np.maximum(np.floor((center[::-1] - reach) / self.spacing), 0).astype(int)
        high = np.ceil((center[::-1] + reach) / self.spacing).astype(int) + 1
        high = np.minimum(high, self.hu.shape)
        if np.any(high <= low):
            return
        parts = np.maximum(np.round(self.spacing / _PART_MM).astype(int), 1)
        steps = [
            ((np.arange((b - a) * n) + 0.5) / n - 0.5 + a) * pitch
            for a, b, n, pitch in zip(low, high, parts, self.spacing, strict=True)
        ]
        kji = np.stack(np.meshgrid(*steps, indexing="ij"), axis=-1)
        offset = kji[..., ::-1] - center
        along = offset @ axis
        aside = np.linalg.norm(offset - along[..., None] * axis, axis=-1)
        solid = (np.abs(along) <= 0.5 * length) & (aside <= radius)
        if length == 0.0:
            solid = np.linalg.norm(offset, axis=-1) <= radius
        sigma = np.array([0.0, self.blur_mm, self.blur_mm]) / (self.spacing / parts)
        soft = ndimage.gaussian_filter(solid.astype(np.float64), sigma)
        n = high - low
        blocks = soft.reshape(n[0], parts[0], n[1], parts[1], n[2], parts[2]).mean(axis=(1, 3, 5))
        self.hu[tuple(slice(a, b) for a, b in zip(low, high, strict=True))] += hu * blocks

    def somewhere(self, share: float = 0.8) -> Floats:
        """A point in the box."""
        return self.middle * (1.0 + share * self.rng.uniform(-1.0, 1.0, 3))

    def direction(self) -> Floats:
        """Any direction."""
        axis = self.rng.normal(size=3)
        return axis / np.linalg.norm(axis)


def write_phantom(path: Path, seed: int) -> None:
    """Draw one phantom and write it."""
    rng = np.random.default_rng(seed)
    phantom = PlainPhantom(rng)
    centers, axes = _seeds(phantom)
    distractors = _distractors(phantom) + _stones(phantom, int(rng.integers(0, 3)))
    if not len(centers):
        distractors += _stones(phantom, 4)
    needles = _needles(phantom, centers)
    top = 32_767 if rng.random() < 0.2 else _TOP_HU
    np.savez_compressed(
        path,
        volume_hu=np.clip(np.round(phantom.hu), -1024, top).astype(np.int16),
        spacing_zyx=phantom.spacing,
        origin_zyx=np.zeros(3),
        seeds_xyz=centers,
        seeds_dir=axes,
        needles_json=json.dumps(needles),
        distractors_json=json.dumps(distractors),
    )


def _seeds(phantom: PlainPhantom) -> tuple[Floats, Floats]:
    rng = phantom.rng
    wanted = int(rng.choice([0, 1, 2, 3, 5, 8, 20, 40]))
    hu = float(rng.choice([15_000.0, 25_000.0, 30_000.0, 36_000.0]))
    apart, main = float(rng.uniform(4.8, 8.0)), phantom.direction()
    spread = 0.25
    if rng.random() < _UPRIGHT:
        main, spread = np.array([0.0, 0.0, 1.0]), 0.02
    centers: list[Floats] = []
    for _ in range(40 * wanted):
        center = phantom.middle + rng.uniform(-1.0, 1.0, 3) * [24.0, 24.0, 20.0]
        if len(centers) < wanted and all(np.linalg.norm(center - c) > apart for c in centers):
            centers.append(center)
    axes = rng.normal(size=(len(centers), 3)) * spread + main
    axes /= np.linalg.norm(axes, axis=1, keepdims=True) if len(axes) else 1.0
    for n in range(0, len(centers) - 1, 7):
        side = np.cross(axes[n], phantom.direction())
        centers[n + 1] = centers[n] + side / np.linalg.norm(side) * rng.uniform(0.9, 1.8)
    for center, axis in zip(centers, axes, strict=True):
        if hu < 20_000.0 or rng.random() < 0.5:
            phantom.add_rod(center, axis, _LENGTH_MM, _RADIUS_MM, hu)
        else:
            phantom.add_rod(center, axis, _LENGTH_MM, _RADIUS_MM, hu / 6.0)
            phantom.add_rod(center, axis, 3.0, 0.25, 2.9 * hu)
    return np.array(centers).reshape(-1, 3), axes.reshape(-1, 3)


def _distractors(phantom: PlainPhantom) -> list[dict[str, object]]:
    rng = phantom.rng
    made: list[dict[str, object]] = []
    for kind, length, hu in (
        ("ti_clip", 6.0, 9_000.0),
        ("gold_fiducial", 3.0, 110_000.0),
    ):
        if rng.random() < 0.5:
            continue
        center, axis = phantom.somewhere(), phantom.direction()
        phantom.add_rod(center, axis, length, 0.5, hu)
        made.append(_told(kind, center, axis, length, 0.5))
    for _ in range(int(rng.integers(0, 3))):
        phantom.add_rod(
            phantom.somewhere(1.0), phantom.direction(), 40.0, float(rng.uniform(3.0, 5.0)), 1_100.0
        )
    return made


def _stones(phantom: PlainPhantom, count: int) -> list[dict[str, object]]:
    """Calcifications, round or drawn out."""
    rng = phantom.rng
    made: list[dict[str, object]] = []
    for _ in range(count):
        center, axis = phantom.somewhere(), phantom.direction()
        length = float(rng.choice([0.0, 0.0, 1.5, 3.5]))
        radius = float(rng.uniform(1.2, 2.2))
        phantom.add_rod(center, axis, length, radius, float(rng.uniform(700.0, 2_500.0)))
        made.append(_told("calcification", center, axis, length, radius))
    return made


def _told(
    kind: str, center: Floats, axis: Floats, length: float, radius: float
) -> dict[str, object]:
    return {
        "kind": kind,
        "center": center.tolist(),
        "dir": axis.tolist(),
        "length": length,
        "radius": radius,
    }


def _needles(phantom: PlainPhantom, seeds: Floats) -> list[dict[str, object]]:
    rng = phantom.rng
    made: list[dict[str, object]] = []
    for _ in range(int(rng.choice([0, 0, 1, 3]))):
        ahead = phantom.direction() * [1.0, 1.0, 0.2]
        ahead /= np.linalg.norm(ahead)
        tip = phantom.somewhere(0.5)
        beside = (seeds - tip) - ((seeds - tip) @ ahead)[:, None] * ahead
        if len(seeds) and np.linalg.norm(beside, axis=1).min() < 2.0:
            continue
        phantom.add_rod(tip - 60.0 * ahead, ahead, 120.0, 0.635, float(rng.uniform(8e3, 15e3)))
        made.append({"tip": tip.tolist(), "dir": ahead.tolist(), "length": 120.0, "od": 1.27})
    return made


if __name__ == "__main__":
    if len(sys.argv) not in {2, 3}:
        sys.exit(__doc__)
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    for number in range(int(sys.argv[2]) if len(sys.argv) == 3 else 60):
        write_phantom(target / f"plain{number}-phantom.npz", number)
