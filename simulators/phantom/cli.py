"""``suite-sim phantom``: write scans of the demonstration as DICOM files."""

import argparse
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from simulators.patient import identity_of, load_baseline, scans, write_contours, write_scan

_BETWEEN_SCANS = timedelta(minutes=12)


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the ``phantom`` command."""
    labels = "; ".join(f"{scan.number} {scan.label}" for scan in scans())
    parser = subparsers.add_parser(
        "phantom",
        help="write scans of the demonstration's patient as DICOM files",
        description="Write scans of the demonstration's patient as CT series marked DEMO, one "
        f"folder each, and with the baseline (scan 0) its RTSTRUCT. Scans: {labels}.",
    )
    parser.add_argument(
        "--scan", required=True, metavar="N|all", help="number of the scan, or all of them"
    )
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="where to write")
    parser.add_argument(
        "--seed",
        default="demonstration",
        help="text that the UIDs are made from: another text, other UIDs (default: %(default)s)",
    )
    parser.add_argument(
        "--start",
        type=_aware,
        default=None,
        metavar="TIME",
        help="time of the baseline, ISO 8601 (UTC if it has no offset; default: now); each later "
        f"scan is {_BETWEEN_SCANS.seconds // 60} minutes after the one before",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the scans that were asked for; 2 if there is no such scan."""
    script = scans()
    numbers = [str(scan.number) for scan in script]
    if args.scan not in {"all", *numbers}:
        print(
            f"suite-sim phantom: there is no scan {args.scan!r}: choose all or one of "
            f"{', '.join(numbers)}",
            file=sys.stderr,
        )
        return 2
    ct = load_baseline()
    start: datetime = args.start or datetime.now(UTC)
    identity = identity_of(ct, start, args.seed)
    out: Path = args.out
    for scan in script:
        if args.scan not in {"all", str(scan.number)}:
            continue
        acquired_at = start + scan.number * _BETWEEN_SCANS
        directory = out / f"scan_{scan.number}"
        series = write_scan(scan, ct, identity, acquired_at=acquired_at, directory=directory)
        if scan.number == 0:
            path = out / "structures" / "RTSTRUCT.dcm"
            write_contours(series, identity, drawn_at=acquired_at, path=path)
        print(f"{directory}: {scan.label}, {len(scan.seeds)} seeds, {len(series.files)} images")
    return 0


def _aware(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not an ISO 8601 time: {error}") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
