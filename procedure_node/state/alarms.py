"""Reducers of delays, escalations, pauses and the sound check."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from procedure_node.events import (
    AlarmsPaused,
    AlarmsResumed,
    AlertDelayEnded,
    AlertDelayStarted,
    AlertEscalated,
    Event,
    SoundChecked,
)
from procedure_node.state.model import AlarmPause, AuditEntry, ProcedureState


def without_delay(state: ProcedureState, alert_id: str) -> ProcedureState:
    """The state in which no delay of an alert runs."""
    if alert_id not in state.alert_delays:
        return state
    left = {key: since for key, since in state.alert_delays.items() if key != alert_id}
    return state.model_copy(update={"alert_delays": left})


def _delay_started(
    state: ProcedureState, event: Event, payload: AlertDelayStarted
) -> ProcedureState:
    delays = {**state.alert_delays, payload.alert_id: event.time.utc}
    return state.model_copy(update={"alert_delays": delays})


def _delay_ended(state: ProcedureState, _event: Event, payload: AlertDelayEnded) -> ProcedureState:
    return without_delay(state, payload.alert_id)


def _escalated(state: ProcedureState, event: Event, payload: AlertEscalated) -> ProcedureState:
    known = state.alerts.get(payload.alert_id)
    if known is None:
        return state
    alert = known.model_copy(update={"escalated_at": event.time.utc})
    return state.model_copy(update={"alerts": {**state.alerts, payload.alert_id: alert}})


def _paused(state: ProcedureState, event: Event, payload: AlarmsPaused) -> ProcedureState:
    at = event.time.utc
    pause = AlarmPause(
        at=at,
        until=at + timedelta(seconds=payload.seconds),
        by=event.originator.name,
        reason=payload.reason,
    )
    told = _with_audit(state, event, f"{payload.seconds} s", payload.reason)
    return told.model_copy(update={"alarm_pause": pause})


def _resumed(state: ProcedureState, event: Event, _payload: AlarmsResumed) -> ProcedureState:
    return _with_audit(state, event, "", "").model_copy(update={"alarm_pause": None})


def _sound_checked(state: ProcedureState, event: Event, payload: SoundChecked) -> ProcedureState:
    told = _with_audit(state, event, "", "heard" if payload.heard else "not heard")
    return told.model_copy(update={"sound_checked_at": event.time.utc if payload.heard else None})


def _with_audit(state: ProcedureState, event: Event, subject: str, detail: str) -> ProcedureState:
    entry = AuditEntry(
        at=event.time.utc,
        by=event.originator.name,
        act=event.payload.kind,
        subject=subject,
        detail=detail,
    )
    return state.model_copy(update={"audit": (*state.audit, entry)})


ALARM_REDUCERS: dict[type, Callable[[ProcedureState, Event, Any], ProcedureState]] = {
    AlertDelayStarted: _delay_started,
    AlertDelayEnded: _delay_ended,
    AlertEscalated: _escalated,
    AlarmsPaused: _paused,
    AlarmsResumed: _resumed,
    SoundChecked: _sound_checked,
}
