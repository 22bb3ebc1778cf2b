"""Who logs in at the page and out of it, and who tries to. Never a password."""

from typing import Annotated, Literal

from pydantic import Field

from procedure_node.events.base import Payload

LogoutReason = Literal["ASKED", "UNUSED", "LONGEST", "OTHER_LOGIN", "NOT_ALLOWED", "PAGE_STOPPED"]
"""Why a session ended: the person said so, did nothing for too long, or had it for a whole shift;
another login took its place in the same browser; the person was taken out of the node's people;
or the node stopped serving the page."""

Tries = Annotated[int, Field(ge=0)]


class LoggedIn(Payload):
    """The person that the event originates from has logged in at the page."""

    kind: Literal["logged-in"] = "logged-in"
    version: Literal[1] = 1


class LoginFailed(Payload):
    """A name and a password were given at the page that do not belong together.

    Attributes:
        person: whose name was given; None where no such person is known: what was typed there may
            be anything, even a password.
        tries: how many times; more than one only where no such person is known.
        tries_left: until the name is locked for a while; None where no such person is known.
    """

    kind: Literal["login-failed"] = "login-failed"
    version: Literal[1] = 1
    person: str | None
    tries: Annotated[int, Field(gt=0)] = 1
    tries_left: Tries | None = None


class LoggedOut(Payload):
    """The session of the person that the event originates from has ended."""

    kind: Literal["logged-out"] = "logged-out"
    version: Literal[1] = 1
    why: LogoutReason
