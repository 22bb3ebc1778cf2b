"""The display's addresses."""

import asyncio
import math
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, cast, get_args

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from procedure_node.display.board import PageBoard
from procedure_node.display.checks import check_body
from procedure_node.display.cold import NoIsothermsError, cold_section
from procedure_node.display.desk import Desk, Login
from procedure_node.display.headers import SafeHeaders
from procedure_node.display.page import scan_of_token
from procedure_node.display.sections import scan_summary, section_body
from procedure_node.display.source import StateSource
from procedure_node.lethal_zone import PicturesLostError
from procedure_node.rules import needle_names
from procedure_node.state import ScanState
from procedure_node.views import Plane, View, ViewError, ViewShelf

STATIC: Final = Path(__file__).parent / "static"


def _utc_now() -> datetime:
    return datetime.now(UTC)


def create_app(
    source: StateSource,
    views: ViewShelf,
    *,
    clock: Callable[[], datetime] = _utc_now,
    login: Login | None = None,
) -> Starlette:
    """The display as an ASGI application.

    ``serve`` runs it and its ``PageBoard`` (``app.state.board``); without that nothing is pushed.

    Args:
        source: where states come from.
        views: opens the picture data that the scans' ``view_directory`` names.
        clock: aware wall time, for ages.
        login: lets people log in and give commands; without it the page only shows.
    """
    board = PageBoard(source, clock)
    pictures = _Pictures(source, views)

    async def state(_: Request) -> Response:
        return Response(await board.page_json(), media_type="application/json")

    async def events(_: Request) -> Response:
        return StreamingResponse(board.events(), media_type="text/event-stream")

    async def page(_: Request) -> Response:
        return FileResponse(STATIC / "index.html")

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok", "running": source.state.running})

    app = Starlette(
        routes=[
            Route("/", page),
            Route("/healthz", health),
            Route("/events", events),
            Route("/api/state", state),
            *Desk(source, login, board.watch).routes(),
            Route("/api/scans/{token}", pictures.summary),
            Route("/api/scans/{token}/section", pictures.section),
            Route("/api/scans/{token}/check/{lesion}", pictures.check),
            Route("/api/cold/{lesion}/section", pictures.cold),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[Middleware(SafeHeaders)],
        exception_handlers={HTTPException: _as_json},
    )
    app.state.board = board
    return app


async def _as_json(_: Request, error: Exception) -> Response:
    failure = cast(HTTPException, error)
    return JSONResponse({"error": failure.detail}, status_code=failure.status_code)


class _Pictures:
    """Sections of the scans of the current procedure."""

    def __init__(self, source: StateSource, views: ViewShelf) -> None:
        self._source = source
        self._views = views

    async def summary(self, request: Request) -> Response:
        _, directory = self._scan(request)
        return JSONResponse(await asyncio.to_thread(lambda: scan_summary(self._open(directory))))

    async def section(self, request: Request) -> Response:
        scan, directory = self._scan(request)
        plane, position_mm = _plane(request), _position_mm(request)
        procedure = self._source.state.procedure
        needles = needle_names(procedure, scan) if procedure else ()
        body = await asyncio.to_thread(
            lambda: section_body(self._open(directory), scan, needles, plane, position_mm)
        )
        return Response(body, media_type="application/octet-stream")

    async def cold(self, request: Request) -> Response:
        procedure = self._source.state.procedure
        if procedure is None:
            raise HTTPException(404, "no procedure is open")
        lesion: str = request.path_params["lesion"]
        plane, position_mm = _plane(request), _position_mm(request)
        try:
            body = await asyncio.to_thread(
                lambda: cold_section(procedure, lesion, plane, position_mm)
            )
        except NoIsothermsError as error:
            raise HTTPException(404, str(error)) from error
        except PicturesLostError as error:
            raise HTTPException(410, "the isotherms are lost; they come again") from error
        return JSONResponse(body)

    async def check(self, request: Request) -> Response:
        procedure = self._source.state.procedure
        scan = scan_of_token(procedure, request.path_params["token"]) if procedure else None
        if scan is None:
            raise HTTPException(404, "this procedure has no such scan")
        plane, lesion = _plane(request), str(request.path_params["lesion"])
        try:
            body = await asyncio.to_thread(lambda: check_body(scan, lesion, plane))
        except ViewError as error:
            raise HTTPException(410, "there is no check picture of this any more") from error
        return Response(body, media_type="application/octet-stream")

    def _scan(self, request: Request) -> tuple[ScanState, Path]:
        token = request.path_params["token"]
        procedure = self._source.state.procedure
        scan = scan_of_token(procedure, token) if procedure else None
        if scan is None:
            raise HTTPException(404, "this procedure has no such scan")
        if scan.view_directory is None:
            raise HTTPException(404, "the pictures of this scan are not ready yet")
        return scan, Path(scan.view_directory)

    def _open(self, directory: Path) -> View:
        try:
            return self._views.view(directory)
        except ViewError as error:
            raise HTTPException(410, "the pictures of this scan are lost") from error


def _plane(request: Request) -> Plane:
    plane = request.query_params.get("plane", "")
    if plane not in get_args(Plane):
        raise HTTPException(400, f"plane={plane!r}: give one of {', '.join(get_args(Plane))}")
    return cast(Plane, plane)


def _position_mm(request: Request) -> float:
    text = request.query_params.get("mm", "")
    try:
        position_mm = float(text)
    except ValueError:
        position_mm = math.nan
    if not math.isfinite(position_mm):
        raise HTTPException(400, f"mm={text!r}: give a position in mm, as mm=12.5")
    return position_mm
