"""Entry point of ``suite-sim``: the other end of each wire of the node."""

import argparse
from collections.abc import Sequence

from simulators.broker.cli import register as register_broker
from simulators.console.cli import register as register_console
from simulators.edc.cli import register as register_edc
from simulators.instruments.cli import register as register_instruments
from simulators.pacs.cli import register as register_pacs
from simulators.phantom.cli import register as register_phantom
from simulators.projection.cli import register as register_ct
from simulators.suite.cli import register as register_suite


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one simulator; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="suite-sim",
        description="Simulators of a CT intervention suite. All that they make is marked TEST or "
        "DEMO.",
    )
    subparsers = parser.add_subparsers(required=True, metavar="WHAT")
    for register in (
        register_suite,
        register_pacs,
        register_console,
        register_instruments,
        register_edc,
        register_broker,
        register_phantom,
        register_ct,
    ):
        register(subparsers)
    parsed = parser.parse_args(arguments)
    return parsed.run(parsed)
