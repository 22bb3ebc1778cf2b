"""The files of roles and of people. The people file is nobody's to read but the service's."""

import os
import stat
from pathlib import Path

from pydantic import ValidationError

from procedure_node.people.model import PeopleFile, Person, Roles, RolesFile
from procedure_node.settings import ConfigurationError, load_toml, read_toml

_HEAD = "# Written by `procedure-node person`: who may command the node from its page.\n"


def load_roles(path: Path) -> Roles:
    """Roles by name.

    Raises:
        ConfigurationError: the file cannot be read, or holds mistakes.
    """
    return load_toml(path, RolesFile).root


def load_people(path: Path, roles: Roles) -> dict[str, Person]:
    """People by name.

    Raises:
        ConfigurationError: the file cannot be read, others than its owner may read or write it, or
            it holds mistakes.
    """
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise ConfigurationError([f"{path}: cannot be read: {error.strerror}"]) from error
    if stat.S_IMODE(mode) & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigurationError(
            [f"{path}: others than its owner may use it: it holds passwords' hashes; chmod 600"]
        )
    people = _people_of(path)
    lost = sorted({person.role for person in people.values()} - set(roles))
    if lost:
        raise ConfigurationError(
            [f"{path}: there is no role {', '.join(lost)}; there are: {', '.join(roles)}"]
        )
    return people


def _people_of(path: Path) -> dict[str, Person]:
    """As ``load_toml``, but mistakes never show what was found: it may be a password's hash."""
    try:
        return PeopleFile.model_validate(read_toml(path)).root
    except ValidationError as error:
        mistakes = [
            f"{path}: {'.'.join(map(str, e['loc']))}: {e['msg']}; write the file with "
            "`procedure-node person add`"
            for e in error.errors(include_url=False, include_input=False)
        ]
        raise ConfigurationError(mistakes) from None


def write_person(path: Path, name: str, person: Person, roles: Roles) -> None:
    """Add a person to the people file, or put another role and password in the place of theirs.

    Raises:
        ConfigurationError: the file that is there cannot be used, or the name or role cannot be.
    """
    people = load_people(path, roles) if path.exists() else {}
    _write(path, {**people, name: person}, roles)


def remove_person(path: Path, name: str, roles: Roles) -> None:
    """Take a person out of the people file; their session ends with it.

    Raises:
        ConfigurationError: the file cannot be used, or does not have the person.
    """
    people = load_people(path, roles)
    if name not in people:
        raise ConfigurationError([f"{path}: there is no {name}; there are: {', '.join(people)}"])
    _write(path, {key: person for key, person in people.items() if key != name}, roles)


def _write(path: Path, people: dict[str, Person], roles: Roles) -> None:
    """Written beside and put in place whole; a file that is there keeps its owner."""
    text = _HEAD + "".join(
        f'\n["{name}"]\nrole = "{person.role}"\npassword_hash = "{person.password_hash}"\n'
        for name, person in sorted(people.items())
    )
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            load_people(beside, roles)
            if path.exists() and os.geteuid() == 0:
                owner = path.stat()
                os.chown(beside, owner.st_uid, owner.st_gid)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigurationError([f"{path}: cannot be written: {error.strerror}"]) from error
    except ConfigurationError as error:
        mistakes = [mistake.replace(str(beside), str(path)) for mistake in error.mistakes]
        raise ConfigurationError(mistakes) from error
