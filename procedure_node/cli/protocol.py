"""``procedure-node protocol``: check a trial protocol, or put it in sentences."""

import argparse
import sys
import textwrap
from pathlib import Path

from procedure_node.protocol import (
    TrialProtocol,
    explain,
    load_protocol,
    protocol_sha256,
    unset_keys,
)

_WIDTH = 92


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the sub-command."""
    parser = subparsers.add_parser(
        "protocol",
        help="check a trial protocol, or explain it in sentences",
        description="Check a trial protocol as a whole, or put it in sentences to be signed.",
    )
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    for name, words, run in (
        ("check", "tell every mistake, and what is unset", _check),
        ("explain", "print its rules as sentences", _explain),
    ):
        action = actions.add_parser(name, help=words, description=words.capitalize() + ".")
        action.add_argument("file", type=Path, metavar="FILE", help="a protocol (TOML)")
        action.set_defaults(run=run)


def _check(args: argparse.Namespace) -> int:
    protocol = load_protocol(args.file)
    unset = unset_keys(protocol)
    sys.stdout.write(f"{_identity(protocol)}: sound\n")
    if unset:
        sys.stdout.write(f"unset ({len(unset)}), and what needs one of them refuses:\n")
        sys.stdout.writelines(f"  {key}\n" for key in unset)
    return 0


def _explain(args: argparse.Namespace) -> int:
    protocol = load_protocol(args.file)
    for sentence in explain(protocol):
        sys.stdout.write(textwrap.fill(sentence, _WIDTH, break_on_hyphens=False) + "\n\n")
    for source in protocol.sources:
        sys.stdout.write(
            textwrap.fill(f"{source.key}: {source.source}", _WIDTH, subsequent_indent="  ") + "\n"
        )
    sys.stdout.write(f"\n{_identity(protocol)}\n")
    sys.stdout.write("\nRead and agreed: ______________________________  Date: ______________\n")
    return 0


def _identity(protocol: TrialProtocol) -> str:
    return f"{protocol.name} version {protocol.version} (sha256 {protocol_sha256(protocol)})"
