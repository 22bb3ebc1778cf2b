"""Alert conditions of the modelled cold near organs at risk."""

from collections.abc import Iterator
from datetime import datetime

from procedure_node.alarms import CONDITIONS
from procedure_node.events import LethalZoneModelled
from procedure_node.protocol import OrganConstraint
from procedure_node.rules.conditions import Finding, Undecided, alert_id, present
from procedure_node.rules.modelled_cold import modelled_doubt
from procedure_node.state import ProcedureState

CONDITION = "modelled-ice-near-organ"

CLEARED_BEYOND_MM = CONDITIONS[CONDITION].hysteresis
"""Corrections by what is seen move the modelled ice to and fro by a part of this."""


def modelled_ice_near_organs(state: ProcedureState, now: datetime) -> Iterator[Finding]:
    """Organs that the modelled ice of any lesion is nearer to than the protocol allows.

    By the likely ice, not by all that is possible: an alert that is there in every freeze would be
    passed over. While a model does not know, an alert that was there stays.
    """
    for organ in state.protocol.organs:
        limit_mm = organ.modelled_ice_distance_minimum_mm
        if isinstance(limit_mm, float):
            yield from _near(state, organ, limit_mm, now)


def _near(
    state: ProcedureState, organ: OrganConstraint, limit_mm: float, now: datetime
) -> Iterator[Finding]:
    distances_mm: list[float] = []
    for zone in state.lethal_zones.values():
        if modelled_doubt(zone, now):
            yield Undecided(alert_id(CONDITION, organ.name))
        elif not zone.is_over:
            distances_mm += _distance_mm(zone, organ.name)
    if not distances_mm or min(distances_mm) >= limit_mm + CLEARED_BEYOND_MM:
        return
    nearest_mm = min(distances_mm)
    if nearest_mm >= limit_mm:
        yield Undecided(alert_id(CONDITION, organ.name))
        return
    where = "at" if nearest_mm < 1.0 else f"{nearest_mm:.0f} mm from"
    yield present(
        CONDITION,
        organ.name,
        text=(
            f"Modelled ice is {where} {organ.name}, it must stay {limit_mm:g} mm away; "
            "it was not seen there"
        ),
    )


def _distance_mm(zone: LethalZoneModelled, organ: str) -> list[float]:
    return [
        one.ice_distance_mm.best
        for one in zone.structures
        if one.name == organ and one.ice_distance_mm is not None
    ]
