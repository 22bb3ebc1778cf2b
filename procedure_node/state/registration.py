"""Reducers of how contours are carried to scans."""

from collections.abc import Callable
from typing import Any

from procedure_node.events import (
    Event,
    PlanningCtReceived,
    PlanningCtRefused,
    RegistrationComputed,
    RegistrationConfirmed,
    RegistrationObjectReceived,
    RegistrationObjectRefused,
    RegistrationRefused,
    RegistrationRequested,
)
from procedure_node.state.model import ProcedureState, RegistrationWord, ScanState
from procedure_node.state.procedure import audited, with_mode


def without_registrations(state: ProcedureState) -> ProcedureState:
    """A procedure whose contours were drawn anew: where the former ones lay tells nothing."""
    return state.model_copy(
        update={
            "scans": {
                uid: scan.model_copy(update={"registration": None, "registration_words": {}})
                for uid, scan in state.scans.items()
            }
        }
    )


def _planning(state: ProcedureState, event: Event, payload: PlanningCtReceived) -> ProcedureState:
    update = {"planning": payload, "planning_refused": ()}
    return with_mode(state, event.mode).model_copy(update=update)


def _planning_refused(
    state: ProcedureState, _event: Event, payload: PlanningCtRefused
) -> ProcedureState:
    return state.model_copy(update={"planning_refused": payload.reasons})


def _object(
    state: ProcedureState, event: Event, payload: RegistrationObjectReceived
) -> ProcedureState:
    others = [
        one
        for one in state.registration_objects
        if one.sop_instance_uid != payload.sop_instance_uid
    ]
    update = {"registration_objects": (*others, payload), "registration_objects_refused": ()}
    return with_mode(state, event.mode).model_copy(update=update)


def _object_refused(
    state: ProcedureState, _event: Event, payload: RegistrationObjectRefused
) -> ProcedureState:
    return state.model_copy(update={"registration_objects_refused": payload.reasons})


def _computed(
    state: ProcedureState, _event: Event, payload: RegistrationComputed
) -> ProcedureState:
    scan = state.scans.get(payload.series_uid)
    if scan is None:
        return state
    failures = {step: why for step, why in scan.failures.items() if step != "REGISTRATION"}
    before = scan.registration
    is_same = before is not None and before.request_sha256 == payload.request_sha256
    words = scan.registration_words if is_same else {}
    return _with_scan(
        state, scan, registration=payload, registration_words=words, failures=failures
    )


def _requested(
    state: ProcedureState, event: Event, payload: RegistrationRequested
) -> ProcedureState:
    scan = state.scans.get(payload.series_uid)
    if scan is None:
        return state
    asked = _with_scan(
        state,
        scan,
        registration_wanted=payload.method,
        registration=None,
        registration_words={},
    )
    return audited(
        asked, event, payload.series_uid, f"{payload.method}: {payload.reason}", scans=asked.scans
    )


def _said(
    state: ProcedureState, event: Event, payload: RegistrationConfirmed | RegistrationRefused
) -> ProcedureState:
    scan = state.scans.get(payload.series_uid)
    if scan is None:
        return state
    word = RegistrationWord(
        at=event.time.utc,
        by=event.originator.name,
        confirmed=isinstance(payload, RegistrationConfirmed),
        reason=payload.reason,
    )
    words = {**scan.registration_words, payload.lesion: word}
    told = _with_scan(state, scan, registration_words=words)
    subject = f"{payload.lesion} in {payload.series_uid}"
    return audited(told, event, subject, payload.reason, scans=told.scans)


def _with_scan(state: ProcedureState, scan: ScanState, **update: object) -> ProcedureState:
    changed = scan.model_copy(update=update)
    return state.model_copy(update={"scans": {**state.scans, scan.series_uid: changed}})


REGISTRATION_REDUCERS: dict[type, Callable[[ProcedureState, Event, Any], ProcedureState]] = {
    PlanningCtReceived: _planning,
    PlanningCtRefused: _planning_refused,
    RegistrationObjectReceived: _object,
    RegistrationObjectRefused: _object_refused,
    RegistrationComputed: _computed,
    RegistrationRequested: _requested,
    RegistrationConfirmed: _said,
    RegistrationRefused: _said,
}
