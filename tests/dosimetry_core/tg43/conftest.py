import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from dosimetry_core.tg43 import SeedModel

SEED_MODELS = Path(__file__).parents[3] / "config" / "seed_models"


@pytest.fixture(scope="session")
def models() -> Mapping[str, SeedModel]:
    """Every seed model that comes with the project, by name."""
    found = [
        SeedModel.from_mapping(tomllib.loads(file.read_text(encoding="utf-8")))
        for file in sorted(SEED_MODELS.glob("*.toml"))
    ]
    assert len(found) == 17
    return {model.name: model for model in found}


@pytest.fixture
def model_6711(models: Mapping[str, SeedModel]) -> SeedModel:
    return models["Amersham6711"]
