"""Fault plans and scripts as TOML files of like tables, each checked and named when it is wrong."""

import tomllib
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, TypeVar, cast

Entry = TypeVar("Entry")


class PlanError(ValueError):
    """A fault plan or script that cannot be used; the message says where and why."""


def read_plan(path: Path, name: str, kind: type[Entry]) -> list[Entry]:
    """The ``[[name]]`` tables of a file, each made into a dataclass with its keys.

    Raises:
        PlanError: the file cannot be read or a table is wrong; says where and why.
    """
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PlanError(f"{path}: {error}") from error
    if unknown := document.keys() - {name}:
        raise PlanError(f"{path}: unknown {sorted(unknown)}; write [[{name}]] tables")
    tables = document.get(name, [])
    if not isinstance(tables, list):
        raise PlanError(f"{path}: write [[{name}]], with two brackets")
    return [
        _entry(f"{path}: {name} {number}", table, kind)
        for number, table in enumerate(cast("list[object]", tables), start=1)
    ]


def check_number(entry: object, key: str, low: float, high: float = float("inf")) -> None:
    """Refuse an attribute that is not a number from ``low`` to ``high``; None is let through."""
    number = getattr(entry, key)
    if number is None:
        return
    if isinstance(number, bool) or not isinstance(number, int | float) or not low <= number <= high:
        span = f"of {low:g} or more" if high == float("inf") else f"from {low:g} to {high:g}"
        raise PlanError(f"{key} is {number!r}, it must be a number {span}")


def _entry(where: str, content: object, kind: type[Entry]) -> Entry:
    if not isinstance(content, dict):
        raise PlanError(f"{where}: {content!r} is not a table")
    table = cast("dict[str, Any]", content)
    known = fields(cast("Any", kind))
    if unknown := table.keys() - {field.name for field in known}:
        raise PlanError(f"{where}: unknown {sorted(unknown)}")
    needed = {field.name for field in known if field.default is MISSING}
    if missing := needed - table.keys():
        raise PlanError(f"{where}: {sorted(missing)} missing")
    try:
        return kind(**table)
    except PlanError as error:
        raise PlanError(f"{where}: {error}") from error
