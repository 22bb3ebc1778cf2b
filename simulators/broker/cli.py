"""``suite-sim broker``: an MQTT broker for the demonstration."""

import argparse
import asyncio
import signal
import sys

from simulators.broker.broker import EmbeddedBroker


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:  # pyright: ignore[reportPrivateUsage]
    """Add the ``broker`` command."""
    parser = subparsers.add_parser(
        "broker",
        help="an MQTT 3.1.1 broker for demonstrations",
        description="Serves anyone, without TLS, and keeps nothing, until stopped.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address (default 127.0.0.1)")
    parser.add_argument("--port", type=int, required=True, help="port, 0 for any free one")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM; returns the exit status."""
    try:
        asyncio.run(_serve(args.host, args.port))
    except OSError as error:
        sys.stderr.write(f"cannot listen on {args.host}:{args.port}: {error}\n")
        return 1
    return 0


async def _serve(host: str, port: int) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with EmbeddedBroker(host, port) as broker:
        sys.stdout.write(f"MQTT broker on {broker.host}:{broker.port}\n")
        sys.stdout.flush()
        await stopped.wait()
