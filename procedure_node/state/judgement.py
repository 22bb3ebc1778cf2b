"""Reducers of coverage and alerts."""

from collections.abc import Callable
from typing import Any

from procedure_node.events import (
    AlertAcknowledged,
    AlertCleared,
    AlertPriority,
    AlertRaised,
    CoverageAssessed,
    Event,
)
from procedure_node.protocol import Target
from procedure_node.state.alarms import without_delay
from procedure_node.state.model import AlertState, AuditEntry, ProcedureState

_URGENCY: dict[AlertPriority, int] = {"LOW": 0, "MEDIUM": 1, "HIGH": 2}
"""An acknowledgement does not outlive an escalation: what was noticed was something lesser."""


def _coverage(state: ProcedureState, event: Event, payload: CoverageAssessed) -> ProcedureState:
    key = Target(lesion=payload.lesion, zone=payload.zone).key
    return state.model_copy(
        update={
            "coverage": {**state.coverage, key: payload},
            "coverage_at": {**state.coverage_at, key: event.time.utc},
        }
    )


def _raised(state: ProcedureState, event: Event, payload: AlertRaised) -> ProcedureState:
    state = without_delay(state, payload.alert_id)
    known = state.alerts.get(payload.alert_id)
    past = state.past_alerts
    if known is not None and known.present:
        alert = known.model_copy(update={"raised": payload})
        if _URGENCY[payload.priority] > _URGENCY[known.raised.priority]:
            alert = alert.model_copy(
                update={"acknowledged_by": None, "acknowledged_at": None, "acknowledged_reason": ""}
            )
    else:
        alert = AlertState(raised=payload, raised_at=event.time.utc)
        past = past if known is None else (*past, known)
    return state.model_copy(
        update={"alerts": {**state.alerts, payload.alert_id: alert}, "past_alerts": past}
    )


def _cleared(state: ProcedureState, event: Event, payload: AlertCleared) -> ProcedureState:
    return _with_alert(
        without_delay(state, payload.alert_id),
        payload.alert_id,
        present=False,
        cleared_at=event.time.utc,
        cleared_reason=payload.reason,
    )


def _acknowledged(
    state: ProcedureState, event: Event, payload: AlertAcknowledged
) -> ProcedureState:
    entry = AuditEntry(
        at=event.time.utc,
        by=event.originator.name,
        act=payload.kind,
        subject=payload.alert_id,
        detail=payload.reason,
    )
    acknowledged = _with_alert(
        state,
        payload.alert_id,
        acknowledged_by=event.originator.name,
        acknowledged_at=event.time.utc,
        acknowledged_reason=payload.reason,
    )
    return acknowledged.model_copy(update={"audit": (*state.audit, entry)})


def _with_alert(state: ProcedureState, alert_id: str, **update: object) -> ProcedureState:
    known = state.alerts.get(alert_id)
    if known is None:
        return state
    alert = known.model_copy(update=update)
    return state.model_copy(update={"alerts": {**state.alerts, alert_id: alert}})


JUDGEMENT_REDUCERS: dict[type, Callable[[ProcedureState, Event, Any], ProcedureState]] = {
    CoverageAssessed: _coverage,
    AlertRaised: _raised,
    AlertCleared: _cleared,
    AlertAcknowledged: _acknowledged,
}
