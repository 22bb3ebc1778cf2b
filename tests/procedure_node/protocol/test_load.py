"""Protocol files: what is shipped is valid, and every mistake is told with a way to mend it."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from procedure_node.protocol import (
    UNSET,
    Target,
    TrialProtocol,
    load_protocol,
    load_protocol_named,
    protocol_sha256,
)
from procedure_node.protocol.parts import ProtocolPart
from procedure_node.settings import ConfigurationError

ROOT = Path(__file__).parents[3]
SHIPPED = sorted((ROOT / "config" / "protocols").glob("*.toml"))
SHORT = ROOT / "simulators" / "suite" / "data" / "demonstration-short.toml"
DEMONSTRATION = (ROOT / "config" / "protocols" / "demonstration.toml").read_text(encoding="utf-8")


def written(folder: Path, *changes: tuple[str, str], name: str = "demonstration") -> Path:
    """The demonstration protocol with some words replaced, each once."""
    text = DEMONSTRATION
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def mistakes(path: Path) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load_protocol(path)
    return caught.value.mistakes


@pytest.mark.parametrize("path", [*SHIPPED, SHORT], ids=lambda path: path.stem)
def test_every_shipped_protocol_is_valid_under_its_own_name(path: Path) -> None:
    protocol = load_protocol_named(path.parent, path.stem)
    assert protocol.example or not _numbers(protocol), "no trial's own numbers are shipped"
    assert {source.key for source in protocol.sources}


def _numbers(part: ProtocolPart) -> list[float]:
    """Numbers that a protocol itself states, of its lengths, doses, times and counts."""
    stated: list[float] = []
    for key in part.model_fields_set:
        values = getattr(part, key)
        for value in values if isinstance(values, tuple) else (values,):
            if isinstance(value, ProtocolPart):
                stated += _numbers(value)
            elif isinstance(value, int | float) and not isinstance(value, bool):
                stated.append(value)
    return stated


def test_the_short_demonstration_differs_in_its_names_and_freeze_times_alone() -> None:
    def without(tables: dict[str, Any]) -> dict[str, Any]:
        freeze_times = {
            "freeze_minutes",
            "thaw_minutes",
            "tip_target_within_s",
            "ice_margin_alert_minutes",
        }
        cryo = {k: v for k, v in tables["cryo"].items() if k not in freeze_times}
        rest = {k: v for k, v in tables.items() if k not in {"name", "version", "title"}}
        return {**rest, "cryo": cryo}

    short, full = tomllib.loads(SHORT.read_text(encoding="utf-8")), tomllib.loads(DEMONSTRATION)
    assert without(short) == without(full)
    assert short["name"] != full["name"]
    assert short["cryo"]["freeze_minutes"] < full["cryo"]["freeze_minutes"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('version = "1"', 'version = ""', ("version: ", "found ''", 'version = "1"')),
        ("example = true", "", ("example: ", "required", "example = true")),
        ("[freshness]", "[freshnes]", ("freshnes: ", "not permitted")),
        ('"SEEDS", "CRYO"', '"SEEDS", "HEAT"', ("arms.STRATEGY.modalities[2]: ", "found 'HEAT'")),
        ("zoning = true", "zonig = true", ("arms.STRATEGY.zoning: ", "zoning = true")),
        ("= 110.0", "= -1", ("seeds.prescription_gy: ", "found -1", "prescription_gy = 110.0")),
        ("= 110.0", '= "unknown"', ("seeds.prescription_gy: ", "'unset'", "found 'unknown'")),
        ("= 110.0", "= true", ("seeds.prescription_gy: ", "valid number", "found True")),
        ("= 110.0", "= inf", ("seeds.prescription_gy: ", "finite", "found inf")),
        (
            "v100_minimum_percent = 90.0",
            "v100_minimum_percent = 101",
            ("less than or equal", "101"),
        ),
        ("cycles = 2", "cycles = 2.5", ("cryo.cycles: ", "integer", "cycles = 2")),
        ("cycles = 2", "cycles = 0", ("cryo.cycles: ", "found 0", "cycles = 2")),
        ("[10.0, 10.0]", "[10.0, -1.0]", ("cryo.freeze_minutes: ", "found -1", "= [10.0, 10.0]")),
        ("[10.0, 10.0]", "-1.0", ("cryo.freeze_minutes: ", "found -1", "= [10.0, 10.0]")),
        ("= -100.0", "= nan", ("cryo.tip_target_c: ", "finite", "tip_target_c = -100.0")),
        ("d2cc_limit_gy = 55.0", "d2cc_limit_gy = 0", ("organs[1].d2cc_limit_gy: ", "found 0")),
        ("reading_s = 5.0", "", ("freshness.reading_s: ", "required", "reading_s = 5.0")),
        ('key = "cryo.cycles"', "", ("sources[", ".key: ", "required", 'key = "seeds.presc')),
    ],
)
def test_each_mistake_is_told_with_file_key_and_example(
    tmp_path: Path, old: str, new: str, told: tuple[str, ...]
) -> None:
    path = written(tmp_path, (old, new))
    lines = mistakes(path)
    assert all(line.startswith(f"{path}: ") for line in lines)
    line = next(line for line in lines if all(part in line for part in told))
    assert lines.count(line) == 1


def test_a_wrong_number_is_one_mistake_not_one_for_each_thing_it_might_have_been(
    tmp_path: Path,
) -> None:
    (line,) = mistakes(written(tmp_path, ("counted_within_mm = 10.0", "counted_within_mm = 0")))
    assert "seeds.counted_within_mm: Input should be greater than 0 (found 0)" in line


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        ("= 110.0", "= 0"),
        ("cycles = 2", "cycles = true"),
        ("scan_minutes = 30.0", "scan_minutes = -3"),
    )
    keys = [line.removeprefix(f"{path}: ").partition(": ")[0] for line in mistakes(path)]
    assert keys == ["seeds.prescription_gy", "cryo.cycles", "freshness.scan_minutes"]


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("'^(?P<lesion>L'", "structures.target: is not a regular expression: missing )"),
        (r"'^L\d+$'", "structures.target: has no group 'lesion'; write (?P<lesion>...)"),
    ],
)
def test_a_pattern_that_cannot_name_lesions_is_refused(
    tmp_path: Path, pattern: str, told: str
) -> None:
    shipped = next(line for line in DEMONSTRATION.splitlines() if line.startswith("target = "))
    path = written(tmp_path, (shipped, f"target = {pattern}"))
    (line,) = mistakes(path)
    assert line.startswith(f"{path}: {told}")


def test_contradictions_are_told_together(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        ('name = "GALLBLADDER"', 'name = "STOMACH"'),
        ('organs = ["GALLBLADDER", "STOMACH"]', 'organs = ["STOMACH"]'),
        ("target = '^(?P<lesion>", "target = '^("),
    )
    lines = mistakes(path)
    assert len(lines) == 2
    assert "'STOMACH' is constrained twice; keep one table for each organ" in lines[1]


def test_a_limit_that_is_left_out_is_not_one_that_is_unset(tmp_path: Path) -> None:
    path = written(tmp_path, ("d2cc_limit_gy = 55.0\n", ""), ("= 75.0", '= "unset"'))
    gallbladder = load_protocol(path).organs[0]
    assert (gallbladder.d2cc_limit_gy, gallbladder.d0_1cc_limit_gy) == (None, UNSET)


def test_a_protocol_is_known_by_its_files_name(tmp_path: Path) -> None:
    written(tmp_path)
    assert load_protocol_named(tmp_path, "demonstration").name == "demonstration"
    with pytest.raises(ConfigurationError, match=r"none\.toml: there is no such .*: demonstration"):
        load_protocol_named(tmp_path, "none")
    path = written(tmp_path, name="copy")
    with pytest.raises(ConfigurationError) as caught:
        load_protocol_named(tmp_path, "copy")
    assert str(caught.value) == f"{path}: name: is 'demonstration', but the file is 'copy'"


def test_an_empty_directory_knows_no_protocol(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="known are: none"):
        load_protocol_named(tmp_path, "demonstration")


def test_the_hash_names_the_content_whatever_its_layout(tmp_path: Path) -> None:
    tables = tomllib.loads(DEMONSTRATION)
    shuffled = TrialProtocol.model_validate(dict(reversed(tables.items())))
    spaced = load_protocol(
        written(tmp_path, ("[cryo]", "# a remark\n\n[cryo]"), ("= 110.0", "= 110"))
    )
    original = load_protocol(ROOT / "config" / "protocols" / "demonstration.toml")

    assert protocol_sha256(shuffled) == protocol_sha256(spaced) == protocol_sha256(original)

    changed = load_protocol(written(tmp_path, ("= 110.0", "= 110.5")))
    assert protocol_sha256(changed) != protocol_sha256(original)


def test_a_protocol_comes_back_from_the_journal_as_it_was(tmp_path: Path) -> None:
    protocol = load_protocol(
        written(tmp_path, ("= 110.0", '= "unset"'), ("[10.0, 10.0]", '[10.0, "unset"]'))
    )
    again = TrialProtocol.model_validate_json(protocol.model_dump_json())
    assert again == protocol
    assert protocol_sha256(again) == protocol_sha256(protocol)
    assert json.loads(protocol.model_dump_json())["seeds"]["prescription_gy"] == "unset"


def test_a_target_is_named_by_lesion_and_zone() -> None:
    assert Target(lesion="L1").key == "L1"
    assert Target.model_validate({"lesion": "L3", "zone": "CORE"}).key == "L3/CORE"
