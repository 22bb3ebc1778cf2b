"""Reducers of logging in and out: acts of people, for the record of the procedure that is open."""

from collections.abc import Callable
from typing import Any

from procedure_node.events import Event, LoggedIn, LoggedOut, LoginFailed, LogoutReason
from procedure_node.state.model import ProcedureState
from procedure_node.state.procedure import audited

_WHY: dict[LogoutReason, str] = {
    "ASKED": "logged out",
    "UNUSED": "the page was not used for too long",
    "LONGEST": "the longest time of a login was over",
    "OTHER_LOGIN": "somebody logged in in the same browser",
    "NOT_ALLOWED": "taken out of the node's people",
    "PAGE_STOPPED": "the node stopped serving the page",
}


def _logged_in(state: ProcedureState, event: Event, _payload: LoggedIn) -> ProcedureState:
    role = event.originator.role
    return audited(state, event, "", f"at the page, as {role}" if role else "at the page")


def _logged_out(state: ProcedureState, event: Event, payload: LoggedOut) -> ProcedureState:
    return audited(state, event, "", _WHY[payload.why])


def _failed(state: ProcedureState, event: Event, payload: LoginFailed) -> ProcedureState:
    if payload.person is None:
        return audited(state, event, "", f"{payload.tries} times with a name that nobody has")
    left = payload.tries_left
    then = "the name is locked for a while" if left == 0 else f"{left} more tries"
    return audited(state, event, payload.person, f"wrong password; {then}")


PEOPLE_REDUCERS: dict[type, Callable[[ProcedureState, Event, Any], ProcedureState]] = {
    LoggedIn: _logged_in,
    LoggedOut: _logged_out,
    LoginFailed: _failed,
}
