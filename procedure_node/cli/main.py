"""Entry point of ``procedure-node``: one module for each sub-command, loaded when it is needed."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from procedure_node.cli.threading_layer import refuse_workqueue
from procedure_node.journal import JournalError
from procedure_node.settings import ConfigurationError, SecretMissingError

_MODULES = {
    "run": "run",
    "check": "check",
    "do": "command",
    "state": "state",
    "journal": "journal",
    "replay": "replay",
    "evaluate": "evaluate",
    "dose": "dose",
    "ice": "ice",
    "zones": "zones",
    "protocol": "protocol",
    "record": "record",
    "profile": "profile",
    "person": "person",
    "schemas": "schemas",
}
"""Each sub-command's module. Only the one that is named is loaded: some are heavy."""

_COMPUTING = {"run", "check", "evaluate", "dose"}
"""Those that compute dose, and the one that says whether the service would start."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one sub-command; returns its exit status (2: what was given cannot be used)."""
    parser = argparse.ArgumentParser(
        prog="procedure-node",
        description="Integration service of the CT intervention suite. "
        "Research use: advisory, not a medical device.",
    )
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    words = sys.argv[1:] if arguments is None else list(arguments)
    named = [words[0]] if words and words[0] in _MODULES else list(_MODULES)
    for name in named:
        import_module(f"procedure_node.cli.{_MODULES[name]}").register(subparsers)
    parsed = parser.parse_args(words)
    try:
        if words[0] in _COMPUTING:
            refuse_workqueue(os.environ, Path.cwd())
        return parsed.run(parsed)
    except (ConfigurationError, SecretMissingError, JournalError) as error:
        print(error, file=sys.stderr)
        return 2
