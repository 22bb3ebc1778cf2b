"""Logging in at the page, and commands from it.

A request that changes anything must come from the page itself: it has the header that no other
site's page can send without asking, and an ``Origin`` that is the very host it was sent to. The
session's cookie goes with no request that another site has caused (RFC 6265bis, ``SameSite``).
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, cast, get_args
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from procedure_node.commands import command_form
from procedure_node.display.page import scan_of_token
from procedure_node.display.source import StateSource
from procedure_node.display.watch import PageWatch, SoundState
from procedure_node.people import FrontDoor, Identified, LoginRefusedError

COOKIE: Final = "procedure-node-session"
PAGE_HEADER: Final = "x-procedure-node"
"""Sent by the page's script with every request; a form or a link of another site cannot."""

LARGEST_BODY: Final = 16 * 1024
"""Bytes: a command is a few lines."""


class CommandAnswer(Protocol):
    """What came of a command."""

    @property
    def status(self) -> int:
        """As HTTP counts it; 200 is done."""
        ...

    @property
    def body(self) -> Mapping[str, str | None]:
        """``procedure_id``, or the reason ``refused``."""
        ...


class CommandDesk(Protocol):
    """What carries commands out."""

    async def carry_out(self, name: str, body: bytes, *, role: str | None = None) -> CommandAnswer:
        """Carry out a command whose JSON names its person as ``by``, or say why not."""
        ...

    def suggestions(self) -> Mapping[str, Sequence[str]]:
        """By a command's field, what makes sense now."""
        ...


@dataclass(frozen=True, slots=True)
class Login:
    """What the page needs for people who give commands from it."""

    door: FrontDoor
    desk: CommandDesk


class Desk:
    """The addresses of login and commands; without a ``Login`` nobody can log in."""

    def __init__(self, source: StateSource, login: Login | None, watch: PageWatch) -> None:
        self._source = source
        self._watch = watch
        self._login = login

    def routes(self) -> list[Route]:
        """To be added to the display's."""
        return [
            Route("/api/session", self._session, methods=["GET"]),
            Route("/api/session", self._log_in, methods=["POST"]),
            Route("/api/session", self._prolong, methods=["PUT"]),
            Route("/api/session", self._log_out, methods=["DELETE"]),
            Route("/api/shown", self._shown, methods=["POST"]),
            Route("/api/commands", self._forms, methods=["GET"]),
            Route("/api/commands/{name}", self._command, methods=["POST"]),
        ]

    async def _session(self, request: Request) -> Response:
        """Who is logged in; asking does not prolong it."""
        who = await self._login.door.who(_token(request), acting=False) if self._login else None
        return JSONResponse({"can_log_in": self._login is not None, "person": _person(who)})

    async def _log_in(self, request: Request) -> Response:
        _refuse_strangers(request)
        login = self._required()
        given = await _json(request)
        name, password = given.get("name"), given.get("password")
        if not isinstance(name, str) or not isinstance(password, str) or len(given) != 2:
            raise HTTPException(422, "give a name and a password")
        try:
            token = await login.door.log_in(name, password)
        except LoginRefusedError as error:
            raise HTTPException(403, str(error)) from error
        await login.door.log_out(_token(request), "OTHER_LOGIN")
        who = await login.door.who(token, acting=True)
        answer = JSONResponse({"can_log_in": True, "person": _person(who)})
        answer.set_cookie(
            COOKIE,
            token,
            path="/api/",
            httponly=True,
            samesite="strict",
            secure=request.headers["origin"].startswith("https:"),
        )
        return answer

    async def _prolong(self, request: Request) -> Response:
        """The person does something at the page."""
        _, who = await self._identified(request)
        return JSONResponse({"can_log_in": True, "person": _person(who)})

    async def _log_out(self, request: Request) -> Response:
        _refuse_strangers(request)
        await self._required().door.log_out(_token(request), "ASKED")
        answer = JSONResponse({"can_log_in": True, "person": None})
        answer.delete_cookie(COOKIE, path="/api/", httponly=True, samesite="strict")
        return answer

    async def _shown(self, request: Request) -> Response:
        """A page has drawn what it was told; nobody need be logged in at it."""
        _refuse_strangers(request)
        given = await _json(request)
        nonce, sound = given.get("nonce"), given.get("sound")
        if not isinstance(nonce, str) or sound not in get_args(SoundState):
            raise HTTPException(422, "give the nonce that was drawn, and sound")
        if not self._watch.confirm(nonce, cast(SoundState, sound)):
            raise HTTPException(409, "that nonce is too old, or was never sent")
        return JSONResponse({})

    async def _forms(self, request: Request) -> Response:
        """What the person may do, as forms."""
        login = self._required()
        who = await login.door.who(_token(request), acting=False)
        if who is None:
            raise _logged_out()
        suggestions = dict(await asyncio.to_thread(login.desk.suggestions))
        suggestions["series_uid"] = self._scan_numbers()
        forms = [command_form(name, suggestions) for name in who.may.allowed]
        return JSONResponse({"commands": [form.model_dump(mode="json") for form in forms]})

    async def _command(self, request: Request) -> Response:
        login, who = await self._identified(request)
        name: str = request.path_params["name"]
        given = await _json(request)
        if "by" in given:
            raise HTTPException(422, "by: who gives a command is who is logged in")
        if name not in who.may.allowed:
            raise HTTPException(403, f"as {who.may.title.lower()} {who.name} may not {name!r}")
        if "series_uid" in given:
            given["series_uid"] = self._series_uid(given["series_uid"])
        body = json.dumps({**given, "by": who.name}).encode()
        answer = await login.desk.carry_out(name, body, role=who.role)
        if answer.status != 200:
            raise HTTPException(answer.status, str(answer.body.get("refused", "it was refused")))
        return JSONResponse(dict(answer.body))

    async def _identified(self, request: Request) -> tuple[Login, Identified]:
        _refuse_strangers(request)
        login = self._required()
        who = await login.door.who(_token(request), acting=True)
        if who is None:
            raise _logged_out()
        return login, who

    def _required(self) -> Login:
        if self._login is None:
            raise HTTPException(
                403, "nobody can log in here: the settings name no people_file under [display]"
            )
        return self._login

    def _scan_numbers(self) -> tuple[str, ...]:
        procedure = self._source.state.procedure
        return tuple(str(n + 1) for n in range(len(procedure.scans))) if procedure else ()

    def _series_uid(self, scan: Any) -> Any:
        """A scan's UID by its number or token on the page, where no UID is ever told."""
        procedure = self._source.state.procedure
        if procedure is None or not isinstance(scan, str):
            return scan
        if scan in self._scan_numbers():
            return list(procedure.scans)[int(scan) - 1]
        found = scan_of_token(procedure, scan)
        return found.series_uid if found is not None else scan


def _refuse_strangers(request: Request) -> None:
    """Refuse what another site's page may have caused."""
    origin = urlsplit(request.headers.get("origin", ""))
    fetched = request.headers.get("sec-fetch-site", "same-origin")
    if (
        PAGE_HEADER not in request.headers
        or not origin.netloc
        or origin.netloc != request.headers.get("host")
        or fetched != "same-origin"
    ):
        raise HTTPException(403, "only the page of this very address may ask for that")


def _token(request: Request) -> str:
    return request.cookies.get(COOKIE, "")


def _logged_out() -> HTTPException:
    return HTTPException(401, "nobody is logged in here any more: log in again")


async def _json(request: Request) -> dict[str, Any]:
    text = b""
    async for part in request.stream():
        text += part
        if len(text) > LARGEST_BODY:
            raise HTTPException(413, f"more than {LARGEST_BODY} bytes are no command")
    try:
        given = json.loads(text)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise HTTPException(422, "the body must be a JSON object")
    return cast(dict[str, Any], given)


def _person(who: Identified | None) -> dict[str, Any] | None:
    if who is None:
        return None
    return {
        "name": who.name,
        "role": who.role,
        "title": who.may.title,
        "commands": who.may.allowed,
        "left_s": round(who.left_s, 1),
    }
