"""Facts of coverage: what is wanted, and what is there."""

from dosimetry_core.values import Evidence
from procedure_node.events import CoverageFact


def at_least(
    quantity: str,
    unit: str,
    wanted: float | str,
    actual: float | None,
    evidence: Evidence,
    unknown_reason: str = "",
) -> CoverageFact:
    """Met when ``actual`` is at least ``wanted``; unknown where either is missing."""
    if isinstance(wanted, str):
        return CoverageFact(
            quantity=quantity,
            unit=unit,
            wanted=None,
            actual=actual,
            met=None,
            evidence=evidence,
            unknown_reason=f"the protocol leaves what {quantity} must be unset",
        )
    if unknown_reason or actual is None:
        return CoverageFact(
            quantity=quantity,
            unit=unit,
            wanted=wanted,
            actual=None,
            met=None,
            evidence=evidence,
            unknown_reason=unknown_reason or f"{quantity} is not known",
        )
    return CoverageFact(
        quantity=quantity,
        unit=unit,
        wanted=wanted,
        actual=actual,
        met=actual >= wanted,
        evidence=evidence,
    )
