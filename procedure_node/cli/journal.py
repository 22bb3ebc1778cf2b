"""``procedure-node journal verify``: proof that nothing in a journal was tampered with."""

import argparse
import sys
from pathlib import Path

from procedure_node.journal import JournalBrokenError, verify


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``journal`` and its own sub-commands."""
    parser = subparsers.add_parser("journal", help="look after a journal")
    inner = parser.add_subparsers(required=True, metavar="ACTION")
    check = inner.add_parser("verify", help="check the hash chain; names the first bad row")
    check.add_argument("file", type=Path, metavar="FILE")
    check.set_defaults(run=_verify)


def _verify(arguments: argparse.Namespace) -> int:
    try:
        count = verify(arguments.file)
    except JournalBrokenError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{arguments.file}: {count} rows, the chain is whole")
    return 0
