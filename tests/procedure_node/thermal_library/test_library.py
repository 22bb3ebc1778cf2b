"""Both folders of the thermal library together."""

from pathlib import Path

import pytest

from procedure_node.settings import ConfigurationError
from procedure_node.settings.paths import default_config_dir
from procedure_node.thermal_library import load_thermal_library


def test_what_is_shipped_is_there() -> None:
    config = default_config_dir()
    library = load_thermal_library(config / "tissues", config / "cryoprobes")
    assert "liver" in library.tissues
    assert "IceRod" in library.cryoprobes


def test_without_folders_there_is_nothing(tmp_path: Path) -> None:
    library = load_thermal_library(tmp_path / "tissues", tmp_path / "cryoprobes")
    assert not library.tissues
    assert not library.cryoprobes


def test_mistakes_in_both_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "tissues").mkdir()
    (tmp_path / "cryoprobes").mkdir()
    with pytest.raises(ConfigurationError) as caught:
        load_thermal_library(tmp_path / "tissues", tmp_path / "cryoprobes")
    assert [
        str(tmp_path / name) in told
        for name, told in zip(("tissues", "cryoprobes"), caught.value.mistakes, strict=True)
    ] == [True, True]
