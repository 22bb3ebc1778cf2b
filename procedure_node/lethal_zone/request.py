"""What the model of a lesion's freeze needs to know, as a value that can cross a process."""

from pydantic import AwareDatetime

from dosimetry_core.values import ZoneKind
from procedure_node.courses import CourseSpell
from procedure_node.events import Fact

PlaceMm = tuple[float, float, float]


class PlacedProbe(Fact):
    """A probe that lay still, and what it did there.

    ``direction`` is the unit vector towards the tip, LPS; ``cryoprobe`` is the kind in the library.
    """

    name: str
    zone: ZoneKind
    cryoprobe: str
    tip_mm: PlaceMm
    direction: PlaceMm
    spells: tuple[CourseSpell, ...]


class NamedStructure(Fact):
    """A drawn structure; ``is_target`` tells it from an organ at risk."""

    name: str
    is_target: bool


class SeenIce(Fact):
    """A scan whose ice is found and lies among its picture data, and how sure its surface is."""

    label: str
    series_uid: str
    at: AwareDatetime
    view_directory: str
    surface_error_mm: float | None


class SeenTemperature(Fact):
    """A reading of a thermometer whose place is known."""

    label: str
    place_mm: PlaceMm
    at: AwareDatetime
    temperature_c: float


class FreezeRequest(Fact):
    """One lesion's freezes up to a moment.

    Attributes:
        started: of its first freeze.
        until: the moment that the temperatures are wanted at.
        time_scale: seconds of the model for each second of the clock.
        freeze: number of the freeze that goes on or was the last.
        freezing: whether a probe freezes, or may.
        probes: those that froze in it.
        others: probes that froze in other lesions, whose ice is not this one's.
        others_unplaced: names of those whose place or kind was not told.
        structures_path: the structure set's file; None while there is none.
        structures: targets of this lesion and all organs at risk.
        vessels: structures that stay at ``vessel_temperature_c``.
        ice, temperatures: what was seen to correct by.
        pictures: where the temperatures for the display go.
    """

    procedure_id: str
    lesion: str
    started: AwareDatetime
    until: AwareDatetime
    time_scale: float
    freeze: int
    freezing: bool
    tissue: str
    grid_mm: float
    probes: tuple[PlacedProbe, ...]
    others: tuple[PlacedProbe, ...]
    others_unplaced: tuple[str, ...] = ()
    frame_of_reference_uid: str | None
    structures_path: str | None
    structures: tuple[NamedStructure, ...]
    vessels: tuple[str, ...]
    vessel_temperature_c: float
    ice: tuple[SeenIce, ...]
    temperatures: tuple[SeenTemperature, ...]
    pictures: str
