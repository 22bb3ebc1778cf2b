"""The command line: ``procedure-node``."""

from procedure_node.cli.main import main

__all__ = ["main"]
