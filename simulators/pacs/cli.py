"""``suite-sim pacs``: a simulated CT scanner and PACS over a folder of DICOM files."""

import argparse
import asyncio
import signal
import sys
import tempfile
from pathlib import Path

from pydicom.errors import InvalidDicomError

from dosimetry_core.values import GenerationMode
from drivers.dicom import Peer
from simulators.pacs.faults import FaultPlan
from simulators.pacs.server import PacsSimulator


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:  # pyright: ignore[reportPrivateUsage]
    """Add the ``pacs`` command."""
    parser = subparsers.add_parser(
        "pacs",
        help="a CT scanner and PACS with C-ECHO, C-STORE, C-FIND and C-MOVE",
        description="Serves the DICOM files below a folder, marked as simulated, until stopped. "
        "Objects that are sent to it are served too.",
    )
    parser.add_argument("--ae", default="CTSIM", help="own AE title (default CTSIM)")
    parser.add_argument("--host", default="127.0.0.1", help="address (default 127.0.0.1)")
    parser.add_argument("--port", type=int, required=True, help="port, 0 for any free one")
    parser.add_argument("--folder", type=Path, required=True, help="DICOM files to serve")
    parser.add_argument(
        "--destination",
        type=_peer,
        action="append",
        default=[],
        metavar="AE=HOST:PORT",
        help="a C-MOVE destination; may be repeated",
    )
    parser.add_argument("--faults", type=Path, help="fault plan, TOML")
    parser.add_argument(
        "--interval",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="time between two images appearing, as if the series grew (default 0)",
    )
    parser.add_argument(
        "--mode",
        type=GenerationMode,
        choices=[GenerationMode.TEST, GenerationMode.DEMO],
        default=GenerationMode.TEST,
        help="mark of what it serves (default TEST)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM; returns the exit status."""
    try:
        faults = FaultPlan.from_toml(args.faults) if args.faults else FaultPlan()
    except (OSError, ValueError) as error:
        sys.stderr.write(f"suite-sim pacs: {error}\n")
        return 2
    if not args.folder.is_dir():
        sys.stderr.write(f"suite-sim pacs: {args.folder} is not a folder of DICOM files\n")
        return 2
    try:
        asyncio.run(_serve(args, faults))
    except OSError as error:
        sys.stderr.write(f"suite-sim pacs: {args.host}:{args.port}: {error}\n")
        return 1
    return 0


async def _serve(args: argparse.Namespace, faults: FaultPlan) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    with tempfile.TemporaryDirectory(prefix="suite-sim-pacs-") as folder:
        simulator = PacsSimulator(
            args.ae,
            args.host,
            args.port,
            Path(folder),
            destinations={peer.ae_title: peer for peer in args.destination},
            faults=faults,
            mode=args.mode,
        )
        async with simulator:
            sys.stderr.write(f"suite-sim pacs: {simulator.peer}\n")
            paths = await asyncio.to_thread(_files_below, args.folder)
            acquisition = asyncio.create_task(_acquire(simulator, paths, args.interval))
            await stop.wait()
            acquisition.cancel()
            await asyncio.wait([acquisition])


async def _acquire(simulator: PacsSimulator, paths: list[Path], interval_s: float) -> None:
    taken = 0
    for path in paths:
        try:
            await simulator.add_series([path])
        except (InvalidDicomError, AttributeError) as error:
            sys.stderr.write(f"suite-sim pacs: left out {path.name}: {error}\n")
            continue
        taken += 1
        await asyncio.sleep(interval_s)
    sys.stderr.write(f"suite-sim pacs: {taken} objects are there\n")


def _files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _peer(text: str) -> Peer:
    try:
        return Peer.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
