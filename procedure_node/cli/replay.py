"""``procedure-node replay``: the state that a journal's events lead to."""

import argparse
import hashlib
import sys
from pathlib import Path

from procedure_node.journal import read_entries
from procedure_node.state import replay


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``replay``."""
    parser = subparsers.add_parser(
        "replay", help="reduce a journal to its final state, as the live run did"
    )
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the state there")
    parser.set_defaults(run=_replay)


def _replay(arguments: argparse.Namespace) -> int:
    state = replay(entry.event for entry in read_entries(arguments.file))
    text = state.model_dump_json()
    if arguments.json is not None:
        try:
            arguments.json.write_text(text, encoding="utf-8")
        except OSError as error:
            print(f"{arguments.json}: cannot be written: {error.strerror}", file=sys.stderr)
            return 2
    print(f"state sha256 {hashlib.sha256(text.encode()).hexdigest()}")
    return 0
