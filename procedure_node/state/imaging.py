"""Reducers of scans, structures and what is found in them."""

from collections.abc import Callable, Collection
from typing import Any

from procedure_node.events import (
    AnalysisFailed,
    DoseBandsComputed,
    DoseComputed,
    Event,
    FrozenTotal,
    IceFound,
    ScanDiscovered,
    ScanReceived,
    ScanRefused,
    SeedsFound,
    StructuresReceived,
    StructuresRefused,
    SubVolumesFound,
    ViewStored,
)
from procedure_node.state.model import ProcedureState, ScanState
from procedure_node.state.procedure import with_mode
from procedure_node.state.registration import without_registrations

_NO_DOSE: dict[str, object] = {"dose": None, "dose_bands": None, "sub_volumes": None}

_NO_SEEDS: dict[str, object] = {
    "seeds": None,
    "seeds_identified": None,
    "needles": None,
    "plan_matched": None,
}

_NOTHING_FOUND: dict[str, object] = {
    **_NO_DOSE,
    **_NO_SEEDS,
    "ice": None,
    "view_directory": None,
    "registration": None,
    "registration_words": {},
    "failures": {},
}


def _scan(state: ProcedureState, event: Event, series_uid: str) -> ScanState:
    return state.scans.get(series_uid) or ScanState(
        series_uid=series_uid, description="", discovered_at=event.time.utc, status="ARRIVING"
    )


def _with_scan(
    state: ProcedureState, event: Event, series_uid: str, **update: object
) -> ProcedureState:
    scan = _scan(state, event, series_uid).model_copy(update=update)
    return state.model_copy(update={"scans": {**state.scans, series_uid: scan}})


def _discovered(state: ProcedureState, event: Event, payload: ScanDiscovered) -> ProcedureState:
    return _with_scan(
        state, event, payload.series_uid, description=payload.description, status="ARRIVING"
    )


def _received(state: ProcedureState, event: Event, payload: ScanReceived) -> ProcedureState:
    return _with_scan(
        with_mode(state, event.mode),
        event,
        payload.series_uid,
        status="RECEIVED",
        received=payload,
        received_at=event.time.utc,
        refused=(),
        **_NOTHING_FOUND,
    )


def _refused(state: ProcedureState, event: Event, payload: ScanRefused) -> ProcedureState:
    return _with_scan(
        state,
        event,
        payload.series_uid,
        status="REFUSED",
        refused=payload.reasons,
        is_localiser=payload.is_localiser,
        received=None,
        received_at=None,
        **_NOTHING_FOUND,
    )


def _structures(state: ProcedureState, event: Event, payload: StructuresReceived) -> ProcedureState:
    update = {
        "structures": payload,
        "structures_at": event.time.utc,
        "structure_sets_seen": tuple(
            dict.fromkeys((*state.structure_sets_seen, payload.structure_set_uid))
        ),
        "structures_refused": (),
    }
    if state.structures != payload:
        state = without_registrations(state)
    return with_mode(state, event.mode).model_copy(update=update)


def _structures_refused(
    state: ProcedureState, _event: Event, payload: StructuresRefused
) -> ProcedureState:
    return state.model_copy(update={"structures_refused": payload.reasons})


def _succeeded(
    state: ProcedureState, event: Event, series_uid: str, steps: Collection[str], **update: object
) -> ProcedureState:
    failures = _scan(state, event, series_uid).failures
    failures = {step: reason for step, reason in failures.items() if step not in steps}
    return _with_scan(state, event, series_uid, failures=failures, **update)


def _seeds(state: ProcedureState, event: Event, payload: SeedsFound) -> ProcedureState:
    return _succeeded(
        state, event, payload.series_uid, _BEFORE_SEEDS, **{**_NO_SEEDS, "seeds": payload}
    )


def _dose(state: ProcedureState, event: Event, payload: DoseComputed) -> ProcedureState:
    update = {**_NO_DOSE, "dose": payload}
    return _succeeded(state, event, payload.series_uid, {"DOSE"}, **update)


def _bands(state: ProcedureState, event: Event, payload: DoseBandsComputed) -> ProcedureState:
    return _succeeded(state, event, payload.series_uid, {"WEIGH"}, dose_bands=payload)


def _sub_volumes(state: ProcedureState, event: Event, payload: SubVolumesFound) -> ProcedureState:
    return _succeeded(state, event, payload.series_uid, {"WEIGH"}, sub_volumes=payload)


def _ice(state: ProcedureState, event: Event, payload: IceFound) -> ProcedureState:
    return _succeeded(state, event, payload.series_uid, {"ICE"}, ice=payload)


def _frozen_total(state: ProcedureState, _event: Event, payload: FrozenTotal) -> ProcedureState:
    return state.model_copy(update={"frozen_total": payload})


def _view(state: ProcedureState, event: Event, payload: ViewStored) -> ProcedureState:
    seeds = _scan(state, event, payload.series_uid).seeds
    return _succeeded(
        state,
        event,
        payload.series_uid,
        {"VIEW"},
        view_directory=payload.directory,
        view_edits=seeds.edits if seeds else (),
    )


_BEFORE_SEEDS = frozenset({"READ", "STRUCTURES", "SEEDS"})
"""Seeds are found only after the scan and the structures were read."""

_GONE_WITH_STEP: dict[str, dict[str, object]] = {
    "SEEDS": _NO_SEEDS,
    "DOSE": _NO_DOSE,
    "WEIGH": {"dose_bands": None, "sub_volumes": None},
    "REGISTRATION": {"registration": None, "registration_words": {}},
    "ICE": {"ice": None},
    "VIEW": {"view_directory": None},
    "PLAN": {"plan_matched": None},
}


def _failed(state: ProcedureState, event: Event, payload: AnalysisFailed) -> ProcedureState:
    failures = {**_scan(state, event, payload.series_uid).failures, payload.step: payload.reason}
    update = {**_GONE_WITH_STEP.get(payload.step, {}), "failures": failures}
    return _with_scan(state, event, payload.series_uid, **update)


IMAGING_REDUCERS: dict[type, Callable[[ProcedureState, Event, Any], ProcedureState]] = {
    ScanDiscovered: _discovered,
    ScanReceived: _received,
    ScanRefused: _refused,
    StructuresReceived: _structures,
    StructuresRefused: _structures_refused,
    SeedsFound: _seeds,
    DoseComputed: _dose,
    DoseBandsComputed: _bands,
    SubVolumesFound: _sub_volumes,
    IceFound: _ice,
    FrozenTotal: _frozen_total,
    ViewStored: _view,
    AnalysisFailed: _failed,
}
