"""``suite-sim edc``: a REDCap-like EDC to send records to."""

import argparse
import asyncio
import os
import signal
import sqlite3
import sys
from pathlib import Path

from simulators.edc.dictionary import DictionaryError, read_project
from simulators.edc.faults import EdcFaultPlan
from simulators.edc.server import EdcSimulator

TOKEN_VARIABLE = "SUITE_SIM_EDC_TOKEN"  # noqa: S105 - the name of a variable, not a token


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:  # pyright: ignore[reportPrivateUsage]
    """Add the sub-command ``edc``."""
    parser = subparsers.add_parser(
        "edc",
        help="a REDCap-like EDC with one project",
        description="Serve REDCap's API at /api/ and the records as pages at /, until Ctrl-C.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=0, help="port; a free one unless given")
    parser.add_argument(
        "--token",
        default=os.environ.get(TOKEN_VARIABLE),
        help=f"API token to accept; unless given, the environment's {TOKEN_VARIABLE}",
    )
    parser.add_argument(
        "--dictionary", type=Path, required=True, help="data dictionary (REDCap's CSV)"
    )
    parser.add_argument(
        "--repeating",
        type=Path,
        help="CSV of repeating forms; unless given, repeating_forms.csv beside the dictionary",
    )
    parser.add_argument("--store", type=Path, help="SQLite file that keeps the records")
    parser.add_argument("--faults", type=Path, help="TOML file with a fault plan")
    parser.add_argument("--title", default="DEMO procedure record", help="the project's title")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run ``suite-sim edc`` and return the exit status."""
    if not args.token:
        sys.stderr.write(f"suite-sim edc: give a token by --token or {TOKEN_VARIABLE}\n")
        return 2
    try:
        simulator = _simulator(args)
    except (DictionaryError, ValueError) as error:
        sys.stderr.write(f"suite-sim edc: {error}\n")
        return 2
    try:
        asyncio.run(_serve(simulator))
    except OSError as error:
        sys.stderr.write(f"suite-sim edc: cannot listen on {args.host}:{args.port}: {error}\n")
        return 1
    except sqlite3.Error as error:
        sys.stderr.write(f"suite-sim edc: {args.store} cannot keep records: {error}\n")
        return 1
    return 0


def _simulator(args: argparse.Namespace) -> EdcSimulator:
    beside = args.dictionary.with_name("repeating_forms.csv")
    repeating = args.repeating or (beside if beside.exists() else None)
    project = read_project(args.dictionary, repeating, title=args.title)
    faults = EdcFaultPlan.read(args.faults) if args.faults else None
    return EdcSimulator(
        project, args.token, store=args.store, host=args.host, port=args.port, faults=faults
    )


async def _serve(simulator: EdcSimulator) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with simulator:
        sys.stdout.write(f"EDC: API {simulator.url}, records {simulator.page_url}\n")
        sys.stdout.flush()
        await stop.wait()
