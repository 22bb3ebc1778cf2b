from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from dosimetry_core.seed_identity import MigrationLimits, ScanFinds, same_covariance
from dosimetry_core.values import FoundSeed

FloatArray = NDArray[np.float64]


@pytest.fixture
def limits() -> MigrationLimits:
    return MigrationLimits(moved_mm=8.0, outside_mm=15.0)


@pytest.fixture
def implant() -> FloatArray:
    """27 seeds about 10 mm apart, each off by 2 mm: no two neighbourhoods are alike."""
    line = np.array([0.0, 10.0, 20.0])
    grid = np.stack(np.meshgrid(line, line, line), axis=-1).reshape(-1, 3)
    return grid + np.random.default_rng(7).normal(0.0, 2.0, grid.shape)


@pytest.fixture
def scan_of() -> Callable[..., ScanFinds]:
    """Finds at places, with a confidence, along z, stated to be good to 0.4 mm."""

    def make(
        name: str,
        places: FloatArray,
        confidence: float = 0.97,
        distance_mm: dict[str, FloatArray] | None = None,
        lesions: tuple[str, ...] = (),
    ) -> ScanFinds:
        seeds = tuple(
            FoundSeed((float(x), float(y), float(z)), (0.0, 0.0, 1.0), confidence)
            for x, y, z in places
        )
        covariance = same_covariance(seeds, (0.4, 0.4, 0.4))
        return ScanFinds(name, seeds, covariance, distance_mm or {}, lesions)

    return make
