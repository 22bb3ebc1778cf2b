import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from dosimetry_core.tg43 import ImplantedSources, SeedModel
from dosimetry_core.values import ContouredStructure

Corner = tuple[float, float, float]
FloatArray = NDArray[np.float64]
SEED_MODELS = Path(__file__).parents[3] / "config" / "seed_models"


def box(low: Corner, high: Corner) -> ContouredStructure:
    """A box with 2 mm slices; its height is a multiple of that."""
    outline = [(low[0], low[1]), (high[0], low[1]), (high[0], high[1]), (low[0], high[1])]
    return ContouredStructure(
        "BOX",
        tuple(
            np.array([(x, y, z) for x, y in outline]) for z in np.arange(low[2] + 1.0, high[2], 2.0)
        ),
    )


def sphere(radius_mm: float) -> ContouredStructure:
    """A sphere about the origin with 0.5 mm slices."""
    angle = 2 * np.pi * np.arange(180) / 180
    return ContouredStructure(
        "SPHERE",
        tuple(
            np.column_stack([r * np.cos(angle), r * np.sin(angle), np.full(180, z)])
            for z in np.arange(-radius_mm + 0.25, radius_mm, 0.5)
            for r in [np.sqrt(radius_mm**2 - z**2)]
        ),
    )


@pytest.fixture(scope="session")
def make_box() -> Callable[[Corner, Corner], ContouredStructure]:
    return box


@pytest.fixture(scope="session")
def make_sphere() -> Callable[[float], ContouredStructure]:
    return sphere


@pytest.fixture(scope="session")
def model_6711() -> SeedModel:
    file = SEED_MODELS / "Amersham6711.toml"
    return SeedModel.from_mapping(tomllib.loads(file.read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def make_implant(model_6711: SeedModel) -> Callable[[FloatArray, float], ImplantedSources]:
    def implant(centers_mm: FloatArray, strength_u: float) -> ImplantedSources:
        """Parallel seeds along z, of equal strength."""
        count = len(centers_mm)
        return ImplantedSources(
            model_6711, centers_mm, np.tile([0.0, 0.0, 1.0], (count, 1)), np.full(count, strength_u)
        )

    return implant
