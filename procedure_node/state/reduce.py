"""The one function that makes the next state from an event."""

from collections.abc import Callable, Iterable
from typing import Any

from procedure_node.events import Event
from procedure_node.state.alarms import ALARM_REDUCERS
from procedure_node.state.allocation import ALLOCATION_REDUCERS
from procedure_node.state.conduct import CONDUCT_REDUCERS
from procedure_node.state.imaging import IMAGING_REDUCERS
from procedure_node.state.judgement import JUDGEMENT_REDUCERS
from procedure_node.state.lethal_zone import LETHAL_ZONE_REDUCERS
from procedure_node.state.model import NodeState, ProcedureState
from procedure_node.state.node import NODE_REDUCERS
from procedure_node.state.people import PEOPLE_REDUCERS
from procedure_node.state.procedure import PROCEDURE_REDUCERS, opened
from procedure_node.state.registration import REGISTRATION_REDUCERS
from procedure_node.state.seeds import SEED_REDUCERS
from procedure_node.state.telemetry import TELEMETRY_REDUCERS

_OF_PROCEDURE: dict[type, Callable[[ProcedureState, Event, Any], ProcedureState]] = {
    **PROCEDURE_REDUCERS,
    **ALLOCATION_REDUCERS,
    **CONDUCT_REDUCERS,
    **IMAGING_REDUCERS,
    **SEED_REDUCERS,
    **REGISTRATION_REDUCERS,
    **TELEMETRY_REDUCERS,
    **LETHAL_ZONE_REDUCERS,
    **JUDGEMENT_REDUCERS,
    **ALARM_REDUCERS,
    **PEOPLE_REDUCERS,
}


def reduce(state: NodeState, event: Event) -> NodeState:
    """The state after ``event``: pure, so that a replay gives the same state bit for bit.

    An event of another procedure than the current one changes nothing but ``last_event_at``.
    """
    payload = event.payload
    update: dict[str, object] = {"last_event_at": event.time.utc}
    kind = type(payload)
    if kind in NODE_REDUCERS:
        return NODE_REDUCERS[kind](state, event, payload).model_copy(update=update)
    if payload.kind == "procedure-opened":
        update["procedure"] = opened(event, payload)
    elif (
        state.procedure is not None
        and event.procedure_id == state.procedure.procedure_id
        and kind in _OF_PROCEDURE
    ):
        update["procedure"] = _OF_PROCEDURE[kind](state.procedure, event, payload)
    return state.model_copy(update=update)


def replay(events: Iterable[Event], state: NodeState | None = None) -> NodeState:
    """The state after all of ``events``, from an empty one unless a state is given."""
    result = state or NodeState()
    for event in events:
        result = reduce(result, event)
    return result
