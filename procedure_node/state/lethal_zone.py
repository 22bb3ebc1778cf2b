"""Reducers of the modelled cold."""

from collections.abc import Callable
from typing import Any

from procedure_node.events import Event, LethalZoneModelled
from procedure_node.state.model import ProcedureState


def _modelled(state: ProcedureState, _event: Event, payload: LethalZoneModelled) -> ProcedureState:
    update: dict[str, object] = {"lethal_zones": {**state.lethal_zones, payload.lesion: payload}}
    if payload.status == "MODELLED" and payload.freeze and not payload.freezing:
        key = f"{payload.lesion}/{payload.freeze}"
        update["lethal_zone_of_freeze"] = {**state.lethal_zone_of_freeze, key: payload}
    return state.model_copy(update=update)


def caught_up_again(state: ProcedureState) -> ProcedureState:
    """After a start of the node: its model must go through the freezes again before it knows.

    What was known when a procedure was closed stays as it was.
    """
    if state.closed_at is not None:
        return state
    zones = {
        lesion: LethalZoneModelled(
            lesion=lesion,
            status="CATCHING_UP",
            reason="the node was started again and computes what was frozen before",
            freeze=zone.freeze,
            freezing=zone.freezing,
        )
        for lesion, zone in state.lethal_zones.items()
    }
    return state.model_copy(update={"lethal_zones": zones})


LETHAL_ZONE_REDUCERS: dict[type, Callable[[ProcedureState, Event, Any], ProcedureState]] = {
    LethalZoneModelled: _modelled,
}
