"""Runs the display inside the daemon's event loop."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Generator

import uvicorn
from starlette.applications import Starlette

from procedure_node.display.board import PageBoard

CLOSE_WITHIN_S = 2
"""How long open answers may take when the display stops: a section takes milliseconds, and the
daemon has five seconds for a clean stop."""


class DisplayError(Exception):
    """The display cannot be served; says where and what to do."""


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


async def serve(
    app: Starlette,
    host: str,
    port: int,
    *,
    on_ready: Callable[[str, int], None] | None = None,
) -> None:
    """Serve the display until cancelled, or until its source is closed.

    Then every stream is ended and every socket closed. A bug in making the page comes out of here
    as an exception, after the same clean end.

    Args:
        app: made by ``create_app``.
        host: address to listen on.
        port: port to listen on; 0 takes a free one.
        on_ready: is given the address and port once connections are accepted.

    Raises:
        DisplayError: the address cannot be listened on.
    """
    listener = _listen(host, port)
    address: tuple[str, int] = listener.getsockname()[:2]
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=CLOSE_WITHIN_S,
    )
    server = _Server(config, lambda: on_ready(*address) if on_ready else None)
    board: PageBoard = app.state.board
    serving = asyncio.create_task(server.serve([listener]), name="display server")
    paging = asyncio.create_task(board.run(), name="display pages")
    try:
        await asyncio.wait((serving, paging), return_when=asyncio.FIRST_COMPLETED)
    finally:
        paging.cancel()
        await asyncio.wait((paging,))
        server.should_exit = True
        await asyncio.wait((serving,))
        listener.close()
    for task in (paging, serving):
        if not task.cancelled():
            task.result()


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise _unusable(host, port, error) from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise _unusable(host, port, error) from error
    return listener


def _unusable(host: str, port: int, error: OSError) -> DisplayError:
    return DisplayError(
        f"the display cannot listen on {host}:{port}: {error.strerror}; "
        "free the port or set another one in [display] of the settings"
    )
