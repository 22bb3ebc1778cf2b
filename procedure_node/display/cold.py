"""Isotherms of the modelled cold in a plane, as lines for the page."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from procedure_node.lethal_zone import ColdPictures, read_pictures
from procedure_node.state import ProcedureState
from procedure_node.views import Plane, isolines

NOW_C = (0.0,)
LOWEST_C = (-20.0, -40.0)


class NoIsothermsError(Exception):
    """There is nothing to be drawn. The message says why."""


def cold_section(
    procedure: ProcedureState, lesion: str, plane: Plane, position_mm: float
) -> Mapping[str, Any]:
    """Isotherms of a lesion's modelled cold in a plane.

    Of the temperature now: 0 C. Of the lowest so far: -20 and -40 C, each likely, surely and
    possibly. Lines are [right, down, right, down, ...] in the plane's mm, as in a section.

    Raises:
        NoIsothermsError: the lesion was not modelled, or its model does not know now.
        PicturesLostError: the temperatures are not on disk.
    """
    zone = procedure.lethal_zones.get(lesion)
    if zone is None or zone.status != "MODELLED" or zone.pictures is None:
        raise NoIsothermsError("the cold of this lesion is not modelled now")
    pictures = read_pictures(Path(zone.pictures))
    until: datetime | None = zone.modelled_until
    return {
        "lesion": lesion,
        "edition": until.isoformat() if until else "",
        "evidence": "MODELLED",
        "isotherms": _isotherms(pictures, plane, position_mm),
    }


def _isotherms(pictures: ColdPictures, plane: Plane, position_mm: float) -> list[dict[str, Any]]:
    found = [
        _isotherm("now", level_c, {"best": isolines(pictures.now, plane, position_mm, level_c)})
        for level_c in NOW_C
    ]
    names = ("best", "surely", "possibly")
    for level_c in LOWEST_C:
        lines = {
            name: isolines(field, plane, position_mm, level_c)
            for name, field in zip(names, pictures.lowest, strict=False)
        }
        found.append(_isotherm("lowest", level_c, lines))
    return found


def _isotherm(
    of: str, level_c: float, lines: Mapping[str, tuple[NDArray[np.float64], ...]]
) -> dict[str, Any]:
    rounded = {
        name: [np.round(line, 2).ravel().tolist() for line in found]
        for name, found in lines.items()
    }
    return {"of": of, "level_c": level_c, **rounded}
