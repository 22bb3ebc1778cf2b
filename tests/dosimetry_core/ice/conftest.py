"""Scans before and during a freeze, with the ice known."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from scipy import ndimage

from dosimetry_core.values import Volume

FALL_HU = 85.0


@dataclass
class Freeze:
    """An ellipsoid of ice round two probes, in liver beside fat and spine, with vessels.

    ``shift_mm`` (x, y, z) is how far the patient moved between the scans.
    """

    slice_mm: float = 2.5
    noise_hu: float = 15.0
    semi_axes_mm: tuple[float, float, float] = (15.0, 20.0, 14.0)
    shift_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    front_mm: float = 3.0
    fall_hu: float = FALL_HU
    probes: bool = True
    seed: int = 0
    size_mm: tuple[float, float, float] = field(default=(80.0, 110.0, 110.0))

    def __post_init__(self) -> None:
        self.spacing = np.array([self.slice_mm, 0.9, 0.9])
        self.shape = tuple(np.ceil(np.array(self.size_mm) / self.spacing).astype(int))
        self.affine = np.diag([0.9, 0.9, self.slice_mm, 1.0])
        self.affine[:3, 3] = [-20.0, 30.0, 100.0]
        grid = np.moveaxis(np.indices(self.shape), 0, -1).astype(float)
        frame = Volume(np.zeros(self.shape, bool), self.affine)
        self.center = frame.to_patient_mm((np.array(self.shape) - 1.0) / 2.0)
        self.offset = frame.to_patient_mm(grid) - self.center
        self.tips = [tuple(self.center + np.array([x, -3.0, 0.0])) for x in (-6.0, 6.0)]
        radius = np.sqrt(((self.offset / self.semi_axes_mm) ** 2).sum(axis=-1))
        self.truth = radius <= 1.0
        depth = (1.0 - radius) * min(self.semi_axes_mm)
        self.share = np.clip(0.5 + depth / self.front_mm, 0.0, 1.0)

    def _anatomy(self, offset: np.ndarray) -> np.ndarray:
        x, y, z = np.moveaxis(offset, -1, 0)
        hu = np.where(x + 0.3 * z > 35.0, -100.0, 105.0)
        hu = np.where(np.hypot(x + 10.0, y - 12.0) < 5.0, 165.0, hu)
        hu = np.where(np.hypot(x + 0.4 * z, y + 25.0) < 4.0, 150.0, hu)
        hu = np.where(np.hypot(x + 42.0, y - 45.0) < 10.0, 450.0, hu)
        return ndimage.gaussian_filter(hu, 0.7 / self.spacing)

    def _noise(self, seed: int) -> np.ndarray:
        noise = np.random.default_rng(seed).normal(size=self.shape)
        noise = ndimage.gaussian_filter(noise, [0.0, 0.8, 0.8])
        return self.noise_hu * noise / noise.std()

    def baseline(self) -> Volume:
        hu = self._anatomy(self.offset) + self._noise(2 * self.seed + 1)
        return Volume(np.round(hu).astype(np.int16), self.affine)

    def scan(self) -> Volume:
        hu = self._anatomy(self.offset - np.array(self.shift_mm))
        hu -= self.fall_hu * ndimage.gaussian_filter(self.share, 0.6 / self.spacing)
        hu += self._noise(2 * self.seed + 2)
        if self.probes:
            for x in (-6.0, 6.0):
                aside = np.hypot(self.offset[..., 0] - x, self.offset[..., 2])
                hu[(aside < 0.9 + 0.2 * self.slice_mm) & (self.offset[..., 1] > -3.0)] = 3000.0
        return Volume(np.round(hu).astype(np.int16), self.affine)


def dice(a: np.ndarray, b: np.ndarray) -> float:
    return 2.0 * float((a & b).sum()) / float(a.sum() + b.sum())


def surface_distance_mm(a: np.ndarray, b: np.ndarray, spacing: np.ndarray) -> float:
    """Mean distance between the two surfaces, both ways."""
    rims = [mask & ~ndimage.binary_erosion(mask) for mask in (a, b)]
    ways = [
        ndimage.distance_transform_edt(~rims[1 - n], sampling=spacing)[rims[n]].mean()
        for n in range(2)
    ]
    return float(np.mean(ways))


@pytest.fixture(scope="session")
def make_freeze():
    return Freeze


@pytest.fixture(scope="session")
def agreement():
    """Dice and mean surface distance (mm) of two masks on a grid of the given spacing."""

    def measured(a: np.ndarray, b: np.ndarray, spacing: np.ndarray) -> tuple[float, float]:
        return dice(a, b), surface_distance_mm(a, b, spacing)

    return measured
