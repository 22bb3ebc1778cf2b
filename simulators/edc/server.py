"""The simulated EDC as a server."""

import asyncio
import contextlib
import hmac
import socket
from collections.abc import Generator
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from simulators.edc.api import VERSION, ApiError, EdcApi
from simulators.edc.dictionary import EdcProject
from simulators.edc.faults import EdcFault, EdcFaultKind, EdcFaultPlan
from simulators.edc.page import index_page, record_page
from simulators.edc.store import EdcStore

STOP_TIMEOUT_S = 2
"""A client that keeps its connection open is cut off after this when the server stops."""


class EdcSimulator:
    """A REDCap-like server with one project: API at ``/api/``, pages for people at ``/``.

    Use as ``async with EdcSimulator(project, token) as edc``; it listens from then on. What it
    stores is on disk before it answers.

    Args:
        project: what read_project makes of a data dictionary.
        token: the API token that it accepts.
        store: SQLite file; what was stored before is still there. In memory without one.
        host: address to listen on.
        port: 0 for a free one.
        faults: what goes wrong with imports.
        certificate: PEM files of certificate and key, for https.
    """

    def __init__(
        self,
        project: EdcProject,
        token: str,
        *,
        store: Path | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        faults: EdcFaultPlan | None = None,
        certificate: tuple[Path, Path] | None = None,
    ) -> None:
        self._project = project
        self._token = token
        self._path = store
        self._host = host
        self._port = port
        self._certificate = certificate
        self._faults: list[EdcFault] = [
            fault for fault in (faults or EdcFaultPlan()).faults for _ in range(fault.requests)
        ]
        self._stopping = asyncio.Event()
        self.import_requests = 0
        self.stored_imports = 0

    @property
    def url(self) -> str:
        """Address of the API."""
        return f"{self.page_url}api/"

    @property
    def page_url(self) -> str:
        """Address of the page for people."""
        scheme = "https" if self._certificate else "http"
        return f"{scheme}://{self._host}:{self._port}/"

    async def __aenter__(self) -> Self:
        self._store = EdcStore(self._path)
        try:
            listening = socket.create_server((self._host, self._port))
        except OSError:
            self._store.close()
            raise
        self._port = listening.getsockname()[1]
        self._api = EdcApi(self._project, self._store)
        routes = [
            Route("/api/", self._answer, methods=["POST"]),
            Route("/", self._index),
            Route("/records/{record}", self._record),
        ]
        certificate, key = self._certificate or (None, None)
        config = uvicorn.Config(
            Starlette(routes=routes),
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=STOP_TIMEOUT_S,
            ssl_certfile=certificate,
            ssl_keyfile=key,
        )
        self._server = _Server(config)
        self._serving = asyncio.create_task(
            self._server.serve(sockets=[listening]), name="edc simulator"
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopping.set()
        self._server.should_exit = True
        await self._serving
        self._store.close()

    async def _index(self, _request: Request) -> Response:
        return HTMLResponse(index_page(self._project, self._store))

    async def _record(self, request: Request) -> Response:
        page = record_page(self._project, self._store, request.path_params["record"])
        if page is None:
            return PlainTextResponse("There is no such record.", status_code=404)
        return HTMLResponse(page)

    async def _answer(self, request: Request) -> Response:
        body = (await request.body()).decode("utf-8", "replace")
        params = dict(parse_qsl(body, keep_blank_values=True))
        if not hmac.compare_digest(params.pop("token", "").encode(), self._token.encode()):
            return _error(403, "You do not have permissions to use the API")
        if params.get("content") == "version":
            return PlainTextResponse(VERSION)
        try:
            if params.get("content") == "record" and "data" in params:
                return await self._import(params)
            return JSONResponse(self._api.answer(params))
        except ApiError as error:
            return _error(error.status, str(error))

    async def _import(self, params: dict[str, str]) -> Response:
        self.import_requests += 1
        fault = self._faults.pop(0) if self._faults else None
        if fault is not None and fault.kind is not EdcFaultKind.LOST_ANSWER:
            return await self._fail(fault)
        answer = self._api.import_rows(params)
        self.stored_imports += 1
        if fault is not None:
            return _error(500, "Internal Server Error")
        return JSONResponse(answer)

    async def _fail(self, fault: EdcFault) -> Response:
        if fault.kind is EdcFaultKind.REJECT:
            return _error(400, fault.message)
        if fault.kind is EdcFaultKind.SILENCE:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), fault.hold_s)
        return _error(500, "Internal Server Error")


class _Server(uvicorn.Server):
    """A server that leaves the process's signals to whoever runs the loop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


def _error(status: int, text: str) -> Response:
    return JSONResponse({"error": text}, status_code=status)
