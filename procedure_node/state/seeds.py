"""Reducers of seed identity, edits and plans."""

from collections.abc import Callable
from typing import Any

from procedure_node.events import (
    Event,
    NeedlesFound,
    SeedEdited,
    SeedEditWithdrawn,
    SeedPlanMatched,
    SeedPlanReceived,
    SeedsIdentified,
    StrandTold,
)
from procedure_node.state.model import AuditEntry, ProcedureState, SeedEditState
from procedure_node.state.procedure import with_mode


def _with_scan(state: ProcedureState, series_uid: str, **update: object) -> ProcedureState:
    scan = state.scans.get(series_uid)
    if scan is None:
        return state
    changed = scan.model_copy(update=update)
    return state.model_copy(update={"scans": {**state.scans, series_uid: changed}})


def _identified(state: ProcedureState, _event: Event, payload: SeedsIdentified) -> ProcedureState:
    known = max((seed.seed_id for seed in payload.known), default=0)
    given = state.model_copy(update={"seed_ids_given": max(state.seed_ids_given, known)})
    return _with_scan(given, payload.series_uid, seeds_identified=payload)


def _needles(state: ProcedureState, _event: Event, payload: NeedlesFound) -> ProcedureState:
    known = max((needle.needle_id for needle in payload.known), default=0)
    given = state.model_copy(update={"needle_ids_given": max(state.needle_ids_given, known)})
    return _with_scan(given, payload.series_uid, needles=payload)


def _edited(state: ProcedureState, event: Event, payload: SeedEdited) -> ProcedureState:
    edit = SeedEditState(at=event.time.utc, by=event.originator.name, edited=payload)
    seed = "a seed" if payload.seed_id is None else f"seed {payload.seed_id}"
    detail = f"edit {payload.edit}: {seed} {payload.action}: {payload.reason}"
    noted = _audited(state, event, payload.series_uid, detail)
    return _undosed(
        noted.model_copy(update={"seed_edits": (*state.seed_edits, edit)}), payload.series_uid
    )


def _withdrawn(state: ProcedureState, event: Event, payload: SeedEditWithdrawn) -> ProcedureState:
    taken_back = {
        "withdrawn_at": event.time.utc,
        "withdrawn_by": event.originator.name,
        "withdrawn_reason": payload.reason,
    }
    edits = tuple(
        e.model_copy(update=taken_back) if e.edited.edit == payload.edit else e
        for e in state.seed_edits
    )
    noted = _audited(state, event, f"edit {payload.edit}", payload.reason)
    noted = noted.model_copy(update={"seed_edits": edits})
    for edit in edits:
        if edit.edited.edit == payload.edit:
            noted = _undosed(noted, edit.edited.series_uid)
    return noted


def _undosed(state: ProcedureState, series_uid: str) -> ProcedureState:
    """The dose of other seeds than those that are there now is none."""
    return _with_scan(state, series_uid, dose=None, dose_bands=None, sub_volumes=None)


def _strand(state: ProcedureState, event: Event, payload: StrandTold) -> ProcedureState:
    seeds = ", ".join(map(str, payload.seed_ids))
    noted = _audited(state, event, f"seeds {seeds}", f"strand, {payload.spacing_mm:g} mm apart")
    kept = [s for s in state.strands if not {*s.seed_ids} & {*payload.seed_ids}]
    told = (payload,) if len(payload.seed_ids) > 1 else ()
    return noted.model_copy(update={"strands": (*kept, *told)})


def _plan(state: ProcedureState, event: Event, payload: SeedPlanReceived) -> ProcedureState:
    return with_mode(state, event.mode).model_copy(update={"seed_plan": payload})


def _plan_matched(state: ProcedureState, _event: Event, payload: SeedPlanMatched) -> ProcedureState:
    scan = state.scans.get(payload.series_uid)
    failures = {k: why for k, why in scan.failures.items() if k != "PLAN"} if scan else {}
    return _with_scan(state, payload.series_uid, plan_matched=payload, failures=failures)


def _audited(state: ProcedureState, event: Event, subject: str, detail: str) -> ProcedureState:
    entry = AuditEntry(
        at=event.time.utc,
        by=event.originator.name,
        act=event.payload.kind,
        subject=subject,
        detail=detail,
    )
    return state.model_copy(update={"audit": (*state.audit, entry)})


SEED_REDUCERS: dict[type, Callable[[ProcedureState, Event, Any], ProcedureState]] = {
    SeedsIdentified: _identified,
    NeedlesFound: _needles,
    SeedEdited: _edited,
    SeedEditWithdrawn: _withdrawn,
    StrandTold: _strand,
    SeedPlanReceived: _plan,
    SeedPlanMatched: _plan_matched,
}
