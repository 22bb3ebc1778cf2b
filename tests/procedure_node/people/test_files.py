import stat
from pathlib import Path

import pytest

from procedure_node.commands import COMMANDS
from procedure_node.people import (
    Cost,
    Person,
    Roles,
    hash_password,
    load_people,
    load_roles,
    remove_person,
    write_person,
)
from procedure_node.settings import ConfigurationError

ROLES = Path(__file__).parents[3] / "config" / "roles.toml"


@pytest.fixture(scope="module")
def roles() -> Roles:
    return load_roles(ROLES)


def person(role: str = "nurse") -> Person:
    return Person(role=role, password_hash=hash_password("correct horse", Cost(n=2**4)))


def test_every_command_is_somebodys(roles: Roles) -> None:
    assert roles["physician"].allowed == tuple(COMMANDS)
    assert "close" not in roles["nurse"].allowed


def test_a_role_with_an_unknown_command_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "roles.toml"
    file.write_text('[nurse]\ntitle = "Nurse"\ncommands = ["explode"]\n')
    with pytest.raises(ConfigurationError, match="there is no explode; there are: open, close"):
        load_roles(file)


def test_people_are_kept_in_a_file_that_only_its_owner_reads(tmp_path: Path, roles: Roles) -> None:
    file = tmp_path / "people.toml"
    nurse, doctor = person(), person("physician")
    write_person(file, "nurse-7", nurse, roles)
    write_person(file, "dr-2", doctor, roles)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert load_people(file, roles) == {"nurse-7": nurse, "dr-2": doctor}
    write_person(file, "nurse-7", person("technologist"), roles)
    assert load_people(file, roles)["nurse-7"].role == "technologist"
    remove_person(file, "nurse-7", roles)
    assert load_people(file, roles) == {"dr-2": doctor}
    assert [path.name for path in tmp_path.iterdir()] == ["people.toml"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_file_that_others_may_use_is_refused(tmp_path: Path, roles: Roles, mode: int) -> None:
    file = tmp_path / "people.toml"
    write_person(file, "dr-2", person(), roles)
    file.chmod(mode)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        load_people(file, roles)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        write_person(file, "dr-3", person(), roles)


def test_mistakes_are_told_without_what_was_found(tmp_path: Path, roles: Roles) -> None:
    file = tmp_path / "people.toml"
    file.write_text('[dr-2]\nrole = "nurse"\npassword_hash = "hunter2"\n')
    file.chmod(0o600)
    with pytest.raises(ConfigurationError, match=r"dr-2\.password_hash: .* person add") as caught:
        load_people(file, roles)
    assert "hunter2" not in str(caught.value)


def test_a_role_that_is_gone_is_told(tmp_path: Path, roles: Roles) -> None:
    file = tmp_path / "people.toml"
    write_person(file, "dr-2", person(), roles)
    with pytest.raises(ConfigurationError, match="no role nurse; there are: physician"):
        load_people(file, {"physician": roles["physician"]})


@pytest.mark.parametrize("name", ["J Doe", "a", 'x"]\nrole = "physician', "../x"])
def test_a_name_that_does_not_fit_changes_nothing(tmp_path: Path, roles: Roles, name: str) -> None:
    file = tmp_path / "people.toml"
    write_person(file, "dr-2", person(), roles)
    before = file.read_bytes()
    with pytest.raises(ConfigurationError, match=r"people\.toml"):
        write_person(file, name, person(), roles)
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["people.toml"]


def test_who_is_not_there_cannot_be_removed(tmp_path: Path, roles: Roles) -> None:
    file = tmp_path / "people.toml"
    write_person(file, "dr-2", person(), roles)
    with pytest.raises(ConfigurationError, match="there is no dr-3; there are: dr-2"):
        remove_person(file, "dr-3", roles)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path, roles: Roles) -> None:
    with pytest.raises(ConfigurationError, match="cannot be written: No such file"):
        write_person(tmp_path / "none" / "people.toml", "dr-2", person(), roles)
