"""``procedure-node do``: a person's command to a running node."""

import argparse
import sys
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from procedure_node.cli.arguments import add_config
from procedure_node.commands import COMMANDS, Command
from procedure_node.control import ControlClient, ControlError, NodeAwayError
from procedure_node.settings import load_settings

NODE_AWAY = 3
"""Exit status when no node answers: whether it carried the command out must be looked at."""


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``do`` with one sub-command for each command that the node takes."""
    parser = subparsers.add_parser("do", help="give a command to a running node")
    inner = parser.add_subparsers(required=True, metavar="WHAT")
    for name, model in COMMANDS.items():
        help_text = (model.__doc__ or "").splitlines()[0]
        command = inner.add_parser(name, help=help_text, description=help_text)
        add_config(command)
        for field in model.model_fields:
            _add_option(command, model, field)
        command.set_defaults(run=_do, command_name=name, command_model=model)


def _add_option(parser: argparse.ArgumentParser, model: type[Command], field: str) -> None:
    info = model.model_fields[field]
    required = info.is_required()
    choices = _choices(info.annotation)
    parser.add_argument(
        "--" + field.replace("_", "-"),
        required=required,
        default=argparse.SUPPRESS,
        metavar=None if choices else field.upper(),
        choices=choices,
        help=(info.description or "") + ("" if required else f" (default: {info.default})"),
    )


def _choices(annotation: Any) -> list[str] | None:
    """The words that a field may have, if they are few."""
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return [member.value for member in annotation]
    if get_origin(annotation) is Literal:
        return [str(word) for word in get_args(annotation)]
    return None


def _do(arguments: argparse.Namespace) -> int:
    model: type[Command] = arguments.command_model
    given = {
        field: _value(model.model_fields[field].annotation, getattr(arguments, field))
        for field in model.model_fields
        if hasattr(arguments, field)
    }
    client = ControlClient(load_settings(arguments.config).settings.control_socket)
    try:
        answer = client.command(arguments.command_name, given)
    except NodeAwayError as error:
        print(error, file=sys.stderr)
        return NODE_AWAY
    except ControlError as error:
        print(f"refused: {error}", file=sys.stderr)
        return 1
    print(f"done (procedure {answer['procedure_id']})")
    return 0


def _value(annotation: Any, text: str) -> object:
    """Text as JSON will carry it; the node judges it."""
    if get_origin(annotation) in (Union, UnionType):
        annotation = next(a for a in get_args(annotation) if a is not NoneType)
    if get_origin(annotation) is tuple:
        return text.split(",")
    if get_origin(annotation) is Literal and isinstance(get_args(annotation)[0], int):
        return int(text)
    return text
