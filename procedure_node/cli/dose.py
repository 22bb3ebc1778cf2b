"""``procedure-node dose``: dose of given seeds at given points, for checking by hand."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.tg43 import (
    ImplantedSources,
    SeedModel,
    SourceStrength,
    dose_rate_cgy_per_h,
    hours_since,
    mci_to_u,
    total_dose_gy,
)
from procedure_node.cli.dose_csv import (
    AXIS_COLUMNS,
    POINT_COLUMNS,
    STRENGTH_COLUMNS,
    SeedTable,
    UnusableError,
    read_points,
    read_seeds,
    write_doses,
)
from procedure_node.seed_library import SeedLibraryError, load_seed_models
from procedure_node.settings.paths import default_config_dir

T = TypeVar("T")
FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Times:
    """When strengths are what the file states, when the seeds went in, and until when they act."""

    reference_utc: datetime | None
    implanted_utc: datetime | None
    until_utc: datetime | None


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``dose``."""
    parser = subparsers.add_parser(
        "dose",
        help="compute TG-43 dose of seeds at points, both from CSV files",
        description="Initial dose rate and total dose (permanent implant, to infinity) to water "
        "after TG-43U1: line sources where the file has axes, point sources where it has none.",
    )
    parser.add_argument("--seed-model", required=True, metavar="NAME")
    parser.add_argument(
        "--seeds",
        type=Path,
        required=True,
        metavar="SEEDS.csv",
        help=f"{','.join(POINT_COLUMNS)}, {','.join(AXIS_COLUMNS)} where the axes are known, and "
        f"{' or '.join(STRENGTH_COLUMNS)}",
    )
    parser.add_argument(
        "--points", type=Path, required=True, metavar="POINTS.csv", help=",".join(POINT_COLUMNS)
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="OUT.csv",
        help="the points with dose_rate_cgy_per_h (initial) and total_dose_gy; with --until "
        "also dose_rate_then_cgy_per_h and delivered_dose_gy",
    )
    parser.add_argument("--engine", choices=("exact", "table"), default="exact")
    parser.add_argument(
        "--formalism",
        choices=("line", "point"),
        help="line: 2-D, the file must have axes; point: 1-D, axes are left alone "
        "(default: whether the file has axes)",
    )
    for option, what in (
        ("--strength-at", "when strengths are those of the file (default: at implantation)"),
        ("--implanted", "when the seeds were implanted"),
        ("--until", "state the dose delivered up to this time too"),
    ):
        parser.add_argument(
            option, type=_time, metavar="TIME", help=f"{what}, as 2026-03-01T14:30Z"
        )
    parser.add_argument(
        "--seed-models",
        type=Path,
        default=default_config_dir() / "seed_models",
        metavar="DIR",
        help="folder of seed model files (default: %(default)s)",
    )
    parser.set_defaults(run=_run)


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = None
    if time is None or time.utcoffset() is None:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a date and time with a zone, as 2026-03-01T14:30Z"
        )
    return time


def _run(arguments: argparse.Namespace) -> int:
    problems: list[str] = []
    times = _attempt(problems, lambda: _times(arguments))
    model = _attempt(problems, lambda: _model(arguments.seed_models, arguments.seed_model))
    seeds = _attempt(problems, lambda: read_seeds(arguments.seeds, arguments.formalism))
    points = _attempt(problems, lambda: read_points(arguments.points))
    if times is None or model is None or seeds is None or points is None:
        print("\n".join(problems), file=sys.stderr)
        return 2
    implant = [
        ImplantedSources(model, seeds.centers_mm, seeds.axes, _implanted_u(seeds, model, times))
    ]
    points_mm = np.array([row.numbers for row in points])
    engine = arguments.engine
    columns = {
        "dose_rate_cgy_per_h": dose_rate_cgy_per_h(implant, points_mm, engine=engine),
        "total_dose_gy": total_dose_gy(implant, points_mm, engine=engine),
    }
    if times.implanted_utc is not None and times.until_utc is not None:
        elapsed_h = hours_since(times.implanted_utc, times.until_utc)
        columns |= {
            "dose_rate_then_cgy_per_h": dose_rate_cgy_per_h(
                implant, points_mm, elapsed_h=elapsed_h, engine=engine
            ),
            "delivered_dose_gy": total_dose_gy(
                implant, points_mm, elapsed_h=elapsed_h, engine=engine
            ),
        }
    try:
        write_doses(arguments.out, points, columns)
    except UnusableError as error:
        print(error, file=sys.stderr)
        return 2
    if model.quality != "consensus":
        print(
            f"warning: {model.name} has {model.quality} data, not AAPM consensus data: "
            "not for clinical use",
            file=sys.stderr,
        )
    kind = "point sources (1-D)" if seeds.axes is None else "line sources (2-D)"
    print(
        f"{len(points)} points, {len(seeds.strengths)} seeds of {model.name} as {kind}: "
        f"{arguments.out}"
    )
    return 0


def _attempt(problems: list[str], read: Callable[[], T]) -> T | None:
    """What ``read`` gives; None, with its problem noted, where it cannot."""
    try:
        return read()
    except (UnusableError, SeedLibraryError) as error:
        problems.append(str(error))
        return None


def _model(directory: Path, name: str) -> SeedModel:
    models = load_seed_models(directory)
    if name not in models:
        raise UnusableError(f"seed model {name!r} is not known; known are: {', '.join(models)}")
    return models[name]


def _times(arguments: argparse.Namespace) -> _Times:
    times = _Times(arguments.strength_at, arguments.implanted, arguments.until)
    if times.implanted_utc is None:
        for option, time in (
            ("--strength-at", times.reference_utc),
            ("--until", times.until_utc),
        ):
            if time is not None:
                raise UnusableError(f"{option} needs --implanted: when were the seeds implanted?")
    elif times.until_utc is not None and times.until_utc < times.implanted_utc:
        raise UnusableError(
            f"--until {times.until_utc.isoformat()} is before the implantation, "
            f"{times.implanted_utc.isoformat()}"
        )
    return times


def _implanted_u(seeds: SeedTable, model: SeedModel, times: _Times) -> FloatArray:
    """Strengths at implantation, U."""
    if times.reference_utc is None or times.implanted_utc is None:
        return np.array([mci_to_u(s) if seeds.unit == "mCi" else s for s in seeds.strengths])
    return np.array(
        [
            SourceStrength(strength, seeds.unit, times.reference_utc).at(
                times.implanted_utc, model.half_life_d
            )
            for strength in seeds.strengths
        ]
    )
