"""What the search for ice needs to know, as a value that can cross a process."""

from dosimetry_core.values import Vector
from procedure_node.events import Fact


class FrozenStructure(Fact):
    """A structure that is to be frozen.

    ``tips_are_known`` tells that whatever froze in it did so around the tips of the request; where
    it is false, its ice is looked for around the structure itself.
    """

    name: str
    tips_are_known: bool


class IceBaseline(Fact):
    """The scan from before freezing, and whether it lies on the scan's frame of reference."""

    directory: str
    sha256: str
    same_frame: bool


class FrozenProbe(Fact):
    """A probe that has frozen: its tip, and the direction of its shaft if that is known, LPS."""

    tip_mm: Vector
    direction: Vector | None = None


class IceRequest(Fact):
    """What ice is looked for with.

    ``baseline`` is None where no scan was taken before freezing. ``structures`` are to be covered,
    ``organs`` to be kept free.
    """

    structure_set_uid: str
    baseline: IceBaseline | None
    probes: tuple[FrozenProbe, ...]
    structures: tuple[FrozenStructure, ...]
    organs: tuple[str, ...] = ()
