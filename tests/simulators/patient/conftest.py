import tomllib
from pathlib import Path

import pytest

from dosimetry_core.tg43 import SeedModel
from simulators.patient import PatientCt, load_baseline, seed_model


@pytest.fixture(scope="session")
def config_directory() -> Path:
    return Path(__file__).parents[3] / "config"


@pytest.fixture(scope="session")
def ct() -> PatientCt:
    return load_baseline()


@pytest.fixture(scope="session")
def planned_model(config_directory: Path) -> SeedModel:
    path = config_directory / "seed_models" / f"{seed_model()}.toml"
    return SeedModel.from_mapping(tomllib.loads(path.read_text(encoding="utf-8")))
