"""Reducers of what lesions are given, and of the facts that decide it."""

from collections.abc import Callable
from typing import Any

from procedure_node.events import (
    CombinedCoverage,
    Event,
    LesionsMeasured,
    NeedlePathReported,
    TargetAllocated,
)
from procedure_node.protocol import Target
from procedure_node.state.model import ProcedureState
from procedure_node.state.procedure import audited


def _measured(state: ProcedureState, _event: Event, payload: LesionsMeasured) -> ProcedureState:
    return state.model_copy(update={"lesions": payload})


def _needle_path(
    state: ProcedureState, event: Event, payload: NeedlePathReported
) -> ProcedureState:
    return audited(
        state,
        event,
        payload.lesion,
        f"needle path {payload.length_mm:g} mm",
        needle_paths={**state.needle_paths, payload.lesion: payload.length_mm},
    )


def _allocated(state: ProcedureState, event: Event, payload: TargetAllocated) -> ProcedureState:
    key = Target(lesion=payload.lesion, zone=payload.zone).key
    proposed = f"; proposed was {payload.proposed}" if payload.is_overridden else ""
    return audited(
        state,
        event,
        key,
        f"{payload.modality}: {payload.reason}{proposed}",
        allocations={**state.allocations, key: payload.modality},
        allocated={**state.allocated, key: payload},
    )


def _combined(state: ProcedureState, _event: Event, payload: CombinedCoverage) -> ProcedureState:
    return state.model_copy(update={"combined": {**state.combined, payload.lesion: payload}})


ALLOCATION_REDUCERS: dict[type, Callable[[ProcedureState, Event, Any], ProcedureState]] = {
    LesionsMeasured: _measured,
    CombinedCoverage: _combined,
    NeedlePathReported: _needle_path,
    TargetAllocated: _allocated,
}
