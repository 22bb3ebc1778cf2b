"""What a person may tell the node to do."""

from procedure_node.commands.decide import Surroundings, decide, decide_open
from procedure_node.commands.model import COMMANDS, Command, OpenProcedure

__all__ = ["COMMANDS", "Command", "OpenProcedure", "Surroundings", "decide", "decide_open"]
