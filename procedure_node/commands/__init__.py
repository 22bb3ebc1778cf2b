"""What a person may tell the node to do."""

from procedure_node.commands.decide import (
    Surroundings,
    decide,
    decide_open,
    decide_protocol,
)
from procedure_node.commands.form import CommandForm, FormField, command_form
from procedure_node.commands.model import COMMANDS, ChangeProtocol, Command, OpenProcedure

__all__ = [
    "COMMANDS",
    "ChangeProtocol",
    "Command",
    "CommandForm",
    "FormField",
    "OpenProcedure",
    "Surroundings",
    "command_form",
    "decide",
    "decide_open",
    "decide_protocol",
]
