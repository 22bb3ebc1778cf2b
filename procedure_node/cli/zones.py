"""``procedure-node zones``: lay out the zones of bulky lesions and export them."""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from dosimetry_core.structures import StructureError
from dosimetry_core.values import ZoneKind
from drivers.dicom import ContextRefused, read_study_context
from procedure_node.cli.dose_csv import UnusableError as UnusableTableError
from procedure_node.cli.probe_csv import read_probes
from procedure_node.evaluation import UnusableError, read_case
from procedure_node.protocol import TrialProtocol, load_protocol
from procedure_node.thermal_library import load_thermal_library
from procedure_node.zoning import (
    CoreBand,
    LaidOut,
    PlannedFreeze,
    PlannedProbe,
    ZonePaths,
    ZoningChoices,
    ZoningRefusedError,
    export_zones,
    lay_out_zones,
    zones_as_json,
)


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the sub-command."""
    parser = subparsers.add_parser(
        "zones",
        help="lay out the zones of bulky lesions, and export them for any planning system",
        description="Splits bulky lesions into core, periphery and high-risk margin by a "
        "protocol's rules, or as a person sets it, and writes them as RTSTRUCT and SEG.",
    )
    need = parser.add_argument
    need("--structures", type=Path, required=True, metavar="FILE", help="RTSTRUCT or SEG")
    need("--scan", type=Path, required=True, metavar="DIR", help="folder of the CT it is drawn on")
    need("--series", metavar="UID", help="which series, if the folder has several")
    need("--protocol", type=Path, required=True, metavar="FILE", help="the trial protocol (TOML)")
    need(
        "--lesion", action="append", default=[], metavar="NAME", help="zone this one, bulky or not"
    )
    need("--core-margin-mm", type=float, metavar="MM", help="inward margin of the core")
    need("--core", metavar="ROI", help="a drawn structure that is the core")
    need("--high-risk-within-mm", type=float, metavar="MM", help="how close to its organs it is")
    need("--high-risk", metavar="ROI", help="a drawn structure that is the high-risk margin")
    need(
        "--probes",
        type=Path,
        metavar="PROBES.csv",
        help="planned probes, as for `ice`; directions run towards the tip",
    )
    need("--cryoprobe", metavar="KIND", help="kind of the planned probes")
    need("--config", type=Path, default=Path("config"), metavar="DIR", help="tissues, cryoprobes")
    need("--rtstruct-out", type=Path, metavar="FILE")
    need("--seg-out", type=Path, metavar="FILE")
    need("--json-out", type=Path, metavar="FILE", help="figures, with their bands")
    parser.set_defaults(run=_zones)


def _zones(args: argparse.Namespace) -> int:
    try:
        lines = _run(args)
    except (UnusableError, UnusableTableError, ZoningRefusedError, StructureError) as error:
        print(error, file=sys.stderr)
        return 2
    except ValueError as error:
        print(f"{args.structures}: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    for line in lines:
        print(line)
    return 0


def _run(args: argparse.Namespace) -> list[str]:
    protocol = load_protocol(args.protocol)
    case = read_case(
        ct=args.scan,
        series=args.series,
        structures=args.structures,
        registration=None,
        plan=None,
        dose=None,
    )
    assert case.scan is not None and case.structures is not None  # noqa: PT018 - both were given
    laid_out = lay_out_zones(
        case.structures.structures,
        protocol,
        ZoningChoices(
            lesions=tuple(args.lesion),
            core_margin_mm=args.core_margin_mm,
            core_structure=args.core,
            high_risk_within_mm=args.high_risk_within_mm,
            high_risk_structure=args.high_risk,
        ),
        _freeze(args, protocol),
    )
    paths = ZonePaths(structures=args.rtstruct_out, segmentation=args.seg_out)
    try:
        context = read_study_context(next(path for path in args.scan.rglob("*") if path.is_file()))
    except ContextRefused as refused:
        raise UnusableError(f"{args.scan}: cannot be exported to: {refused}") from refused
    export_zones(
        laid_out,
        case.structures,
        protocol,
        case.scan,
        context,
        paths,
        made_at=datetime.now(UTC),
        software_versions=version("procedure-node"),
    )
    if args.json_out is not None:
        told = json.dumps(zones_as_json(laid_out), indent=2)
        args.json_out.write_text(f"{told}\n", encoding="utf-8")
    return [*_told(laid_out), *_written(paths.structures, paths.segmentation, args.json_out)]


def _freeze(args: argparse.Namespace, protocol: TrialProtocol) -> PlannedFreeze | None:
    if args.probes is None:
        return None
    library = load_thermal_library(args.config / "tissues", args.config / "cryoprobes")
    kind = library.cryoprobes.get(args.cryoprobe or "")
    if kind is None:
        known = ", ".join(library.cryoprobes)
        raise UnusableError(f"--cryoprobe {args.cryoprobe}: is not known; known are: {known}")
    minutes = protocol.cryo.longest_freeze_minutes
    if minutes is None:
        raise ZoningRefusedError("the protocol leaves cryo.freeze_minutes unset: fill it in")
    return PlannedFreeze(
        probes=tuple(
            PlannedProbe(probe.name, probe.tip_mm, probe.axis) for probe in read_probes(args.probes)
        ),
        kind=kind,
        tissue=library.tissues[protocol.freeze_model.tissue].tissue,
        spread=library.tissues[protocol.freeze_model.tissue].spread,
        freeze_s=60.0 * minutes,
    )


def _told(laid_out: Sequence[LaidOut]) -> list[str]:
    lines: list[str] = []
    for one in laid_out:
        size = one.size
        lines.append(
            f"{one.lesion}: {size.volume_cc:.1f} cc, "
            f"{size.longest_axial.length_mm:.0f} x {size.short_axial_mm:.0f} mm"
        )
        for zone in one.zones.zones:
            place = ", ".join(f"{value:.1f}" for value in zone.centroid_mm)
            band = _band(one.core_band, zone.kind)
            lines.append(
                f"  {zone.kind.value}: {zone.volume_cc:.2f} cc{band}, centred at {place} mm"
            )
        lines += [f"  warning: {warning}" for warning in one.warnings]
    return lines


def _band(band: CoreBand | None, kind: ZoneKind) -> str:
    if band is None:
        return ""
    low, high = band.volumes_cc[kind]
    return f" ({low:.2f} to {high:.2f}, 95 %)"


def _written(*paths: Path | None) -> list[str]:
    return [f"written: {path}" for path in paths if path]
