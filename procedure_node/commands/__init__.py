"""What a person may tell the node to do."""

from procedure_node.commands.decide import decide, decide_open
from procedure_node.commands.model import COMMANDS, Command, OpenProcedure

__all__ = ["COMMANDS", "Command", "OpenProcedure", "decide", "decide_open"]
