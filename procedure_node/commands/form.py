"""Commands as forms that a person can fill in: derived from the commands, so none is forgotten."""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict

from procedure_node.commands.model import COMMANDS, Command

FieldKind = Literal["text", "choice", "whole", "number", "date", "point"]

_GIVEN_BY_LOGIN = "by"


class FormField(BaseModel):
    """One value that a command takes.

    Attributes:
        name: its key in the command's body.
        kind: what is written: ``point`` is three numbers.
        choices: what it may be, where that is few; for a ``text`` what makes sense now, others go
            too.
        required: whether it must be given.
        help: what it means; may be empty.
        default: what it is when it is not given, as text; empty when that is nothing.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    kind: FieldKind
    choices: tuple[str, ...]
    required: bool
    help: str
    default: str


class CommandForm(BaseModel):
    """One command: its name, what it does, and what it takes."""

    model_config = ConfigDict(frozen=True)

    name: str
    help: str
    fields: tuple[FormField, ...]


def command_form(name: str, suggestions: Mapping[str, Sequence[str]]) -> CommandForm:
    """The form of a command.

    Args:
        name: one of ``COMMANDS``.
        suggestions: by field name, what makes sense now.
    """
    model = COMMANDS[name]
    return CommandForm(
        name=name,
        help=(model.__doc__ or "").splitlines()[0],
        fields=tuple(
            _field(model, field, suggestions.get(field, ()))
            for field in model.model_fields
            if field != _GIVEN_BY_LOGIN
        ),
    )


def _field(model: type[Command], name: str, suggested: Sequence[str]) -> FormField:
    info = model.model_fields[name]
    kind, choices = _kind(info.annotation)
    required = info.is_required()
    default = None if required else info.default
    return FormField(
        name=name,
        kind=kind,
        choices=choices or tuple(suggested),
        required=required,
        help=info.description or "",
        default="" if default is None else str(default),
    )


def _kind(annotation: Any) -> tuple[FieldKind, tuple[str, ...]]:
    if get_origin(annotation) in (Union, UnionType):
        annotation = next(a for a in get_args(annotation) if a is not NoneType)
    if get_origin(annotation) is Literal:
        words = get_args(annotation)
        return ("whole" if isinstance(words[0], int) else "choice"), tuple(map(str, words))
    if get_origin(annotation) is tuple:
        return "point", ()
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return "choice", tuple(member.value for member in annotation)
    kinds: dict[Any, FieldKind] = {int: "whole", float: "number", date: "date"}
    return kinds.get(annotation, "text"), ()
