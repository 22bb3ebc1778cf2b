"""Probes from a CSV file: where their tips are and which way their shafts run."""

import math
from dataclasses import dataclass
from pathlib import Path

from dosimetry_core.values import Vector
from procedure_node.cli.dose_csv import AXIS_COLUMNS, UnusableError, read_rows

PROBE_COLUMN = "probe"
COLUMNS = (PROBE_COLUMN, "tip_x_mm", "tip_y_mm", "tip_z_mm", *AXIS_COLUMNS)


@dataclass(frozen=True, slots=True)
class ProbePlace:
    """A probe's name, its tip (LPS, mm) and the unit vector along its shaft, as the file has it."""

    name: str
    tip_mm: Vector
    axis: Vector


def read_probes(path: Path) -> list[ProbePlace]:
    """One probe for each row.

    Raises:
        UnusableError: the file or a row cannot be used.
    """
    _, rows = read_rows(path, lambda _: COLUMNS, words=(PROBE_COLUMN,))
    probes: list[ProbePlace] = []
    lines: dict[str, int] = {}
    for row in rows:
        name = row.cells[0].strip()
        if not name:
            raise UnusableError(f"{path}: line {row.line}: {PROBE_COLUMN} is empty")
        if name in lines:
            raise UnusableError(
                f"{path}: line {row.line}: probe {name!r} is in line {lines[name]} already"
            )
        lines[name] = row.line
        x, y, z, ux, uy, uz = row.numbers
        length = math.hypot(ux, uy, uz)
        if not length:
            raise UnusableError(f"{path}: line {row.line}: the direction (ux, uy, uz) is zero")
        probes.append(ProbePlace(name, (x, y, z), (ux / length, uy / length, uz / length)))
    return probes
