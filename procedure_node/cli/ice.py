"""``procedure-node ice``: the ice in a CT scan on files, without the service."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dosimetry_core.ice import IceError, IceFinding, find_ice
from dosimetry_core.values import GenerationMode
from drivers.dicom import CtSeries
from procedure_node.cli.dose_csv import UnusableError as UnusableTableError
from procedure_node.cli.probe_csv import COLUMNS, ProbePlace, read_probes
from procedure_node.evaluation import UnusableError, read_case

_SEEN_IN_CT = (
    "CT shows the surface of the ice, near 0 C, and nothing of the temperature inside it: "
    "this is not the lethal zone"
)


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``ice``."""
    parser = subparsers.add_parser(
        "ice",
        help="find the ice round cryoprobes in a CT series",
        description="Finds the frozen tissue that hangs together with cryoprobes, best by what a "
        "scan lost in HU since a baseline before freezing, and how sure its surface is. CT shows "
        "the surface near 0 C; it says nothing about the temperature inside.",
    )
    parser.add_argument("--scan", type=Path, required=True, metavar="DIR", help="folder of the CT")
    parser.add_argument("--series", metavar="UID", help="which series, if the folder has several")
    parser.add_argument(
        "--baseline",
        type=Path,
        metavar="DIR",
        help="folder of the CT before freezing, on the same frame of reference; without it the "
        "ice is told by its HU against the tissue around, much less surely",
    )
    parser.add_argument(
        "--baseline-series", metavar="UID", help="which series, if that folder has several"
    )
    parser.add_argument(
        "--probes",
        type=Path,
        required=True,
        metavar="PROBES.csv",
        help=",".join(COLUMNS)
        + ": tips (LPS, mm) and the direction of the shafts, in either sense",
    )
    parser.add_argument("--json", type=Path, required=True, metavar="OUT")
    parser.add_argument(
        "--mask",
        type=Path,
        required=True,
        metavar="MASK.npz",
        help="mask [k, j, i] on the scan's grid, and its affine from (i, j, k) to LPS mm",
    )
    parser.set_defaults(run=_ice)


def _ice(arguments: argparse.Namespace) -> int:
    try:
        lines = _run(arguments)
    except (UnusableError, UnusableTableError, IceError) as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    for line in lines:
        print(line)
    return 0


def _run(arguments: argparse.Namespace) -> list[str]:
    """Find the ice and write it; what is to be printed."""
    if arguments.baseline_series is not None and arguments.baseline is None:
        raise UnusableError("--baseline-series needs --baseline")
    probes = read_probes(arguments.probes)
    scan = _read_scan(arguments.scan, arguments.series, "--series")
    baseline = None
    if arguments.baseline is not None:
        baseline = _read_scan(arguments.baseline, arguments.baseline_series, "--baseline-series")
    warnings = _warnings_of(scan, baseline)
    finding = find_ice(
        scan.volume,
        None if baseline is None else baseline.volume,
        probe_tips_mm=[probe.tip_mm for probe in probes],
        probe_axes=[probe.axis for probe in probes],
    )
    warnings += finding.warnings
    with arguments.mask.open("wb") as file:
        np.savez_compressed(
            file, mask=finding.on_grid_of(scan.volume), affine=np.asarray(scan.volume.affine)
        )
    result = _as_json(finding, probes, scan, baseline, warnings)
    arguments.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return [
        _told(finding),
        *(f"warning: {warning}" for warning in warnings),
        f"written: {arguments.json}, {arguments.mask}",
    ]


def _told(finding: IceFinding) -> str:
    if not finding.volume_cc:
        return "no ice"
    return (
        f"{finding.volume_cc:.1f} cc of ice, its surface within about "
        f"{finding.surface_error_mm:.1f} mm on average"
    )


def _read_scan(folder: Path, series: str | None, option: str) -> CtSeries:
    if not folder.is_dir():
        raise UnusableError(f"{folder}: is not a folder")
    try:
        case = read_case(
            ct=folder, series=series, structures=None, registration=None, plan=None, dose=None
        )
    except UnusableError as error:
        raise UnusableError(str(error).replace("by --series", f"by {option}")) from error
    assert case.scan is not None  # a folder was given
    return case.scan


def _warnings_of(scan: CtSeries, baseline: CtSeries | None) -> list[str]:
    """What is doubtful of the two series before ice is looked for."""
    if baseline is None:
        return []
    if baseline.series_uid == scan.series_uid:
        raise UnusableError("the baseline is the scan itself: give a scan before freezing")
    told: list[str] = []
    if baseline.frame_of_reference_uid != scan.frame_of_reference_uid:
        told.append(
            "the baseline is in another frame of reference: it was laid over the scan by its "
            "coordinates and by what fits within a few mm; check the overlay"
        )
    taken = baseline.acquired_at, scan.acquired_at
    if taken[0] is not None and taken[1] is not None and taken[0] > taken[1]:
        told.append("the baseline was acquired after the scan: was the tissue thawed by then?")
    return told


def _as_json(
    finding: IceFinding,
    probes: Sequence[ProbePlace],
    scan: CtSeries,
    baseline: CtSeries | None,
    warnings: Sequence[str],
) -> dict[str, Any]:
    modes = {series.mode for series in (scan, baseline) if series is not None}
    mode = next(
        m for m in (GenerationMode.TEST, GenerationMode.DEMO, GenerationMode.REAL) if m in modes
    )
    return {
        "generation_mode": mode.value,
        "volume_cc": finding.volume_cc,
        "surface_error_mm": finding.surface_error_mm if finding.volume_cc else None,
        "warnings": list(warnings),
        "evidence": "IMAGED",
        "surface_means": _SEEN_IN_CT,
        "method": "fall from the baseline" if baseline else "HU against the tissue around",
        "scan_series_uid": scan.series_uid,
        "baseline_series_uid": None if baseline is None else baseline.series_uid,
        "frame_of_reference_uid": scan.frame_of_reference_uid,
        "probes": [
            {"probe": probe.name, "tip_mm": list(probe.tip_mm), "axis": list(probe.axis)}
            for probe in probes
        ],
    }
