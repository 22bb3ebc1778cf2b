"""Reducers of how a procedure keeps to its protocol."""

from collections.abc import Callable
from typing import Any

from procedure_node.events import DeviationExplained, DeviationNoted, Event, ProtocolChanged
from procedure_node.state.model import DeviationState, ProcedureState
from procedure_node.state.procedure import audited


def _noted(state: ProcedureState, event: Event, payload: DeviationNoted) -> ProcedureState:
    return _with(state, event, payload)


def _with(
    state: ProcedureState, event: Event, noted: DeviationNoted, **update: object
) -> ProcedureState:
    found = DeviationState(noted=noted, noted_at=event.time.utc, reason=noted.reason)
    deviations = {**state.deviations, noted.deviation: found}
    return state.model_copy(update={**update, "deviations": deviations})


def _explained(state: ProcedureState, event: Event, payload: DeviationExplained) -> ProcedureState:
    known = state.deviations.get(payload.deviation)
    if known is None:
        return state
    explained = known.model_copy(
        update={
            "reason": payload.reason,
            "explained_by": event.originator.name,
            "explained_at": event.time.utc,
        }
    )
    deviations = {**state.deviations, payload.deviation: explained}
    return audited(state, event, payload.deviation, payload.reason, deviations=deviations)


def _protocol_changed(
    state: ProcedureState, event: Event, payload: ProtocolChanged
) -> ProcedureState:
    was, now = state.protocol, payload.protocol
    words = f"{was.name} version {was.version} gave way to {now.name} version {now.version}"
    noted = DeviationNoted(
        deviation=f"protocol:{payload.protocol_sha256[:12]}:{event.time.utc:%H%M%S}",
        of="PROTOCOL",
        what=f"the protocol was changed: {words}",
        reason=payload.reason,
    )
    return _with(
        audited(state, event, now.name, f"{words}: {payload.reason}"),
        event,
        noted,
        protocol=now,
        protocol_sha256=payload.protocol_sha256,
    )


CONDUCT_REDUCERS: dict[type, Callable[[ProcedureState, Event, Any], ProcedureState]] = {
    DeviationNoted: _noted,
    DeviationExplained: _explained,
    ProtocolChanged: _protocol_changed,
}
