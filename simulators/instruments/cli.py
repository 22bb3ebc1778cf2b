"""``suite-sim instrument``: a simulated thermometer instrument on a pseudo-terminal."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from dosimetry_core.values import GenerationMode
from simulators.instruments.adam4000 import KINDS, SPANS, Adam4000Simulator
from simulators.instruments.center309 import Center309Simulator
from simulators.instruments.line_console import LineConsoleSimulator
from simulators.instruments.modbus import ModbusSimulator

STEP_S = 0.5
"""How often the tissue around the sensors cools a little more."""

Simulator = Adam4000Simulator | Center309Simulator | LineConsoleSimulator | ModbusSimulator


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:  # pyright: ignore[reportPrivateUsage]
    """Add the sub-command ``instrument`` and its kinds."""
    parser = subparsers.add_parser(
        "instrument",
        help="a documented thermometer instrument on a pseudo-terminal",
        description="Answer as the instrument's manual says, until Ctrl-C, with readings of tissue "
        "that cools beside ice. What no manual knows: it calls itself simulated.",
    )
    kinds = parser.add_subparsers(required=True, metavar="KIND")
    adam = _kind(kinds, "adam4000", "an ADAM-4000 module over ASCII", _adam4000)
    adam.add_argument("--model", choices=list(KINDS), default="4018+")
    adam.add_argument("--address", type=lambda text: int(text, 16), default=1, metavar="HH")
    adam.add_argument("--checksum", action="store_true")
    adam.add_argument("--type-code", choices=list(SPANS), default="10")
    _kind(kinds, "center309", "a Center 309 or Voltcraft K204", _center309)
    modbus = _kind(kinds, "modbus", "an ICP DAS tM-TH8 over Modbus RTU", _modbus)
    modbus.add_argument("--unit", type=int, default=1)
    lines = _kind(kinds, "lines", "a console that says the lines of a profile", _lines)
    lines.add_argument("--profile", type=Path, required=True, metavar="P", help="a TOML file")
    lines.add_argument("--probes", type=int, default=2)


def _kind(
    kinds: "argparse._SubParsersAction[argparse.ArgumentParser]",  # pyright: ignore[reportPrivateUsage]
    name: str,
    what: str,
    make: Callable[[argparse.Namespace], Simulator],
) -> argparse.ArgumentParser:
    parser = kinds.add_parser(name, help=what, description=what)
    parser.add_argument("--link", type=Path, required=True, help="symbolic link to the port")
    parser.add_argument(
        "--mode", choices=["DEMO", "TEST"], default="DEMO", help="mark on all data (default DEMO)"
    )
    parser.add_argument(
        "--open", type=int, action="append", default=[], metavar="N", help="input with an open wire"
    )
    parser.set_defaults(run=run, make=make)
    return parser


def run(args: argparse.Namespace) -> int:
    """Run ``suite-sim instrument`` and return the exit status."""
    try:
        simulator: Simulator = args.make(args)
        for number in args.open:
            simulator.sensors[number].state = "OPEN"
    except (IndexError, OSError, ValueError) as error:
        sys.stderr.write(f"suite-sim instrument: {error}\n")
        return 2
    try:
        asyncio.run(_serve(simulator, args.link))
    except OSError as error:
        sys.stderr.write(f"suite-sim instrument: {error}\n")
        return 1
    return 0


def _adam4000(args: argparse.Namespace) -> Simulator:
    return Adam4000Simulator(
        args.link,
        kind=args.model,
        address=args.address,
        checksum=args.checksum,
        type_code=args.type_code,
        mode=GenerationMode(args.mode),
    )


def _center309(args: argparse.Namespace) -> Simulator:
    return Center309Simulator(args.link, mode=GenerationMode(args.mode))


def _modbus(args: argparse.Namespace) -> Simulator:
    return ModbusSimulator(args.link, unit=args.unit, mode=GenerationMode(args.mode))


def _lines(args: argparse.Namespace) -> Simulator:
    mode = GenerationMode(args.mode)
    return LineConsoleSimulator(args.link, args.profile, probes=args.probes, mode=mode)


async def _serve(simulator: Simulator, link: Path) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with simulator.line:
        sys.stdout.write(f"{len(simulator.sensors)} sensors on {link}\n")
        sys.stdout.flush()
        while not stopped.is_set():
            try:
                async with asyncio.timeout(STEP_S):
                    await stopped.wait()
            except TimeoutError:
                simulator.sensors.advance(STEP_S)
