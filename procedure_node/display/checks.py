"""A check picture as it goes over the wire: a JSON head and two pictures, in one body.

4 bytes   length of the head in bytes, little-endian unsigned
head      JSON, UTF-8
pixels    uint8: the planning CT, then the scan as it is carried, each row by row from the top;
0 is outside of the CT
"""

import json
import struct

from procedure_node.state import ScanState
from procedure_node.views import AXES, Plane, ViewError, read_check


def check_body(scan: ScanState, lesion: str, plane: Plane) -> bytes:
    """Pack the check picture of a lesion's registration.

    Raises:
        ViewError: there is none.
    """
    told = scan.registration
    if told is None or told.view_directory is None:
        raise ViewError("no check pictures were made for this scan")
    section, mode = read_check(told.view_directory, lesion, plane)
    rows, columns = section.planning.shape
    head = {
        "plane": plane,
        "rows": rows,
        "columns": columns,
        "pixel_mm": section.pixel_mm,
        "labels": AXES[plane].labels,
        "mode": mode,
        "outlines": [
            {"name": name, "lines": [line.ravel().tolist() for line in lines]}
            for name, lines in section.outlines.items()
        ],
    }
    packed = json.dumps(head, separators=(",", ":")).encode()
    pixels = section.planning.tobytes() + section.scan.tobytes()
    return struct.pack("<I", len(packed)) + packed + pixels
