"""Zones as DICOM objects of the study, so that any planning system can use them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dosimetry_core.structures import mask_on
from dosimetry_core.values import ContouredStructure, ZoneKind
from drivers.dicom import (
    CtSeries,
    InterpretedType,
    ResultIdentity,
    StructureSet,
    StudyContext,
    WrittenStructure,
    uid_from,
    write_segmentation,
    write_structures,
)
from procedure_node.protocol import TrialProtocol
from procedure_node.rules import summarise
from procedure_node.zoning.layout import LaidOut

_LABEL = "Zones"
_SERIES_NUMBER = 9002
_COLOURS: Mapping[ZoneKind, tuple[int, int, int]] = {
    ZoneKind.CORE: (86, 180, 233),
    ZoneKind.PERIPHERY: (230, 159, 0),
    ZoneKind.HIGH_RISK_MARGIN: (213, 94, 0),
}
"""Blue, orange and vermilion: told apart by people who see few colours (Okabe and Ito, 2008)."""

_DRAWN_COLOUR = (180, 180, 180)


@dataclass(frozen=True, slots=True)
class ZonePaths:
    """Where to write to; None for what is not wanted."""

    structures: Path | None
    segmentation: Path | None


def export_zones(
    laid_out: Sequence[LaidOut],
    drawn: StructureSet,
    protocol: TrialProtocol,
    scan: CtSeries,
    context: StudyContext,
    paths: ZonePaths,
    *,
    made_at: datetime,
    software_versions: str,
) -> None:
    """Write the zones beside all that was drawn, whose zones of the same names they replace.

    Args:
        laid_out: the zones.
        drawn: the structure set that they were laid out in.
        protocol: whose names tell what each structure is.
        scan: the CT that it was drawn on.
        context: of that CT.
        paths: where to write to.
        made_at: now; aware.
        software_versions: of this program.

    Raises:
        StructureError: a zone lies in no plane of contours.
        ValueError: a contour lies in no image of the CT.
        OSError: a file cannot be written.
    """
    zones = {
        structure.name: (zone.kind, structure)
        for one in laid_out
        for zone in one.zones.zones
        for structure in (one.zones.structure_of(zone.kind),)
    }
    content = [drawn.sop_instance_uid, scan.series_uid, *_key(zones)]

    def identity(kind: str) -> ResultIdentity:
        return ResultIdentity(
            sop_instance_uid=uid_from(kind, *content),
            series_uid=uid_from("series", kind, context.study_uid),
            series_number=_SERIES_NUMBER,
            made_at=made_at,
            software_versions=software_versions,
            mode=drawn.mode,
        )

    if paths.structures is not None:
        kept = [s for s in drawn.structures if s.name not in zones]
        write_structures(
            [
                *(
                    WrittenStructure(s, _type_of(s, protocol), _DRAWN_COLOUR, "MANUAL")
                    for s in kept
                ),
                *(
                    WrittenStructure(structure, "CTV", _COLOURS[kind], "SEMIAUTOMATIC")
                    for kind, structure in zones.values()
                ),
            ],
            _LABEL,
            scan,
            context,
            identity("zone structures"),
            paths.structures,
        )
    if paths.segmentation is not None:
        masks = {name: _mask(structure, scan) for name, (_, structure) in zones.items()}
        write_segmentation(
            masks, _LABEL, scan, context, identity("zone segmentation"), paths.segmentation
        )


def _key(zones: Mapping[str, tuple[ZoneKind, ContouredStructure]]) -> list[str]:
    """What the objects depend on: the same zones exported twice are one object."""
    return [
        f"{name} {np.concatenate(structure.polygons_mm).round(3).tobytes().hex()}"
        for name, (_, structure) in zones.items()
    ]


_TYPES: Mapping[str, InterpretedType] = {"TARGET": "GTV", "ORGAN": "ORGAN", "OTHER": "CONTROL"}


def _type_of(structure: ContouredStructure, protocol: TrialProtocol) -> InterpretedType:
    return _TYPES[summarise(structure.name, 0.0, protocol).role]


def _mask(structure: ContouredStructure, scan: CtSeries) -> NDArray[np.bool_]:
    shape = scan.volume.values.shape
    return mask_on(structure, scan.volume.affine, (shape[0], shape[1], shape[2]), clip=True)
