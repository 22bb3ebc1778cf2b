"""Measuring the lesions of a structure set."""

import re
from collections.abc import Mapping

import numpy as np

from dosimetry_core.lesions import clearance, lesion_size
from dosimetry_core.structures import StructureError, signed_distance_mm, surface_points_mm
from dosimetry_core.values import ContouredStructure, ZoneKind
from drivers.dicom import StructureSetRefused
from procedure_node.events import LesionFacts, LesionsMeasured, StructureDistance, StructureGroup
from procedure_node.imaging.reading import contours_in
from procedure_node.protocol import TrialProtocol
from procedure_node.rules import summarise

_SKIN_PITCH_MM = 1.0


def measure_lesions(path: str, structure_set_uid: str, protocol: TrialProtocol) -> LesionsMeasured:
    """Measure every lesion that is drawn as a whole, and how close each drawn structure comes."""
    try:
        structures = contours_in(path)
    except StructureSetRefused as refused:
        return LesionsMeasured(
            structure_set_uid=structure_set_uid, lesions=(), warnings=refused.reasons
        )
    kinds = {name: summarise(name, 0.0, protocol) for name in structures}
    whole = {
        kind.lesion: name
        for name, kind in kinds.items()
        if kind.lesion is not None and kind.zone is ZoneKind.WHOLE
    }
    zoned = {kind.lesion for kind in kinds.values() if kind.lesion is not None}
    others = {name: structures[name] for name, kind in kinds.items() if kind.lesion is None}
    found: list[LesionFacts] = []
    warnings = [f"{lesion} is drawn by its zones only" for lesion in sorted(zoned - set(whole))]
    for lesion, name in sorted(whole.items()):
        try:
            found.append(_measure(lesion, structures[name], others, protocol, warnings))
        except StructureError as error:
            warnings.append(f"{lesion} cannot be measured: {error}")
    return LesionsMeasured(
        structure_set_uid=structure_set_uid, lesions=tuple(found), warnings=tuple(warnings)
    )


def _measure(
    lesion: str,
    drawn: ContouredStructure,
    others: Mapping[str, ContouredStructure],
    protocol: TrialProtocol,
    warnings: list[str],
) -> LesionFacts:
    size = lesion_size(drawn)
    distances: list[StructureDistance] = []
    for name, other in others.items():
        try:
            distances.append(_distance(name, drawn, other, size.centroid_mm, protocol))
        except StructureError as error:
            warnings.append(f"the distance from {lesion} to {name} is not known: {error}")
    return LesionFacts(
        lesion=lesion,
        volume_cc=size.volume_cc,
        volume_error_cc=size.volume_error_cc,
        centroid_mm=size.centroid_mm,
        longest_axial_mm=size.longest_axial.length_mm,
        short_axial_mm=size.short_axial_mm,
        longest_mm=size.longest_mm,
        extents_mm=size.extents_mm,
        distances=tuple(distances),
    )


def _distance(
    name: str,
    lesion: ContouredStructure,
    other: ContouredStructure,
    centroid_mm: tuple[float, float, float],
    protocol: TrialProtocol,
) -> StructureDistance:
    group = _group(name, protocol)
    if group == "SKIN":
        distance_mm, place_mm = _depth(lesion, other)
    else:
        nearest = clearance(lesion, other)
        distance_mm, place_mm = nearest.distance_mm, nearest.place_mm
    return StructureDistance(
        name=name,
        group=group,
        distance_mm=distance_mm,
        place_mm=place_mm,
        lies_in=bool(signed_distance_mm(other, np.array([centroid_mm]))[0] < 0.0),
    )


def _depth(
    lesion: ContouredStructure, body: ContouredStructure
) -> tuple[float, tuple[float, float, float]]:
    """The least depth of a lesion's surface under that of the body, and where."""
    points = surface_points_mm(lesion, _SKIN_PITCH_MM)
    depths = -signed_distance_mm(body, points)
    nearest = int(depths.argmin())
    x, y, z = points[nearest].tolist()
    return float(depths[nearest]), (x, y, z)


def _group(name: str, protocol: TrialProtocol) -> StructureGroup | None:
    if name in {organ.name for organ in protocol.organs}:
        return "ORGANS"
    naming = protocol.structures
    patterns: tuple[tuple[StructureGroup, str | None], ...] = (
        ("VESSELS", naming.vessel),
        ("SKIN", naming.skin),
        ("AIRWAYS", naming.airway),
    )
    return next((group for group, p in patterns if p is not None and re.match(p, name)), None)
