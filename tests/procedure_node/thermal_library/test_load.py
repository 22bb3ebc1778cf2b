import math
from pathlib import Path

import pytest

from procedure_node.settings import ConfigurationError
from procedure_node.settings.paths import default_config_dir
from procedure_node.thermal_library import load_cryoprobe_models, load_tissues

TISSUES = default_config_dir() / "tissues"
PROBES = default_config_dir() / "cryoprobes"


def test_the_projects_tissues_are_whole() -> None:
    tissues = load_tissues(TISSUES)
    assert list(tissues) == ["agar", "kidney", "liver", "tumour"]
    liver = tissues["liver"]
    assert liver.tissue.conductivity_frozen_w_per_mk == 2.0
    assert liver.tissue.freezing_ends_c == -8.0
    assert liver.tissue.body_temperature_c == 37.0
    assert liver.spread.perfusion == pytest.approx(math.log(0.0036 / 0.0005) / math.sqrt(12))
    assert liver.spread.freezing_ends_c == pytest.approx(5.15 / math.sqrt(12))
    assert tissues["agar"].tissue.perfusion_per_s == 0.0
    assert tissues["agar"].spread.perfusion == 0.0
    assert load_tissues(TISSUES, body_temperature_c=39.0)["agar"].tissue.body_temperature_c == 39.0


def test_the_projects_probes_are_whole_and_not_at_their_nominal_tip_temperatures() -> None:
    models = load_cryoprobe_models(PROBES)
    assert list(models) == ["IceRod", "IceSeed", "argon-1.7mm", "argon-2.4mm"]
    for name, model in models.items():
        assert model.name == name
        assert -120.0 < model.boundary.freeze_c < -80.0
        assert model.boundary.freeze_sd_c >= 10.0
    placed = models["IceRod"].placed("3", (1.0, 2.0, 3.0), (0.0, 0.0, 2.0))
    assert placed.name == "3"
    assert placed.middle_mm == pytest.approx([1.0, 2.0, 3.0 - 1.5 - 11.0])
    assert placed.boundary == models["IceRod"].boundary


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    good = (TISSUES / "liver.toml").read_text(encoding="utf-8")
    (tmp_path / "a.toml").write_text(good)
    (tmp_path / "b.toml").write_text(good.replace("value = -8.0", "value = -9.0"))
    (tmp_path / "c.toml").write_text(good.replace("low = 0.0005", "low = 0.0"))
    (tmp_path / "d.toml").write_text("name = ")
    (tmp_path / "liver.toml").write_text(
        good.replace("[density_kg_per_m3]\nvalue = 1040.0", "[density_kg_per_m3]\nvalue = -1.0")
    )
    with pytest.raises(ConfigurationError) as caught:
        load_tissues(tmp_path)
    told = caught.value.mistakes
    assert told[0] == f"{tmp_path / 'a.toml'}: name: is 'liver', but the file is 'a'"
    assert "freezing_ends_c" in told[1]
    assert "low <= value <= high must hold, not -8.15, -9.0, -3.0" in told[1]
    assert "perfusion_per_s" in told[2]
    assert "must be above zero" in told[2]
    assert "is not valid TOML" in told[3]
    assert told[4] == (
        f"{tmp_path / 'liver.toml'}: tissue 'liver': density_kg_per_m3 must be above zero"
    )
    assert len(told) == 5


def test_a_probe_that_cannot_be_is_refused(tmp_path: Path) -> None:
    good = (PROBES / "IceRod.toml").read_text(encoding="utf-8")
    (tmp_path / "IceRod.toml").write_text(good.replace("freeze_c = -113.0", "freeze_c = 13.0"))
    with pytest.raises(ConfigurationError, match=r"freeze_c of a probe must be -196 to below 0"):
        load_cryoprobe_models(tmp_path)


def test_a_folder_without_files_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no files"):
        load_tissues(tmp_path)
