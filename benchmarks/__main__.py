"""``python -m benchmarks``: the budgets as measurements, in one table."""

import argparse
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.apart import run_apart
from benchmarks.figures import Outcome, table
from benchmarks.machine import machine_line
from benchmarks.seed_scans import write_seed_scans

BUDGETED = {
    "scan_to_alert": "last image on disk -> coverage alert at an MQTT subscriber",
    "serial_to_mqtt": "byte on the serial line -> reading at an MQTT subscriber",
    "one_more_seed": "one more seed -> dose grid and all DVHs updated",
    "cold_start": "start of the process -> READY, with empty and with long journals",
    "kill_minus_nine": "what is lost or sent twice when the node is killed at any instant",
    "event_loop": "for how long the daemon's event loop is blocked",
}
"""Benchmarks that hand back figures, and what each measures."""

PRINTING = {
    "dose_kernel": "TG-43 kernels against plain NumPy",
    "structure_volume": "volumes of solids from contours, beside plain slabs",
    "dvh_accuracy": "dose-volume figures against closed forms, beside dicompyler-core",
    "dose_band": "bands of dose figures, cold and hot regions",
    "bioheat": "freezing in tissue: speed, and beside published phantoms",
    "registration": "carrying contours to a scan, on known motions of a real CT",
    "ice": "ice in a real CT against truth, beside a plain threshold",
    "seed_identity": "which seed is which from scan to scan, against simulated truth",
    "seed_finding": "seed finding against a plain threshold",
    "dose_effect": "what errors of finding and registration do to D90 and V100",
    "alarm_quality": "alarms of scripted procedures: told, false, late",
}
"""Benchmarks that print tables of their own."""

QUICK = {
    "structure_volume": "1",
    "dvh_accuracy": "--quick",
    "bioheat": "speed",
    "registration": "1",
    "ice": "--quick",
    "seed_identity": "2",
    "alarm_quality": "--quick",
}
"""What makes them small, where they are not small anyway."""


def main() -> int:
    """Run the benchmarks that are named, or all; returns 0 if none of them failed."""
    arguments = _arguments()
    known = {**BUDGETED, **PRINTING}
    if arguments.list:
        print("\n".join(f"{name:<18}{what}" for name, what in known.items()))
        return 0
    names: list[str] = arguments.names or list(known)
    print(machine_line())
    outcomes: list[tuple[str, Outcome]] = []
    failed: list[str] = []
    for name in names:
        print(f"running {name} ...", flush=True)
        if name in PRINTING:
            if _print(name, quick=arguments.quick):
                failed.append(name)
            continue
        try:
            outcomes.append((name, run_apart(name, quick=arguments.quick)))
        except Exception as error:  # the others still have something to say
            print(f"{name} failed: {type(error).__name__}: {error}", flush=True)
            failed.append(name)
    if outcomes:
        print(f"\n{machine_line()}\n\n{table(outcomes)}")
    if failed:
        print(f"\nfailed: {', '.join(failed)}")
    return 1 if failed else 0


def _print(name: str, *, quick: bool) -> int:
    """Run a benchmark that prints by itself; returns its exit status."""
    command = [sys.executable, "-m", f"benchmarks.{name}"]
    with TemporaryDirectory(prefix="bench-") as folder:
        if name in {"seed_finding", "dose_effect"}:
            write_seed_scans(Path(folder), quick=quick)
            command.append(folder)
        elif quick and name in QUICK:
            command.append(QUICK[name])
        return subprocess.run(command, check=False).returncode


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measures what this project promises to be fast at. Other work on the machine "
        "shows in the figures: look at the load that is printed with them.",
    )
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        choices=[*BUDGETED, *PRINTING, []],
        help=f"default: all ({', '.join([*BUDGETED, *PRINTING])})",
    )
    parser.add_argument("--quick", action="store_true", help="few repetitions, smaller data")
    parser.add_argument(
        "--list", action="store_true", help="say what there is, and measure nothing"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
