"""Command line arguments that several commands share."""

import argparse
import os
from pathlib import Path

DEFAULT_SETTINGS = Path("/etc/procedure-node/node.toml")


def add_config(parser: argparse.ArgumentParser) -> None:
    """The settings file: ``--config``, else ``$PROCEDURE_NODE_CONFIG``, else under /etc."""
    parser.add_argument(
        "--config",
        type=Path,
        default=Path(os.environ.get("PROCEDURE_NODE_CONFIG", DEFAULT_SETTINGS)),
        metavar="F",
        help="settings file (default: $PROCEDURE_NODE_CONFIG, else %(default)s)",
    )
