"""``suite-sim suite``: a whole procedure on a real CT, played from beginning to end."""

import argparse
import asyncio
import contextlib
import signal
from pathlib import Path

from rich.console import Console

from simulators.suite.installation import (
    Installation,
    found_installation,
    mark_finished,
    new_installation,
)
from simulators.suite.node_process import NodeFailedError, call
from simulators.suite.outcome import faults, outcome_table
from simulators.suite.room import opened_room
from simulators.suite.scenario import Scenario

DISPLAY_PORT = 8080


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the sub-command ``suite``."""
    parser = subparsers.add_parser(
        "suite",
        help="play a whole procedure against a node that it starts",
        description="Starts every simulator and a node, plays a procedure on a real abdominal CT, "
        "and keeps the page up until Ctrl-C. A demonstration that was interrupted goes on.",
    )
    parser.add_argument(
        "--exit", action="store_true", help="end when the procedure is over, with its status"
    )
    parser.add_argument(
        "--directory",
        type=Path,
        default=Path("var/demo"),
        help="where everything is kept (default: %(default)s)",
    )
    parser.add_argument(
        "--display-port", type=int, default=DISPLAY_PORT, help="default: %(default)s, if free"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run ``suite-sim suite``; returns 0 if everything came out as it should."""
    console = Console(highlight=False)
    root = arguments.directory.resolve()
    installation = found_installation(root, arguments.display_port)
    if installation is None:
        installation = new_installation(root, arguments.display_port)
    else:
        console.print("A demonstration was interrupted here: it goes on.")
    try:
        return asyncio.run(_play(installation, console, stay=not arguments.exit))
    except KeyboardInterrupt:
        return 130


async def _play(installation: Installation, console: Console, *, stay: bool) -> int:
    loop = asyncio.get_running_loop()
    started = loop.time()

    def tell(text: str) -> None:
        minutes, seconds = divmod(int(loop.time() - started), 60)
        console.print(f"[dim]{minutes:2d}:{seconds:02d}[/dim]  {text}", soft_wrap=True)

    stop = asyncio.Event()
    for wanted in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(wanted, stop.set)
    console.print("Research use: advisory, not a medical device. All data here is DEMO.")
    console.print(f"The display: [bold]{installation.page}[/bold]")
    async with opened_room(installation, tell) as room:
        console.print(f"The EDC:     {room.edc.page_url}")
        console.print(f"Node's log:  {installation.log}")
        playing = asyncio.create_task(Scenario(room).play(), name="scenario")
        stopping = asyncio.create_task(stop.wait(), name="stop")
        await asyncio.wait({playing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not playing.done():
            playing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await playing
            console.print("Stopped; start it again and the procedure goes on.")
            return 130
        try:
            page = playing.result()
            journal = await call(installation, "journal", "verify", str(installation.journal))
        except (TimeoutError, NodeFailedError) as error:
            console.print(f"[bold red]The demonstration failed:[/bold red] {error}")
            stopping.cancel()
            return 1
        console.print(outcome_table(page, room.edc.page_url, journal.strip()))
        wrong = list(faults(page, room.edc))
        for fault in wrong:
            console.print(f"[bold red]Not as it should be:[/bold red] {fault}")
        mark_finished(installation)
        if stay:
            console.print(f"The display stays at {installation.page} until Ctrl-C.")
            await stopping
        stopping.cancel()
        return 1 if wrong else 0
