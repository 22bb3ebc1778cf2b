"""A section of a scan as it goes over the wire: a JSON head and the pixels, in one body.

    4 bytes   length of the head in bytes, little-endian unsigned; the head is padded with spaces
              so that the pixels begin at a multiple of four
    head      JSON, UTF-8
    pixels    int16, little-endian, HU, row by row from the top

One body, since pixels and lines that come apart could show two different slices on one picture.
"""

import json
import struct
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from procedure_node.display.needle_marks import needle_parts
from procedure_node.display.seed_marks import seed_parts
from procedure_node.rules import NeedleName
from procedure_node.state import ScanState
from procedure_node.views import AXES, Plane, View


def scan_summary(view: View) -> dict[str, Any]:
    """What a page must know of a scan's pictures before it asks for a section."""
    grid = view.ct.grid
    return {
        "mode": view.mode,
        "prescription_gy": view.prescription_gy,
        "has_dose": view.dose is not None,
        "has_ice": view.ice is not None,
        "planes": {
            plane: {
                "first_mm": float(grid.positions_mm(axes.across)[0]),
                "last_mm": float(grid.positions_mm(axes.across)[-1]),
                "step_mm": grid.pitch_mm[axes.across],
            }
            for plane, axes in AXES.items()
        },
        "structures": {s.name: list(s.centroid_mm) for s in view.structures},
    }


def section_body(
    view: View,
    scan: ScanState,
    needles: Sequence[NeedleName],
    plane: Plane,
    position_mm: float,
) -> bytes:
    """Cut a view and pack the section with the seeds and needles that were found in its scan.

    ``needles`` is what those that are seen are called.
    """
    section = view.section(plane, position_mm)
    rows, columns = section.pixels.shape
    head = {
        "plane": plane,
        "position_mm": round(section.position_mm, 3),
        "rows": rows,
        "columns": columns,
        "left_mm": section.left_mm,
        "top_mm": section.top_mm,
        "column_mm": section.column_mm,
        "row_mm": section.row_mm,
        "labels": AXES[plane].labels,
        "isodoses": [
            {"percent": i.percent, "dose_gy": i.dose_gy, "lines": _lines(i.lines)}
            for i in section.isodoses
        ],
        "ice": _lines(section.ice),
        "structures": [{"name": s.name, "lines": _lines(s.lines)} for s in section.structures],
        "needles": needle_parts(scan, needles, plane, section.position_mm),
        **seed_parts(scan, plane, section.position_mm),
        "mode": section.mode,
    }
    packed = json.dumps(head, separators=(",", ":")).encode()
    packed += b" " * (-len(packed) % 4)
    pixels = section.pixels.astype("<i2", copy=False).tobytes()
    return struct.pack("<I", len(packed)) + packed + pixels


def _lines(lines: Iterable[NDArray[np.float64]]) -> list[list[float]]:
    """Each line as [right, down, right, down, ...] mm, to a hundredth."""
    return [np.round(line, 2).ravel().tolist() for line in lines]
