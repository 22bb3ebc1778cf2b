"""Scans with known seeds: realistic ones from a file, plain ones made on the spot."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage
from scipy.optimize import linear_sum_assignment

from dosimetry_core.seed_finding import SeedFinding
from dosimetry_core.values import Volume

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Score:
    found: int
    false: int
    errors_mm: np.ndarray
    angles_deg: np.ndarray


class Phantom:
    """Soft tissue with noise, into which metal is put voxel by voxel from its exact shape."""

    def __init__(self, slice_mm: float, seed: int = 1, shape_mm=(60.0, 70.0, 70.0)) -> None:
        spacing = np.array([slice_mm, 0.8, 0.8])
        shape = tuple(int(n) for n in np.ceil(np.array(shape_mm) / spacing))
        rng = np.random.default_rng(seed)
        texture = ndimage.gaussian_filter(rng.normal(size=shape), 4.0 / spacing)
        noise = ndimage.gaussian_filter(rng.normal(size=shape), [0.0, 0.7, 0.7])
        self.hu = 60.0 + 15.0 * texture / texture.std() + 14.0 * noise / noise.std()
        affine = np.diag([0.8, 0.8, slice_mm, 1.0])
        affine[:3, 3] = [-35.0, 20.0, -300.0]
        self.frame = Volume(self.hu, affine)
        self.spacing = spacing

    @property
    def middle(self) -> np.ndarray:
        return self.frame.to_patient_mm((np.array(self.hu.shape) - 1.0) / 2.0)

    def add_rod(self, center, axis, length, radius, hu, blur_mm=0.6) -> None:
        """A cylinder of ``hu``, blurred in the slice, averaged over each voxel."""
        center, axis = np.asarray(center, float), np.asarray(axis, float)
        axis = axis / np.linalg.norm(axis)
        half = 0.5 * length * np.abs(axis[::-1]) + radius + 4.0 * blur_mm
        middle = self.frame.to_index(center)
        low = np.maximum(np.floor(middle - half / self.spacing), 0).astype(int)
        high = np.minimum(np.ceil(middle + half / self.spacing) + 1, self.hu.shape).astype(int)
        parts = np.round(self.spacing / 0.2).astype(int)
        axes = [
            (np.arange((b - a) * n) + 0.5) / n - 0.5 + a
            for a, b, n in zip(low, high, parts, strict=True)
        ]
        kji = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
        offset = self.frame.to_patient_mm(kji) - center
        along = offset @ axis
        aside = np.linalg.norm(offset - along[..., None] * axis, axis=-1)
        solid = ((np.abs(along) <= 0.5 * length) & (aside <= radius)).astype(float)
        sigma = np.array([0.0, blur_mm, blur_mm]) / (self.spacing / parts)
        solid = ndimage.gaussian_filter(solid, sigma)
        n = high - low
        blocks = solid.reshape(n[0], parts[0], n[1], parts[1], n[2], parts[2]).mean(axis=(1, 3, 5))
        self.hu[tuple(slice(a, b) for a, b in zip(low, high, strict=True))] += hu * blocks

    def add_seed(self, center, axis, hu=30_000.0) -> None:
        """A capsule of 4.5 x 0.8 mm; 30,000 HU is the mean over its titanium, silver and voids."""
        self.add_rod(center, axis, 4.5, 0.4, hu)

    def scan(self, ceiling_hu: int = 3071) -> Volume:
        hu = np.clip(np.round(self.hu), -1024, ceiling_hu).astype(np.int16)
        return Volume(hu, self.frame.affine)


def scored(finding: SeedFinding, centers, axes) -> Score:
    """Finds against truth, one to one, within 3 mm."""
    truth = np.asarray(centers, float).reshape(-1, 3)
    found = np.array([seed.center_mm for seed in finding.seeds]).reshape(-1, 3)
    pointed = np.array([seed.axis for seed in finding.seeds]).reshape(-1, 3)
    gaps = np.linalg.norm(found[:, None] - truth[None], axis=2)
    mine, its = linear_sum_assignment(np.minimum(gaps, 30.0))
    near = gaps[mine, its] < 3.0
    mine, its = mine[near], its[near]
    cosine = np.abs((pointed[mine] * np.asarray(axes, float).reshape(-1, 3)[its]).sum(axis=1))
    angles = np.degrees(np.arccos(np.clip(cosine, 0.0, 1.0)))
    return Score(len(its), len(found) - len(its), gaps[mine, its], angles)


def scattered(phantom: Phantom, count: int, seed: int, apart_mm: float = 6.5):
    """Centres and axes of seeds strewn round the middle, mostly along one direction."""
    rng = np.random.default_rng(seed)
    centers: list[np.ndarray] = []
    while len(centers) < count:
        center = phantom.middle + rng.uniform(-1.0, 1.0, 3) * [22.0, 22.0, 18.0]
        if all(np.linalg.norm(center - other) > apart_mm for other in centers):
            centers.append(center)
    axes = rng.normal(size=(count, 3)) * 0.25 + [0.3, 0.9, 0.15]
    return np.array(centers), axes / np.linalg.norm(axes, axis=1)[:, None]


@pytest.fixture(scope="session", params=["1.25", "2.5", "5"])
def realistic(request: pytest.FixtureRequest):
    """Slice thickness, scan, true centres and axes."""
    with np.load(DATA / f"liver_{request.param}mm.npz") as data:
        affine = np.diag([*data["spacing_zyx"][::-1], 1.0])
        affine[:3, 3] = data["origin_zyx"][::-1]
        scan = Volume(data["volume_hu"], affine)
        return request.param, scan, data["seeds_xyz"], data["seeds_dir"]


@pytest.fixture(scope="session")
def make_phantom():
    return Phantom


@pytest.fixture(scope="session")
def score():
    return scored


@pytest.fixture(scope="session")
def scatter():
    return scattered
