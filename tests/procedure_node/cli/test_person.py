"""``person``: who may command the node from its page."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from procedure_node.cli import main

CONFIG = Path(__file__).parents[3] / "config"
WriteSettings = Callable[..., Path]
Ran = tuple[int, str, str]


@pytest.fixture
def person(
    write_settings: WriteSettings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., Ran]:
    more = f'[display]\npeople_file = "people.toml"\nroles_file = "{CONFIG}/roles.toml"'
    settings = write_settings(more=more)

    def run(action: str, *words: str, typed: str = "") -> Ran:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        status = main(["person", action, f"--config={settings}", *words])
        told = capsys.readouterr()
        return status, told.out, told.err

    return run


def test_people_are_added_listed_and_removed(person: Callable[..., Ran], folder: Path) -> None:
    status, out, _ = person("add", "dr-2", "--role=physician", typed="correct horse\n")
    assert (status, out) == (0, f"dr-2 may log in as Physician ({folder}/people.toml)\n")
    assert "horse" not in (folder / "people.toml").read_text()
    status, out, _ = person("list")
    assert status == 0
    assert out.startswith("dr-2: Physician (open, close, allocate")
    assert person("remove", "dr-2")[0] == 0
    assert person("list") == (0, "", "")


def test_a_short_password_or_an_unknown_role_changes_nothing(
    person: Callable[..., Ran], folder: Path
) -> None:
    status, _, err = person("add", "dr-2", "--role=physician", typed="short\n")
    assert (status, err) == (1, "the password needs 8 characters or more\n")
    status, _, err = person("add", "dr-2", "--role=king", typed="correct horse\n")
    assert status == 1
    assert err.startswith("no role 'king'; there are: physician")
    assert not (folder / "people.toml").exists()


def test_without_a_people_file_it_says_what_to_set(
    write_settings: WriteSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["person", "list", f"--config={write_settings()}"]) == 2
    assert "display.people_file is not set" in capsys.readouterr().err
