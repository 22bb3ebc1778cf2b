"""Reducers of the node's own life and of its links."""

from collections.abc import Callable
from typing import Any

from procedure_node.events import Event, LinkChanged, NodeStarted, NodeStopped
from procedure_node.state.lethal_zone import caught_up_again
from procedure_node.state.model import LinkStatus, NodeState
from procedure_node.state.telemetry import with_gap


def _started(state: NodeState, event: Event, payload: NodeStarted) -> NodeState:
    procedure = state.procedure
    if procedure is not None:
        probes = {key: with_gap(probe, event.time) for key, probe in procedure.probes.items()}
        procedure = caught_up_again(procedure.model_copy(update={"probes": probes}))
    return state.model_copy(
        update={
            "session": payload.session,
            "room": payload.room,
            "software_version": payload.software_version,
            "running": True,
            "links": {},
            "procedure": procedure,
        }
    )


def _stopped(state: NodeState, _event: Event, _payload: NodeStopped) -> NodeState:
    return state.model_copy(update={"running": False})


def _link_changed(state: NodeState, event: Event, payload: LinkChanged) -> NodeState:
    status = LinkStatus(
        role=payload.role, state=payload.state, reason=payload.reason, since=event.time.utc
    )
    return state.model_copy(update={"links": {**state.links, payload.link: status}})


NODE_REDUCERS: dict[type, Callable[[NodeState, Event, Any], NodeState]] = {
    NodeStarted: _started,
    NodeStopped: _stopped,
    LinkChanged: _link_changed,
}
