from pathlib import Path

import pytest

from procedure_node.seed_library import SeedLibraryError, load_seed_models
from procedure_node.settings.paths import default_config_dir

LIBRARY = default_config_dir() / "seed_models"


def test_the_projects_library_is_whole() -> None:
    models = load_seed_models(LIBRARY)
    assert len(models) == 17
    assert list(models) == sorted(models)
    for name, model in models.items():
        assert model.name == name
        assert (LIBRARY / f"{name}.toml").is_file()


def test_every_bad_file_is_told_with_its_key(tmp_path: Path) -> None:
    good = (LIBRARY / "Amersham6711.toml").read_text(encoding="utf-8")
    (tmp_path / "a.toml").write_text(good)
    (tmp_path / "b.toml").write_text(good.replace("1.055, 1.078", "1.055, -1.078"))
    (tmp_path / "c.toml").write_text("name = ")
    (tmp_path / "d.toml").write_bytes(b"name = '\xff'")
    (tmp_path / "e.toml").write_text(good)
    with pytest.raises(SeedLibraryError) as caught:
        load_seed_models(tmp_path)
    problems = caught.value.problems
    assert len(problems) == 4
    assert problems[0].startswith(f"{tmp_path / 'b.toml'}: radial_dose_function.g: must be above")
    assert problems[1].startswith(f"{tmp_path / 'c.toml'}: cannot be read: ")
    assert problems[2].startswith(f"{tmp_path / 'd.toml'}: cannot be read: ")
    assert problems[3] == (
        f"{tmp_path / 'e.toml'}: name: 'Amersham6711' is already used by {tmp_path / 'a.toml'}"
    )


def test_a_folder_without_models_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SeedLibraryError, match="no seed model files"):
        load_seed_models(tmp_path)
    with pytest.raises(SeedLibraryError, match="no seed model files"):
        load_seed_models(tmp_path / "missing")
