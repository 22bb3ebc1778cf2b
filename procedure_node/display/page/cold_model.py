"""What the page is told of the modelled cold."""

from typing import Literal

from procedure_node.display.page.part import Part
from procedure_node.events import ModelStatus
from procedure_node.messages import PublicText


class ColdFigure(Part):
    """What lies within an isotherm, likely and surely to possibly (None: no band)."""

    level_c: float
    best: float
    low: float | None
    high: float | None


class ColdTarget(Part):
    """Shares of a drawn target that were ever within -20 and -40 C, percent."""

    structure: str
    within_percent: tuple[ColdFigure, ...]


class ColdOrgan(Part):
    """How far the modelled ice of now is from an organ, mm; None where it is nowhere near."""

    name: str
    ice_distance_mm: float
    nearest_mm: float | None
    limit_mm: float | None
    status: Literal["WITHIN", "OVER", "UNSET"]


class ColdCard(Part):
    """The modelled cold of one lesion.

    Figures are there while ``status`` is MODELLED; otherwise ``reason`` says why not. ``edition``
    changes with the isotherms; it is empty where none can be drawn. ``scans`` are the tokens of
    those that they may be drawn on: scans on the same frame of reference. ``organs`` are those
    drawn, the nearest to the ice first; of ``undrawn_organs`` no distance is known.
    """

    lesion: str
    status: ModelStatus
    reason: PublicText
    freeze: int
    freezing: bool
    edition: str
    scans: tuple[str, ...]
    tissue: str
    ice_cc: ColdFigure | None
    lowest_cc: tuple[ColdFigure, ...]
    targets: tuple[ColdTarget, ...]
    organs: tuple[ColdOrgan, ...]
    undrawn_organs: tuple[PublicText, ...]
    corrected_by: PublicText
    warnings: tuple[PublicText, ...]
