"""What a person sets otherwise than the protocol does."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ZoningChoices:
    """Adjustments of the zones; None leaves it to the protocol.

    Attributes:
        lesions: only these are zoned, bulky or not; empty: those that are bulky.
        core_margin_mm: inward margin of the core.
        core_structure: a drawn structure that is the core.
        high_risk_within_mm: how close to its organs the high-risk margin is.
        high_risk_structure: a drawn structure that is the high-risk margin.
    """

    lesions: tuple[str, ...] = ()
    core_margin_mm: float | None = None
    core_structure: str | None = None
    high_risk_within_mm: float | None = None
    high_risk_structure: str | None = None
