"""Messages of imaged ice. A scan is named by the token of its series UID; places are LPS, mm."""

from typing import Literal

from dosimetry_core.values import Evidence
from procedure_node.events import Band, BaselineUse, Fact
from procedure_node.messages.base import Message, PublicText, Token

Place = tuple[float, float, float]


class StructureIceBody(Fact):
    """Imaged ice over one structure; a negative margin means that it sticks out of the ice.

    ``margin_percent`` is the share of the structure's surface whose margin is below 0, 0 to 5, and
    5 mm or more. Bands are the 5th and 95th percentile by the error of the ice surface. What an
    earlier release did not compute is null.
    """

    name: str
    covered_percent: float
    covered_band: Band | None
    minimum_margin_mm: float | None
    margin_band: Band | None
    margin_place_mm: Place | None
    surface_cm2: float | None
    margin_percent: tuple[float, float, float] | None
    unfrozen_cc: float | None
    unfrozen_band: Band | None
    unfrozen_center_mm: Place | None


class OrganIceBody(Fact):
    """Imaged ice near an organ at risk; a negative approach means that it reaches into it."""

    name: str
    spill_cc: float
    spill_band: Band | None
    approach_mm: float | None
    approach_band: Band | None
    place_mm: Place | None


class IceMessage(Message):
    """Ice seen in the newest scan that was searched for it.

    ``baseline_use`` tells how the scan from before freezing was laid over; without one
    (``baseline_scan`` is null, NONE) the ice is much less sure. The mean distance of the surface
    from the true one is below ``surface_error_mm`` in nine of ten cases.
    """

    kind: Literal["ice"] = "ice"
    version: Literal[1] = 1
    scan: Token
    baseline_scan: Token | None
    baseline_use: BaselineUse | None
    volume_cc: float
    volume_band: Band | None
    surface_error_mm: float | None
    structures: tuple[StructureIceBody, ...]
    organs: tuple[OrganIceBody, ...]
    evidence: Literal[Evidence.IMAGED] = Evidence.IMAGED
    warnings: tuple[PublicText, ...]


class FrozenMessage(Message):
    """What was ice in any scan of the procedure, laid over each other in one frame.

    ``volume_cc`` is null where it is not known, and ``unknown_reason`` says why; ``at_least_cc`` is
    the most that a single scan showed.
    """

    kind: Literal["frozen"] = "frozen"
    version: Literal[1] = 1
    volume_cc: float | None
    volume_band: Band | None
    unknown_reason: PublicText
    at_least_cc: float | None
    scan_count: int
    evidence: Literal[Evidence.IMAGED] = Evidence.IMAGED
