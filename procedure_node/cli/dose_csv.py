"""Seeds, points and other rows of numbers from CSV files, and doses into one."""

import csv
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.tg43 import StrengthUnit

Formalism = Literal["line", "point"]
FloatArray = NDArray[np.float64]

POINT_COLUMNS = ("x_mm", "y_mm", "z_mm")
AXIS_COLUMNS = ("ux", "uy", "uz")
STRENGTH_COLUMNS: dict[str, StrengthUnit] = {"strength_u": "U", "strength_mci": "mCi"}


class UnusableError(Exception):
    """What was given cannot be used: one line that says what, where and why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a CSV file.

    Attributes:
        line: its number in the file.
        cells: the wanted cells as they stand.
        numbers: those of them that are numbers.
    """

    line: int
    cells: tuple[str, ...]
    numbers: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class SeedTable:
    """Seeds as a file states them: (n, 3) mm, (n, 3) or None without axes, (n,) in ``unit``."""

    centers_mm: FloatArray
    axes: FloatArray | None
    strengths: tuple[float, ...]
    unit: StrengthUnit


def read_points(path: Path) -> list[Row]:
    """Points, one for each row.

    Raises:
        UnusableError: the file or a row cannot be used.
    """
    return read_rows(path, lambda _: POINT_COLUMNS)[1]


def read_seeds(path: Path, formalism: Formalism | None) -> SeedTable:
    """Seeds, one for each row.

    Args:
        path: the file; its strengths are in ``strength_u`` or ``strength_mci``.
        formalism: ``line`` requires axes, ``point`` leaves them alone; None goes by the header.

    Raises:
        UnusableError: the file or a row cannot be used.
    """

    def wanted(header: Sequence[str]) -> Sequence[str]:
        given = [name for name in STRENGTH_COLUMNS if name in header]
        if len(given) > 1:
            raise UnusableError(f"{path}: line 1: state strengths once: {' or '.join(given)}")
        axes = formalism == "line" or (
            formalism is None and not set(header).isdisjoint(AXIS_COLUMNS)
        )
        return (
            *POINT_COLUMNS,
            *(AXIS_COLUMNS if axes else ()),
            *(given or list(STRENGTH_COLUMNS)[:1]),
        )

    columns, rows = read_rows(path, wanted)
    with_axes = AXIS_COLUMNS[0] in columns
    for row in rows:
        if with_axes and not any(row.numbers[3:6]):
            raise UnusableError(f"{path}: line {row.line}: the axis (ux, uy, uz) is zero")
        if row.numbers[-1] <= 0:
            raise UnusableError(
                f"{path}: line {row.line}: {columns[-1]} must be above zero, is {row.cells[-1]}"
            )
    values = np.array([row.numbers for row in rows])
    return SeedTable(
        values[:, :3],
        values[:, 3:6] if with_axes else None,
        tuple(row.numbers[-1] for row in rows),
        STRENGTH_COLUMNS[columns[-1]],
    )


def write_doses(path: Path, points: Sequence[Row], columns: dict[str, FloatArray]) -> None:
    """The points as they were given, with more columns of numbers in all their digits.

    Raises:
        UnusableError: the file cannot be written.
    """
    numbers = zip(*(values.tolist() for values in columns.values()), strict=True)
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow((*POINT_COLUMNS, *columns))
            for row, values in zip(points, numbers, strict=True):
                writer.writerow((*row.cells, *(repr(value) for value in values)))
    except OSError as error:
        raise UnusableError(f"{path}: cannot be written: {error.strerror}") from error


def read_rows(
    path: Path, wanted: Callable[[Sequence[str]], Sequence[str]], *, words: Sequence[str] = ()
) -> tuple[Sequence[str], list[Row]]:
    """The columns that are wanted of a CSV file with a header, in that order, and its rows.

    Columns may be in any order; others are left alone.

    Args:
        path: the file.
        wanted: the columns, given the header.
        words: those of them that hold words; all others must hold finite numbers.

    Raises:
        UnusableError: the file or a row cannot be used.
    """
    no_header: list[str] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True, skipinitialspace=True)
            header = [name.strip() for name in next(reader, no_header)]
            columns = wanted(header)
            wrong = [name for name in columns if header.count(name) != 1]
            if wrong:
                raise UnusableError(
                    f"{path}: line 1: the header must have each of {','.join(columns)} once; "
                    f"wrong: {','.join(wrong)}"
                )
            where = [header.index(name) for name in columns]
            rows = [
                _row(path, reader.line_num, cells, header, where, words)
                for cells in reader
                if any(cells)
            ]
    except OSError as error:
        raise UnusableError(f"{path}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnusableError(f"{path}: is not a CSV file in UTF-8: {error}") from error
    if not rows:
        raise UnusableError(f"{path}: line 2: there is no row after the header")
    return columns, rows


def _row(
    path: Path,
    line: int,
    cells: list[str],
    header: list[str],
    where: list[int],
    words: Sequence[str],
) -> Row:
    if len(cells) != len(header):
        raise UnusableError(
            f"{path}: line {line}: has {len(cells)} cells but the header has {len(header)}"
        )
    wanted = tuple(cells[index] for index in where)
    numbers: list[float] = []
    for index, text in zip(where, wanted, strict=True):
        if header[index] in words:
            continue
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise UnusableError(
                f"{path}: line {line}: {header[index]}: {text!r} is not a finite number"
            )
        numbers.append(number)
    return Row(line, wanted, tuple(numbers))
