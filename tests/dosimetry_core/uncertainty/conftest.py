import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from dosimetry_core.tg43 import ImplantedSources, SeedModel
from dosimetry_core.values import ContouredStructure

FloatArray = NDArray[np.float64]
SEED_MODELS = Path(__file__).parents[3] / "config" / "seed_models"


def ball(name: str, center_mm: tuple[float, float, float], radius_mm: float) -> ContouredStructure:
    """A sphere in twelve slices."""
    angle = 2 * np.pi * np.arange(72) / 72
    circle = np.column_stack([np.cos(angle), np.sin(angle), np.zeros(72)])
    heights = radius_mm * (np.arange(12) - 5.5) / 6
    return ContouredStructure(
        name,
        tuple(
            np.sqrt(radius_mm**2 - z**2) * circle + np.array(center_mm) + [0.0, 0.0, z]
            for z in heights
        ),
    )


@pytest.fixture(scope="session")
def make_ball() -> Callable[[str, tuple[float, float, float], float], ContouredStructure]:
    return ball


@pytest.fixture(scope="session")
def model_6711() -> SeedModel:
    file = SEED_MODELS / "Amersham6711.toml"
    return SeedModel.from_mapping(tomllib.loads(file.read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def one_seed(model_6711: SeedModel) -> ImplantedSources:
    """A seed at the origin along z."""
    return ImplantedSources(model_6711, np.zeros((1, 3)), np.array([[0.0, 0, 1]]), np.array([1.0]))


@pytest.fixture(scope="session")
def many_seeds(model_6711: SeedModel) -> ImplantedSources:
    """46 seeds, 9 mm apart within 20 mm of the origin, their places and axes a little scattered."""
    rng = np.random.default_rng(3)
    axis = np.arange(-18.0, 19.0, 9.0)
    lattice = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    places = lattice[np.linalg.norm(lattice, axis=1) < 20.0]
    return ImplantedSources(
        model_6711,
        places + rng.normal(scale=0.8, size=places.shape),
        rng.normal(scale=0.2, size=places.shape) + np.array([0.0, 0.0, 1.0]),
        np.full(len(places), 0.45),
    )
