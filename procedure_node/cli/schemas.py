"""``procedure-node schemas``: write the contract's documents from the code."""

import argparse
import sys
from pathlib import Path

from procedure_node.messages import write_documents


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the sub-command."""
    parser = subparsers.add_parser(
        "schemas",
        help="write the AsyncAPI document and the JSON Schemas of messages and events",
        description="Write asyncapi.json and schemas/ from the code, as they stand in config/.",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("config"), metavar="DIR", help="folder (default: config)"
    )
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    try:
        written = write_documents(args.out)
    except OSError as error:
        sys.stderr.write(f"{args.out}: cannot be written ({error}); choose another --out\n")
        return 1
    sys.stdout.write(f"{len(written)} documents written under {args.out}\n")
    return 0
