"""Doses to organs at risk against their limits, and the DVHs."""

from datetime import datetime

from dosimetry_core.values import Evidence
from procedure_node.display.page.ice import ice_rows
from procedure_node.display.page.model import Dvh, DvhLine, LimitRow, OrganRow
from procedure_node.display.page.readings import current_temperature
from procedure_node.display.page.scans import outdated, scan_numbers, scan_time
from procedure_node.events import Band, StructureDose
from procedure_node.protocol import OrganConstraint
from procedure_node.rules import band_of, implanted_since, newest_received
from procedure_node.state import ProcedureState

DVH_POINTS = 240
"""Points of a DVH on the page: finer than its pixels need."""


def organ_rows(state: ProcedureState, now: datetime) -> tuple[OrganRow, ...]:
    """Every organ of the protocol that has a limit, in the protocol's order."""
    doses, doubt = _organ_doses(state, now)
    scan = newest_received(state)
    missing = _unseen_seeds(state)
    rows: list[OrganRow] = []
    for organ in state.protocol.organs:
        dose = doses.get(organ.name)
        reason = doubt or ("" if dose else f"no dose is known for {organ.name}")
        band = band_of(scan, organ.name) if scan else None
        limits = [
            _dose_row(quantity, limit, actual, spread, reason, missing)
            for quantity, limit, actual, spread in (
                ("D2cc", organ.d2cc_limit_gy, dose and dose.d2cc_gy, band and band.d2cc_gy),
                ("D0.1cc", organ.d0_1cc_limit_gy, dose and dose.d0_1cc_gy, band and band.d0_1cc_gy),
            )
            if limit is not None
        ]
        limits.extend(_temperature_rows(state, organ, now))
        limits.extend(ice_rows(state, organ, now))
        if limits:
            rows.append(OrganRow(name=organ.name, limits=tuple(limits)))
    return tuple(rows)


def _organ_doses(state: ProcedureState, now: datetime) -> tuple[dict[str, StructureDose], str]:
    """Doses of the newest scan by structure, and why they cannot be believed (empty: they can)."""
    scan = newest_received(state)
    if scan is None:
        return {}, "there is no scan yet"
    for step in ("READ", "STRUCTURES", "SEEDS", "DOSE"):
        if step in scan.failures:
            return {}, scan.failures[step]
    if scan.dose is None:
        return {}, "the scan is being analysed"
    if doubt := outdated(state, scan, now):
        return {}, f"the newest scan: {doubt}"
    return {dose.name: dose for dose in scan.dose.structures}, ""


def _unseen_seeds(state: ProcedureState) -> str:
    """Why a dose may be more than the newest scan shows; empty if every reported seed is in it."""
    scan = newest_received(state)
    if scan is None or scan.seeds is None:
        return ""
    since = implanted_since(state, scan)
    if since:
        return f"{since} seeds were implanted after the newest scan"
    reported = sum(report.count for report in state.seed_reports)
    found = len(scan.seeds.seeds)
    return "" if found == reported else f"{found} seeds are seen, {reported} are reported"


def _dose_row(
    quantity: str,
    limit: float | str,
    actual: float | None,
    band: Band | None,
    doubt: str,
    missing: str,
) -> LimitRow:
    """One limit. What is over it stays over it, even if there may be more than was seen."""
    if isinstance(limit, str):
        status, reason = "UNSET", "the protocol leaves the limit unset"
    elif doubt or actual is None:
        status, actual = "UNKNOWN", None
        reason = doubt or f"the organ is too small for {quantity}"
    elif actual > limit:
        status, reason = "OVER", ""
    elif missing:
        status, actual, reason = "UNKNOWN", None, missing
    else:
        status, reason = "WITHIN", ""
    return LimitRow(
        quantity=quantity,
        unit="Gy",
        limit=None if isinstance(limit, str) else limit,
        actual=actual,
        high=band.high if band and actual is not None else None,
        status=status,
        evidence=Evidence.MODELLED,
        reason=reason,
    )


def _temperature_rows(
    state: ProcedureState, organ: OrganConstraint, now: datetime
) -> list[LimitRow]:
    minimum = organ.temperature_minimum_c
    if minimum is None:
        return []
    sensors = [s for s in state.sensors.values() if s.structure == organ.name]
    if not sensors:
        reason, actual = "no thermometer is placed there", None
    else:
        readings = [current_temperature(state, s.last, s.last_at, now) for s in sensors]
        known = [r.celsius for r in readings if r.celsius is not None]
        actual = min(known) if known else None
        reason = "; ".join(dict.fromkeys(r.reason for r in readings if r.celsius is None))
    if isinstance(minimum, str):
        status, reason = "UNSET", "the protocol leaves the limit unset"
    elif actual is not None and actual < minimum:
        status = "OVER"
    elif actual is None or reason:
        status = "UNKNOWN"
    else:
        status = "WITHIN"
    return [
        LimitRow(
            quantity="temp.",
            unit="°C",
            limit=None if isinstance(minimum, str) else minimum,
            actual=actual,
            high=None,
            status=status,
            evidence=Evidence.MEASURED,
            reason=reason,
        )
    ]


def dvh(state: ProcedureState, now: datetime) -> Dvh | None:
    """DVHs of the newest scan that has a dose; None before the first."""
    dosed = [s for s in state.scans.values() if s.dose is not None]
    scan = max(dosed, key=scan_time, default=None)
    if scan is None or scan.dose is None:
        return None
    drawn = state.structures.structures if state.structures else ()
    roles = {structure.name: structure.role for structure in drawn}
    return Dvh(
        scan_number=scan_numbers(state)[scan.series_uid],
        lines=tuple(
            _dvh_line(dose, roles.get(dose.name, "OTHER")) for dose in scan.dose.structures
        ),
        outdated=outdated(state, scan, now),
        research_models=scan.dose.research_models,
    )


def _dvh_line(dose: StructureDose, role: str) -> DvhLine:
    points = list(zip(dose.dvh.dose_gy, dose.dvh.volume_percent, strict=True))
    step = max(1, -(-len(points) // DVH_POINTS))
    kept = points[::step]
    if points and kept[-1] != points[-1]:
        kept.append(points[-1])
    return DvhLine.model_validate(
        {
            "name": dose.name,
            "role": role,
            "dose_gy": tuple(round(gy, 2) for gy, _ in kept),
            "volume_percent": tuple(round(percent, 2) for _, percent in kept),
        }
    )
