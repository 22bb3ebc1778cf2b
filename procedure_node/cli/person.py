"""``procedure-node person``: who may command the node from its page."""

import argparse
import getpass
import sys
from pathlib import Path

from procedure_node.cli.arguments import add_config
from procedure_node.people import (
    SHORTEST_PASSWORD,
    Person,
    Roles,
    hash_password,
    load_people,
    load_roles,
    remove_person,
    write_person,
)
from procedure_node.settings import ConfigurationError, load_settings


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``person`` and its own sub-commands."""
    parser = subparsers.add_parser(
        "person", help="people who may command the node from its page: add, list, remove"
    )
    inner = parser.add_subparsers(required=True, metavar="ACTION")
    add = inner.add_parser(
        "add",
        help="add a person, or give one another role and password",
        description="Asks for the password twice; where standard input is no terminal, its first "
        "line is the password. The running node knows the person at once.",
    )
    add_config(add)
    add.add_argument("name", metavar="NAME", help="staff id, initials or function: it is recorded")
    add.add_argument("--role", required=True, help="a role of the roles file")
    add.set_defaults(run=_add)
    show = inner.add_parser("list", help="show who is in the file, and their roles")
    add_config(show)
    show.set_defaults(run=_list)
    remove = inner.add_parser("remove", help="remove a person; their login ends at once")
    add_config(remove)
    remove.add_argument("name", metavar="NAME")
    remove.set_defaults(run=_remove)


def _files(arguments: argparse.Namespace) -> tuple[Path, Roles]:
    loaded = load_settings(arguments.config)
    if loaded.people_file is None:
        raise ConfigurationError(
            [f"{loaded.path}: display.people_file is not set: nobody can log in at the page"]
        )
    return loaded.people_file, load_roles(loaded.roles_file)


def _add(arguments: argparse.Namespace) -> int:
    people, roles = _files(arguments)
    if arguments.role not in roles:
        print(f"no role {arguments.role!r}; there are: {', '.join(roles)}", file=sys.stderr)
        return 1
    password = _asked_password(arguments.name)
    if len(password) < SHORTEST_PASSWORD:
        print(f"the password needs {SHORTEST_PASSWORD} characters or more", file=sys.stderr)
        return 1
    person = Person(role=arguments.role, password_hash=hash_password(password))
    write_person(people, arguments.name, person, roles)
    print(f"{arguments.name} may log in as {roles[arguments.role].title} ({people})")
    return 0


def _asked_password(name: str) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass(f"Password of {name}: ")
    if password != getpass.getpass("The same again: "):
        raise ConfigurationError(["the two passwords differ: nothing was changed"])
    return password


def _list(arguments: argparse.Namespace) -> int:
    people, roles = _files(arguments)
    for name, person in load_people(people, roles).items():
        print(f"{name}: {roles[person.role].title} ({', '.join(roles[person.role].allowed)})")
    return 0


def _remove(arguments: argparse.Namespace) -> int:
    people, roles = _files(arguments)
    remove_person(people, arguments.name, roles)
    print(f"{arguments.name} may no longer log in")
    return 0
