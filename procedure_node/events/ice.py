"""Ice that was imaged: where its surface lies, what it covers, and what it comes near to."""

from typing import Literal

from procedure_node.events.base import Fact, NonNegative, Payload, XyzMm
from procedure_node.events.dose import Band


class StructureIce(Fact):
    """Imaged ice over one structure.

    ``minimum_margin_mm`` is the least signed distance from the structure's surface outwards to the
    ice surface, at ``margin_place_mm`` (LPS); negative where the structure sticks out of the ice,
    None where there is none. ``margin_percent`` is the share of the structure's surface whose
    margin is below 0, 0 to 5, and 5 mm or more. Bands follow from the error of the ice surface.
    The figures after ``minimum_margin_mm`` are None where an earlier release wrote the event.
    """

    name: str
    covered_percent: float
    minimum_margin_mm: float | None
    covered_band: Band | None = None
    margin_band: Band | None = None
    margin_place_mm: XyzMm | None = None
    surface_cm2: NonNegative | None = None
    margin_percent: tuple[float, float, float] | None = None
    unfrozen_cc: NonNegative | None = None
    unfrozen_band: Band | None = None
    unfrozen_center_mm: XyzMm | None = None


class OrganIce(Fact):
    """Imaged ice near one organ at risk.

    ``spill_cc`` is the organ's volume in the ice. ``approach_mm`` is the least distance from the
    ice surface to the organ's, at ``place_mm`` on the organ (LPS); negative where the ice reaches
    into it. All but the name and the spill are None without any ice.
    """

    name: str
    spill_cc: NonNegative
    spill_band: Band | None = None
    approach_mm: float | None = None
    approach_band: Band | None = None
    place_mm: XyzMm | None = None


BaselineUse = Literal["FRAME", "REGISTERED", "NONE"]
"""How the scan from before freezing was laid over: by its frame of reference, by its images, or
not at all, which makes the ice much less sure."""


class IceFound(Payload):
    """Ice seen in one scan, against the baseline scan from before freezing if there is a fit one.

    The mean distance of the surface from the true one is below ``surface_error_mm`` in nine of ten
    cases. What stands after ``warnings`` is not known where an earlier release wrote the event;
    it always had a baseline.
    """

    kind: Literal["ice-found"] = "ice-found"
    version: Literal[1] = 1
    series_uid: str
    baseline_series_uid: str | None
    structure_set_uid: str
    volume_cc: NonNegative
    structures: tuple[StructureIce, ...]
    warnings: tuple[str, ...] = ()
    volume_band: Band | None = None
    surface_error_mm: NonNegative | None = None
    baseline_use: BaselineUse | None = None
    organs: tuple[OrganIce, ...] = ()
