"""Serves an ASGI application on a socket, as one part of a process that has others."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Generator
from pathlib import Path
from typing import NamedTuple

import uvicorn
from starlette.types import ASGIApp

CLOSE_WITHIN_S = 2
"""How long open answers may take when a server stops; the service has five seconds for all."""


class _Server(uvicorn.Server):
    """uvicorn as a part of a process that handles its own signals."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()


class ServerTls(NamedTuple):
    """The certificate that a server shows, and its key, as PEM files."""

    certificate_file: Path
    key_file: Path


async def serve_on(
    app: ASGIApp,
    listener: socket.socket,
    *,
    tls: ServerTls | None = None,
    on_ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve ``app`` on a listening socket until cancelled; then close every connection.

    Args:
        app: the application.
        listener: bound and listening; closed on the way out.
        tls: makes it https.
        on_ready: called once connections are accepted.
    """
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=CLOSE_WITHIN_S,
        ssl_certfile=tls.certificate_file if tls else None,
        ssl_keyfile=tls.key_file if tls else None,
    )
    server = _Server(config, on_ready)
    serving = asyncio.create_task(server.serve([listener]))
    try:
        await asyncio.shield(serving)
    finally:
        server.should_exit = True
        await asyncio.wait((serving,))
        listener.close()
