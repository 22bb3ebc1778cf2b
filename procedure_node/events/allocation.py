"""Facts of lesions that decide how they are treated."""

from typing import Literal

from procedure_node.events.base import Fact, NonNegative, Payload, Positive, XyzMm

StructureGroup = Literal["ORGANS", "VESSELS", "SKIN", "AIRWAYS"]


class StructureDistance(Fact):
    """How close a lesion comes to another drawn structure.

    Attributes:
        group: the kind of structure that it is by the protocol; None if it is of none.
        distance_mm: the least from surface to surface; below zero where they overlap. To the skin
            it is counted from within.
        place_mm: where on the lesion's surface.
        lies_in: whether the lesion's centre of mass is in the structure.
    """

    name: str
    group: StructureGroup | None
    distance_mm: float
    place_mm: XyzMm
    lies_in: bool


class LesionFacts(Fact):
    """A lesion as it is drawn: how large it is, and what lies near it.

    ``longest_axial_mm`` is the RECIST 1.1 diameter, ``short_axial_mm`` the width square to it.
    """

    lesion: str
    volume_cc: NonNegative
    volume_error_cc: NonNegative
    centroid_mm: XyzMm
    longest_axial_mm: NonNegative
    short_axial_mm: NonNegative
    longest_mm: NonNegative
    extents_mm: tuple[NonNegative, NonNegative, NonNegative]
    distances: tuple[StructureDistance, ...]


class LesionsMeasured(Payload):
    """The lesions of a structure set, measured; what cannot be measured is in ``warnings``."""

    kind: Literal["lesions-measured"] = "lesions-measured"
    version: Literal[1] = 1
    structure_set_uid: str
    lesions: tuple[LesionFacts, ...]
    warnings: tuple[str, ...] = ()


class NeedlePathReported(Payload):
    """A person says how long the planned needle path to a lesion is."""

    kind: Literal["needle-path-reported"] = "needle-path-reported"
    version: Literal[1] = 1
    lesion: str
    length_mm: Positive
