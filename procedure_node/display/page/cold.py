"""The modelled cold of each frozen lesion, in words and figures for the page."""

from datetime import datetime

from procedure_node.display.page.cold_model import ColdCard, ColdFigure, ColdOrgan, ColdTarget
from procedure_node.display.page.scans import scan_token
from procedure_node.events import (
    IsothermFigure,
    LethalZoneModelled,
    ModelCorrection,
    ModelledFigure,
)
from procedure_node.rules import modelled_doubt, undrawn_organs
from procedure_node.state import ProcedureState

SHOWN_LEVELS_C = (-20.0, -40.0)


def cold_cards(state: ProcedureState, now: datetime) -> tuple[ColdCard, ...]:
    """A card for each lesion that was frozen, in order of their first freezes."""
    return tuple(_card(state, zone, now) for zone in state.lethal_zones.values())


def _card(state: ProcedureState, zone: LethalZoneModelled, now: datetime) -> ColdCard:
    doubt = modelled_doubt(zone, now) if state.closed_at is None else ""
    is_known = zone.status == "MODELLED" and not doubt
    until = zone.modelled_until
    return ColdCard(
        lesion=zone.lesion,
        status=zone.status if zone.status != "MODELLED" or is_known else "UNKNOWN",
        reason=doubt or zone.reason,
        freeze=zone.freeze,
        freezing=zone.freezing,
        edition=until.isoformat() if is_known and until and zone.pictures else "",
        scans=tuple(
            scan_token(uid)
            for uid, scan in state.scans.items()
            if scan.received is not None
            and scan.received.frame_of_reference_uid == zone.frame_of_reference_uid
        ),
        tissue=zone.tissue,
        ice_cc=_at(zone.now_cc, 0.0) if is_known else None,
        lowest_cc=_shown(zone.lowest_cc) if is_known else (),
        targets=tuple(
            ColdTarget(structure=s.name, within_percent=_shown(s.lethal_percent))
            for s in zone.structures
            if s.role == "TARGET"
        )
        if is_known
        else (),
        organs=_organs(state, zone) if is_known and not zone.is_over else (),
        undrawn_organs=undrawn_organs(state) if is_known and not zone.is_over else (),
        corrected_by=correction_words(zone.correction),
        warnings=zone.warnings,
    )


def _organs(state: ProcedureState, zone: LethalZoneModelled) -> tuple[ColdOrgan, ...]:
    limits = {o.name: o.modelled_ice_distance_minimum_mm for o in state.protocol.organs}
    rows: list[ColdOrgan] = []
    for one in zone.structures:
        distance = one.ice_distance_mm
        if one.role != "ORGAN" or distance is None:
            continue
        limit = limits.get(one.name)
        limit_mm = limit if isinstance(limit, float) else None
        rows.append(
            ColdOrgan(
                name=one.name,
                ice_distance_mm=distance.best,
                nearest_mm=distance.low,
                limit_mm=limit_mm,
                status="UNSET"
                if limit_mm is None
                else "OVER"
                if distance.best < limit_mm
                else "WITHIN",
            )
        )
    return tuple(sorted(rows, key=lambda row: row.ice_distance_mm))


def _shown(figures: tuple[IsothermFigure, ...]) -> tuple[ColdFigure, ...]:
    found = (_at(figures, level) for level in SHOWN_LEVELS_C)
    return tuple(figure for figure in found if figure is not None)


def _at(figures: tuple[IsothermFigure, ...], level_c: float) -> ColdFigure | None:
    for one in figures:
        if one.level_c == level_c:
            return _figure(level_c, one.amount)
    return None


def _figure(level_c: float, amount: ModelledFigure) -> ColdFigure:
    return ColdFigure(level_c=level_c, best=amount.best, low=amount.low, high=amount.high)


def correction_words(correction: ModelCorrection | None) -> str:
    """What the model was corrected by, and by how much; empty where it was not."""
    if correction is None:
        return ""
    seen = ", ".join(dict.fromkeys(one.seen for one in correction.comparisons))
    before = _range([wall.before_c for wall in correction.walls])
    after = _range([wall.after_c for wall in correction.walls])
    misfit = "; it does not fit well" if correction.misfit > 1.0 else ""
    return f"{seen}: probe walls {before} → {after} °C{misfit}"


def _range(values_c: list[float]) -> str:
    low, high = (f"{value:.0f}" for value in (min(values_c), max(values_c)))
    return low if low == high else f"{low} to {high}"
