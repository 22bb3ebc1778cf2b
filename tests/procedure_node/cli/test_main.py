"""The entry point: what there is, and what is said to what there is not."""

from pathlib import Path

import pytest

from procedure_node.cli import main
from procedure_node.cli.main import _MODULES


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert "not a medical device" in " ".join(told.split())
    for name in ("run", "check", "do", "state", "journal", "replay", "evaluate", "dose", "record"):
        assert f"\n    {name} " in told


@pytest.mark.parametrize("name", _MODULES)
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    assert f"usage: procedure-node {name}" in capsys.readouterr().out


@pytest.mark.parametrize("words", [[], ["explode"], ["journal", "explode"], ["replay"]])
def test_what_is_not_a_command_is_answered_with_those_that_are(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "usage: procedure-node" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["run"], ["check"], ["state"], ["do", "close", "--by=staff-7"]])
def test_mistakes_in_the_settings_are_told_and_end_it(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "node.toml"
    path.write_text('[node]\nroom = "CT 1"\n')
    assert main([*words, "--config", str(path)]) == 2
    told = capsys.readouterr().err
    assert f"{path}: node.room: " in told
    assert f"{path}: dicom: Field required" in told
    assert "Traceback" not in told


def test_the_settings_are_taken_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PROCEDURE_NODE_CONFIG", str(tmp_path / "elsewhere.toml"))
    assert main(["check"]) == 2
    assert f"{tmp_path / 'elsewhere.toml'}: cannot be read" in capsys.readouterr().err
