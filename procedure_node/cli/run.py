"""``procedure-node run``: the service itself."""

import argparse
import asyncio
import os
import sys

from procedure_node.cli.arguments import add_config
from procedure_node.imaging import ImagingWorker
from procedure_node.seed_library import SeedLibraryError, load_seed_models
from procedure_node.settings import load_settings

_BLAS_THREADS = "OPENBLAS_NUM_THREADS"
"""One for each of the node's processes: its matrices are small, and threads for each of them only
wait for one another. Worker processes have it from here."""


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
    loaded = load_settings(arguments.config)
    try:
        models = load_seed_models(loaded.seed_models_directory)
    except SeedLibraryError as error:
        print(error, file=sys.stderr)
        return 2
    os.environ.setdefault(_BLAS_THREADS, "1")
    with ImagingWorker(models, loaded.settings.node.timezone) as worker:
        # Heavy: the worker comes up meanwhile.
        from procedure_node.daemon import configure_logging, run_node  # noqa: PLC0415

        configure_logging(arguments.log)
        return asyncio.run(run_node(loaded, worker))
