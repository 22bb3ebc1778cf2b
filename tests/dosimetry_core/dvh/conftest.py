import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from dosimetry_core.tg43 import SeedModel
from dosimetry_core.values import ContouredStructure

SEED_MODELS = Path(__file__).parents[3] / "config" / "seed_models"

Solid = Callable[[float, float], ContouredStructure]


def sphere(radius_mm: float, spacing_mm: float) -> ContouredStructure:
    """A sphere about the origin, its planes half-way to the poles."""
    angle = 2 * np.pi * np.arange(360) / 360
    polygons = [
        np.column_stack([r * np.cos(angle), r * np.sin(angle), np.full(360, z)])
        for z in np.arange(-radius_mm + spacing_mm / 2, radius_mm, spacing_mm)
        for r in [np.sqrt(radius_mm**2 - z**2)]
    ]
    return ContouredStructure("SPHERE", tuple(polygons))


def cylinder(radius_mm: float, height_mm: float) -> ContouredStructure:
    """A cylinder about the z axis from z = 0, contoured every 2.5 mm."""
    angle = 2 * np.pi * np.arange(720) / 720
    circle = radius_mm * np.column_stack([np.cos(angle), np.sin(angle)])
    polygons = [np.column_stack([circle, np.full(720, z)]) for z in np.arange(1.25, height_mm, 2.5)]
    return ContouredStructure("CYLINDER", tuple(polygons))


@pytest.fixture(scope="session")
def make_sphere() -> Solid:
    return sphere


@pytest.fixture(scope="session")
def make_cylinder() -> Solid:
    return cylinder


@pytest.fixture(scope="session")
def model_6711() -> SeedModel:
    file = SEED_MODELS / "Amersham6711.toml"
    return SeedModel.from_mapping(tomllib.loads(file.read_text(encoding="utf-8")))
