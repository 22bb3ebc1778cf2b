"""Mistakes in a TOML file, told all at once and each with a way to mend it."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

M = TypeVar("M", bound=BaseModel)


class ConfigurationError(Exception):
    """One or more mistakes in a configuration file.

    Attributes:
        mistakes: one line each: file, key, what is wrong, and an example where there is one.
    """

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


def load_toml(path: Path, model: type[M]) -> M:
    """A TOML file as a validated model.

    Raises:
        ConfigurationError: the file cannot be read or parsed, or holds mistakes (all of them told).
    """
    return validate_toml(path, read_toml(path), model)


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file.

    Raises:
        ConfigurationError: the file cannot be read or parsed.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError([f"{path}: cannot be read: {error.strerror}"]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError([f"{path}: is not valid TOML: {error}"]) from error


def validate_toml(path: Path, tables: Mapping[str, Any], model: type[M]) -> M:
    """Parsed tables as a validated model; ``path`` names the file in mistakes.

    Raises:
        ConfigurationError: the tables hold mistakes (all of them told).
    """
    try:
        return model.model_validate(tables)
    except ValidationError as error:
        mistakes = [
            _mistake(path, model, detail["loc"], detail["msg"], detail["input"])
            for detail in error.errors(include_url=False)
        ]
        raise ConfigurationError(list(dict.fromkeys(mistakes))) from error


def _mistake(
    path: Path, model: type[BaseModel], loc: tuple[int | str, ...], message: str, found: object
) -> str:
    key, example = _key_and_example(model, loc)
    given = "" if isinstance(found, dict | list | BaseModel) else f" (found {found!r})"
    hint = "" if example is None else f"; for example: {key.split('.')[-1]} = {_toml(example)}"
    return f"{path}: {key or 'file'}: {message.removeprefix('Value error, ')}{given}{hint}"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def _key_and_example(
    model: type[BaseModel], loc: tuple[int | str, ...]
) -> tuple[str, object | None]:
    """The TOML key of an error's location, without the union branches that pydantic adds."""
    words: list[str] = []
    example: object | None = None
    here: type[BaseModel] | None = model
    for part in loc:
        if isinstance(part, int):
            words[-1] += f"[{part + 1}]"
        elif here is None and example is not None:
            break
        else:
            words.append(part)
            field = here.model_fields.get(part) if here is not None else None
            example = field.examples[0] if field is not None and field.examples else None
            here = _model_in(field.annotation) if field is not None else here
    return ".".join(words), example


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (tuple, dict, list, Union, UnionType):
        for inner in get_args(annotation):
            found = _model_in(inner)
            if found is not None:
                return found
    return None
