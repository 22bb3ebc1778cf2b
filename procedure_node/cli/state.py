"""``procedure-node state``: what a running node knows now."""

import argparse
import json
import sys

from procedure_node.cli.arguments import add_config
from procedure_node.control import ControlClient, ControlError
from procedure_node.settings import load_settings


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``state``."""
    parser = subparsers.add_parser("state", help="print what a running node knows, as JSON")
    add_config(parser)
    parser.set_defaults(run=_state)


def _state(arguments: argparse.Namespace) -> int:
    client = ControlClient(load_settings(arguments.config).settings.control_socket)
    try:
        state = client.state()
    except ControlError as error:
        print(error, file=sys.stderr)
        return 1
    json.dump(state, sys.stdout, indent=2)
    print()
    return 0
