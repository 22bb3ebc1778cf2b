"""``procedure-node evaluate``: the imaging half of the node, on one folder."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dosimetry_core.dvh import structure_dose
from dosimetry_core.seed_finding import SeedFinding, find_seeds
from dosimetry_core.structures import StructureError
from dosimetry_core.tg43 import ImplantedSources, SeedModel
from drivers.dicom import (
    CtSeries,
    SeriesRefused,
    StructureSet,
    StructureSetRefused,
    ct_series_in_folder,
    read_ct_series,
    read_structure_set,
)
from procedure_node.seed_library import SeedLibraryError, load_seed_models
from procedure_node.settings.paths import default_config_dir


class _UnusableError(Exception):
    """What was given cannot be evaluated. The message says why and what to do."""


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``evaluate``."""
    parser = subparsers.add_parser(
        "evaluate",
        help="find the seeds of a CT series and compute their dose to structures",
        description="Finds the seeds of a CT series, computes their TG-43 total dose and the "
        "dose-volume figures of structures, and writes all of it as JSON.",
    )
    parser.add_argument("--ct", type=Path, required=True, metavar="DIR", help="folder of the CT")
    parser.add_argument("--series", metavar="UID", help="which series, if the folder has several")
    parser.add_argument("--structures", type=Path, metavar="RTSTRUCT", help="structure set")
    parser.add_argument("--seed-model", required=True, metavar="NAME")
    parser.add_argument(
        "--strength-u", type=_positive, required=True, metavar="X", help="at implantation, U"
    )
    parser.add_argument("--prescription-gy", type=_positive, required=True, metavar="Y")
    parser.add_argument("--json", type=Path, required=True, metavar="OUT")
    parser.add_argument(
        "--seed-models", type=Path, default=default_config_dir() / "seed_models", metavar="DIR"
    )
    parser.set_defaults(run=_evaluate)


def _positive(text: str) -> float:
    value = float(text)
    if not 0.0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not above zero")
    return value


def _evaluate(arguments: argparse.Namespace) -> int:
    try:
        model = _model(arguments.seed_models, arguments.seed_model)
        scan = _scan(arguments.ct, arguments.series)
        structures = _structures(arguments.structures, scan)
        result = evaluate(
            scan,
            structures,
            model,
            strength_u=arguments.strength_u,
            prescription_gy=arguments.prescription_gy,
        )
        arguments.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    except (_UnusableError, SeedLibraryError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{len(result['seeds'])} seeds, {len(result['structures'])} structures: {arguments.json}")
    for warning in result["warnings"]:
        print(f"warning: {warning}")
    return 0


def evaluate(
    scan: CtSeries,
    structures: StructureSet | None,
    model: SeedModel,
    *,
    strength_u: float,
    prescription_gy: float,
) -> dict[str, Any]:
    """Seeds, dose figures and warnings of one scan, as JSON will hold them.

    Every structure is judged against the one prescription; a structure without a sound shape is
    left out with a warning.
    """
    finding = find_seeds(scan.volume)
    warnings = [*finding.warnings, *(structures.warnings if structures else ())]
    if model.quality != "consensus":
        warnings.append(f"{model.name} has {model.quality} data, not AAPM consensus data")
    implant = _implant(finding, model, strength_u)
    figures: list[dict[str, Any]] = []
    for structure in structures.structures if structures else ():
        try:
            dose = structure_dose(
                structure,
                implant,
                prescription_gy=prescription_gy,
                plane_spacing_mm=scan.volume.spacing_mm[0],
            )
        except StructureError as error:
            warnings.append(f"left out: {error}")
            continue
        figures.append(
            {
                "name": dose.name,
                "volume_cc": dose.volume_cc,
                "d90_gy": dose.d90_gy,
                "d100_gy": dose.d100_gy,
                "v100_percent": dose.v100_percent,
                "v150_percent": dose.v150_percent,
                "v200_percent": dose.v200_percent,
                "d2cc_gy": dose.d2cc_gy,
                "d0_1cc_gy": dose.d0_1cc_gy,
            }
        )
    return {
        "generation_mode": scan.mode.value,
        "seed_model": model.name,
        "strength_u": strength_u,
        "prescription_gy": prescription_gy,
        "seeds": [
            {
                "center_mm": list(seed.center_mm),
                "axis": list(seed.axis),
                "confidence": seed.confidence,
            }
            for seed in finding.seeds
        ],
        "structures": figures,
        "warnings": warnings,
    }


def _model(directory: Path, name: str) -> SeedModel:
    models = load_seed_models(directory)
    if name not in models:
        raise _UnusableError(f"seed model {name!r} is not known; known are: {', '.join(models)}")
    return models[name]


def _scan(folder: Path, wanted: str | None) -> CtSeries:
    found = ct_series_in_folder(folder)
    if not found:
        raise _UnusableError(f"{folder}: there is no CT image in it")
    if wanted is not None and wanted not in found:
        raise _UnusableError(f"{folder}: has no CT series {wanted}; it has: {_listed(found)}")
    if wanted is None and len(found) > 1:
        raise _UnusableError(
            f"{folder}: has several CT series, name one by --series: {_listed(found)}"
        )
    paths = found[wanted] if wanted is not None else next(iter(found.values()))
    try:
        return read_ct_series(paths)
    except SeriesRefused as refused:
        reasons = "\n  ".join(refused.reasons)
        raise _UnusableError(f"{folder}: cannot be used for dosimetry:\n  {reasons}") from refused


def _listed(found: dict[str, tuple[Path, ...]]) -> str:
    return ", ".join(f"{uid} ({len(paths)} images)" for uid, paths in found.items())


def _structures(path: Path | None, scan: CtSeries) -> StructureSet | None:
    if path is None:
        return None
    try:
        found = read_structure_set(path)
    except StructureSetRefused as refused:
        reasons = "\n  ".join(refused.reasons)
        raise _UnusableError(f"{path}: cannot be used:\n  {reasons}") from refused
    if found.frame_of_reference_uid != scan.frame_of_reference_uid:
        raise _UnusableError(
            f"{path}: is drawn on another frame of reference than the CT's; register the two "
            "first, or give the structure set of this CT"
        )
    return found


def _implant(
    finding: SeedFinding, model: SeedModel, strength_u: float
) -> Sequence[ImplantedSources]:
    if not finding.seeds:
        return ()
    return (
        ImplantedSources(
            model=model,
            centers_mm=np.array([seed.center_mm for seed in finding.seeds]),
            axes=np.array([seed.axis for seed in finding.seeds]),
            strengths_u=np.full(len(finding.seeds), strength_u),
        ),
    )
