"""Facts of coverage: what is wanted, what is there, and how sure that is."""

from dosimetry_core.values import Evidence
from procedure_node.events import Band, CoverageFact


def at_least(
    quantity: str,
    unit: str,
    wanted: float | str,
    actual: float | None,
    evidence: Evidence,
    unknown_reason: str = "",
    band: Band | None = None,
) -> CoverageFact:
    """Met when ``actual`` is at least ``wanted``; unknown where either is missing.

    ``band`` is what ``actual`` may be; it is left out where ``actual`` is not known.
    """
    if isinstance(wanted, str):
        return CoverageFact(
            quantity=quantity,
            unit=unit,
            wanted=None,
            actual=actual,
            met=None,
            evidence=evidence,
            band=band if actual is not None else None,
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
        band=band,
    )


def is_within_error(fact: CoverageFact) -> bool:
    """Whether what was met might not be, or what was not met might be, by the figure's band."""
    if fact.met is None or fact.wanted is None or fact.band is None:
        return False
    return fact.band.low < fact.wanted if fact.met else fact.band.high >= fact.wanted
