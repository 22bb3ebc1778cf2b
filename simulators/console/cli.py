"""``suite-sim console``: a simulated console on a pseudo-terminal."""

import argparse
import asyncio
import contextlib
import signal
import sys
from pathlib import Path

from dosimetry_core.values import GenerationMode
from simulators.console.faults import FaultPlan
from simulators.console.script import read_script
from simulators.console.settings import ConsoleSettings
from simulators.console.simulator import ConsoleSimulator

EXAMPLES = """\
A fault plan is a TOML file:

    [[fault]]
    kind = "unplug"       # split corrupt drop duplicate noise delay silence freeze-clock restart
    at_s = 30.0           # since the start
    for_s = 5.0           # leave out for ever
    probability = 1.0     # of each frame, for split corrupt drop duplicate noise
    delay_s = 2.0         # for delay

A script is one too:

    [[step]]
    at_s = 5.0
    do = "freeze"         # thaw heat stick test off; cooling (channel, cooling_c);
    probe = 1             # sensor (probe or channel, status). Leave out for all probes.
    power_percent = 100

Times of faults and scripts keep to the clock; --speed makes the physics faster only.
"""


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:  # pyright: ignore[reportPrivateUsage]
    """Add the sub-command ``console``."""
    parser = subparsers.add_parser(
        "console",
        help="a cryoablation console or a thermometer on a pseudo-terminal",
        description="Speak the telemetry protocol on a pseudo-terminal, until Ctrl-C.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--link", type=Path, required=True, help="symbolic link to the port")
    parser.add_argument("--probes", type=int, default=4, help="probe sockets (default 4)")
    parser.add_argument("--thermometers", type=int, default=2, help="channels (default 2)")
    parser.add_argument(
        "--mode", choices=["DEMO", "TEST"], default="DEMO", help="mark on all data (default DEMO)"
    )
    parser.add_argument("--device-id", default="SIM-CONSOLE-1", help="what its HELLO says")
    parser.add_argument("--period", type=float, default=1.0, help="s between frames (default 1)")
    parser.add_argument("--speed", type=float, default=1.0, help="physics, times real (default 1)")
    parser.add_argument("--seed", type=int, default=1, help="of all that is left to chance")
    parser.add_argument("--faults", type=Path, help="TOML file with a fault plan")
    parser.add_argument("--script", type=Path, help="TOML file with what the operator does")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run ``suite-sim console`` and return the exit status."""
    try:
        settings = ConsoleSettings(
            link=args.link,
            generation_mode=GenerationMode(args.mode),
            device_id=args.device_id,
            probes=args.probes,
            thermometers=args.thermometers,
            period_s=args.period,
            speed=args.speed,
            seed=args.seed,
        )
        faults = FaultPlan.from_toml(args.faults) if args.faults else FaultPlan()
        script = read_script(args.script) if args.script else ()
        simulator = ConsoleSimulator(settings, faults, script)
    except ValueError as error:
        sys.stderr.write(f"suite-sim console: {error}\n")
        return 2
    try:
        asyncio.run(_serve(simulator))
    except OSError as error:
        sys.stderr.write(f"suite-sim console: {error}\n")
        return 1
    return 0


async def _serve(simulator: ConsoleSimulator) -> None:
    loop = asyncio.get_running_loop()
    settings = simulator.settings
    async with simulator:
        sys.stdout.write(
            f"{settings.device_id}: {settings.probes} probes and {settings.thermometers} "
            f"thermometers on {settings.link}, marked {settings.generation_mode.value}\n"
        )
        sys.stdout.flush()
        serving = asyncio.ensure_future(simulator.wait())
        for stop in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(stop, serving.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await serving
