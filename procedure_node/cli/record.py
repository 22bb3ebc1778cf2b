"""``procedure-node record dictionary``: what the EDC's project must be set up with."""

import argparse
import sys
from pathlib import Path

from procedure_node.record import data_dictionary_csv, repeating_forms_csv


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:  # pyright: ignore[reportPrivateUsage]
    """Add ``record`` and its own sub-commands."""
    parser = subparsers.add_parser("record", help="the procedure record and its forms")
    inner = parser.add_subparsers(required=True, metavar="ACTION")
    dictionary = inner.add_parser(
        "dictionary",
        help="write the record's data dictionary for REDCap",
        description="Write the CSV that a REDCap project's data dictionary is uploaded from.",
    )
    dictionary.add_argument("--out", type=Path, required=True, metavar="FILE")
    dictionary.add_argument(
        "--repeating",
        type=Path,
        metavar="FILE",
        help="also write the list of repeating forms there",
    )
    dictionary.set_defaults(run=_write_dictionary)


def _write_dictionary(args: argparse.Namespace) -> int:
    contents = {args.out: data_dictionary_csv}
    if args.repeating is not None:
        contents[args.repeating] = repeating_forms_csv
    for path, content in contents.items():
        try:
            path.write_text(content(), encoding="utf-8", newline="")
        except OSError as error:
            sys.stderr.write(f"{path}: cannot be written: {error.strerror}\n")
            return 1
    return 0
