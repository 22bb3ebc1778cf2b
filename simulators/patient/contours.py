"""The demonstration patient's lesions, zones and organs at risk."""

import json
from typing import Any

import numpy as np

from dosimetry_core.values import ContouredStructure
from drivers.dicom import WrittenStructure
from simulators.patient.baseline import DATA


def contours() -> tuple[WrittenStructure, ...]:
    """Three lesions, the zones of the third and two organs at risk, in LPS mm.

    They were drawn for the demonstration (see docs/demo_patient.md), not by a radiologist.
    """
    drawn: list[dict[str, Any]] = json.loads((DATA / "contours.json").read_text(encoding="utf-8"))
    return tuple(
        WrittenStructure(
            ContouredStructure(
                one["name"],
                tuple(np.array(polygon, dtype=np.float64) for polygon in one["polygons_mm"]),
            ),
            one["type"],
            (one["colour_rgb"][0], one["colour_rgb"][1], one["colour_rgb"][2]),
            "SEMIAUTOMATIC",
        )
        for one in drawn
    )
