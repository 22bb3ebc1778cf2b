"""How close two structures come to each other, and where."""

from dataclasses import dataclass

from dosimetry_core.structures import signed_distance_mm, surface_points_mm
from dosimetry_core.values import ContouredStructure, Vector

_PITCH_MM = 1.0


@dataclass(frozen=True, slots=True)
class Clearance:
    """The least distance from a lesion's surface to another structure's.

    Attributes:
        distance_mm: below zero where they overlap: how deep the lesion reaches into the other.
        place_mm: where on the lesion's surface, LPS mm.
    """

    distance_mm: float
    place_mm: Vector


def clearance(lesion: ContouredStructure, other: ContouredStructure) -> Clearance:
    """Find it among points on the lesion's surface a millimetre apart.

    Between these points a smooth surface comes closer by no more than 0.1 mm where its radius is
    above 1.25 mm; an edge by up to half a millimetre.

    Raises:
        StructureError: one of them has no sound shape.
    """
    points = surface_points_mm(lesion, _PITCH_MM)
    distances = signed_distance_mm(other, points)
    nearest = int(distances.argmin())
    x, y, z = points[nearest].tolist()
    return Clearance(distance_mm=float(distances[nearest]), place_mm=(x, y, z))
