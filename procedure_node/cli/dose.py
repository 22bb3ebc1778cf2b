"""``procedure-node dose``: dose of given seeds at given points, for checking by hand."""

import argparse
import csv
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.tg43 import ImplantedSources, SeedModel, dose_rate_cgy_per_h, total_dose_gy
from procedure_node.seed_library import SeedLibraryError, load_seed_models
from procedure_node.settings.paths import default_config_dir

T = TypeVar("T")

POINT_COLUMNS = ("x_mm", "y_mm", "z_mm")
SEED_COLUMNS = (*POINT_COLUMNS, "ux", "uy", "uz", "strength_u")
RESULT_COLUMNS = ("dose_rate_cgy_per_h", "total_dose_gy")


class _UnusableError(Exception):
    """What was given cannot be used; one line for each bad file."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of a CSV file: its number, its wanted cells as they stand, and as numbers."""

    line: int
    cells: tuple[str, ...]
    numbers: tuple[float, ...]


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``dose``."""
    parser = subparsers.add_parser(
        "dose",
        help="compute TG-43 dose of seeds at points, both from CSV files",
        description="Initial dose rate and total dose (permanent implant, to infinity) to water "
        "after TG-43U1, exact in float64.",
    )
    parser.add_argument("--seed-model", required=True, metavar="NAME")
    parser.add_argument(
        "--seeds", type=Path, required=True, metavar="SEEDS.csv", help=",".join(SEED_COLUMNS)
    )
    parser.add_argument(
        "--points", type=Path, required=True, metavar="POINTS.csv", help=",".join(POINT_COLUMNS)
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="OUT.csv",
        help=f"the points with {','.join(RESULT_COLUMNS)}",
    )
    parser.add_argument(
        "--seed-models",
        type=Path,
        default=default_config_dir() / "seed_models",
        metavar="DIR",
        help="folder of seed model files (default: %(default)s)",
    )
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    problems: list[str] = []
    model = _attempt(problems, lambda: _model(arguments.seed_models, arguments.seed_model))
    seeds = _attempt(problems, lambda: _seeds(arguments.seeds))
    points = _attempt(problems, lambda: _read(arguments.points, POINT_COLUMNS))
    if model is None or seeds is None or points is None:
        print("\n".join(problems), file=sys.stderr)
        return 2
    implant = [ImplantedSources(model, seeds[:, :3], seeds[:, 3:6], seeds[:, 6])]
    points_mm = np.array([row.numbers for row in points])
    rate = dose_rate_cgy_per_h(implant, points_mm)
    total = total_dose_gy(implant, points_mm)
    try:
        _write(arguments.out, points, rate.tolist(), total.tolist())
    except OSError as error:
        print(f"{arguments.out}: cannot be written: {error.strerror}", file=sys.stderr)
        return 2
    if model.quality != "consensus":
        print(
            f"warning: {model.name} has {model.quality} data, not AAPM consensus data: "
            "not for clinical use",
            file=sys.stderr,
        )
    print(f"{len(points)} points, {len(seeds)} seeds of {model.name}: {arguments.out}")
    return 0


def _attempt(problems: list[str], read: Callable[[], T]) -> T | None:
    """What ``read`` gives; None, with its problem noted, where it cannot."""
    try:
        return read()
    except (_UnusableError, SeedLibraryError) as error:
        problems.append(str(error))
        return None


def _model(directory: Path, name: str) -> SeedModel:
    models = load_seed_models(directory)
    if name not in models:
        raise _UnusableError(f"seed model {name!r} is not known; known are: {', '.join(models)}")
    return models[name]


def _seeds(path: Path) -> NDArray[np.float64]:
    """Seeds (n, 7) in the order of ``SEED_COLUMNS``."""
    rows = _read(path, SEED_COLUMNS)
    for row in rows:
        if not any(row.numbers[3:6]):
            raise _UnusableError(f"{path}: line {row.line}: the axis (ux, uy, uz) is zero")
        if row.numbers[6] <= 0:
            raise _UnusableError(
                f"{path}: line {row.line}: strength_u must be above zero, is {row.cells[6]}"
            )
    return np.array([row.numbers for row in rows])


def _read(path: Path, columns: Sequence[str]) -> list[_Row]:
    """Rows of a CSV file with a header; columns may be in any order, others are left alone."""
    no_header: list[str] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True, skipinitialspace=True)
            header = [name.strip() for name in next(reader, no_header)]
            wrong = [name for name in columns if header.count(name) != 1]
            if wrong:
                raise _UnusableError(
                    f"{path}: line 1: the header must have each of {','.join(columns)} once; "
                    f"wrong: {','.join(wrong)}"
                )
            where = [header.index(name) for name in columns]
            rows = [
                _row(path, reader.line_num, cells, header, where) for cells in reader if any(cells)
            ]
    except OSError as error:
        raise _UnusableError(f"{path}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise _UnusableError(f"{path}: is not a CSV file in UTF-8: {error}") from error
    if not rows:
        raise _UnusableError(f"{path}: line 2: there is no row after the header")
    return rows


def _row(path: Path, line: int, cells: list[str], header: list[str], where: list[int]) -> _Row:
    if len(cells) != len(header):
        raise _UnusableError(
            f"{path}: line {line}: has {len(cells)} cells but the header has {len(header)}"
        )
    wanted = tuple(cells[index] for index in where)
    numbers: list[float] = []
    for index, text in zip(where, wanted, strict=True):
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise _UnusableError(
                f"{path}: line {line}: {header[index]}: {text!r} is not a finite number"
            )
        numbers.append(number)
    return _Row(line, wanted, tuple(numbers))


def _write(path: Path, points: list[_Row], rate: list[float], total: list[float]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow((*POINT_COLUMNS, *RESULT_COLUMNS))
        for row, rate_cgy_per_h, total_gy in zip(points, rate, total, strict=True):
            writer.writerow((*row.cells, repr(rate_cgy_per_h), repr(total_gy)))
