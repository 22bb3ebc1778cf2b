"""``procedure-node run``: the service itself."""

import argparse
import asyncio

from procedure_node.cli.arguments import add_config
from procedure_node.settings import load_settings


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``run``."""
    parser = subparsers.add_parser("run", help="run the service until it is told to stop")
    add_config(parser)
    parser.add_argument(
        "--log",
        choices=("json", "console"),
        default="json",
        help="how to log: json for machines, console for people (default: %(default)s)",
    )
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from procedure_node.daemon import configure_logging, run_node  # noqa: PLC0415 - heavy

    loaded = load_settings(arguments.config)
    configure_logging(arguments.log)
    return asyncio.run(run_node(loaded))
