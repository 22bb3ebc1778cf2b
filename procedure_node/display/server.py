"""Runs the display inside the daemon's event loop."""

import asyncio
import socket
import ssl
from collections.abc import Callable

from starlette.applications import Starlette

from procedure_node.display.board import PageBoard
from procedure_node.http import ServerTls, serve_on


class DisplayError(Exception):
    """The display cannot be served; says where and what to do."""


async def serve(
    app: Starlette,
    host: str,
    port: int,
    *,
    tls: ServerTls | None = None,
    on_ready: Callable[[str, int], None] | None = None,
) -> None:
    """Serve the display until cancelled; then every stream is ended and every socket closed.

    A bug in making the page comes out of here as an exception, after the same clean end.

    Args:
        app: made by ``create_app``.
        host: address to listen on.
        port: port to listen on; 0 takes a free one.
        tls: the certificate to serve https with.
        on_ready: is given the address and port once connections are accepted.

    Raises:
        DisplayError: the address cannot be listened on, or the certificate cannot be used.
    """
    if tls is not None:
        _check(tls)
    listener = _listen(host, port)
    address: tuple[str, int] = listener.getsockname()[:2]
    board: PageBoard = app.state.board
    serving = asyncio.create_task(
        serve_on(app, listener, tls=tls, on_ready=lambda: on_ready(*address) if on_ready else None),
        name="display server",
    )
    paging = asyncio.create_task(board.run(), name="display pages")
    try:
        await asyncio.wait((serving, paging), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (paging, serving):
            task.cancel()
            await asyncio.wait((task,))
    for task in (paging, serving):
        if not task.cancelled():
            task.result()


def _check(tls: ServerTls) -> None:
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(*tls)
    except (OSError, ssl.SSLError) as error:
        raise DisplayError(
            f"the display's certificate {tls.certificate_file} with the key {tls.key_file} cannot "
            f"be used: {error.strerror or error}; see [display.tls] of the settings"
        ) from error


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise _unusable(host, port, error) from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise _unusable(host, port, error) from error
    return listener


def _unusable(host: str, port: int, error: OSError) -> DisplayError:
    return DisplayError(
        f"the display cannot listen on {host}:{port}: {error.strerror}; "
        "free the port or set another one in [display] of the settings"
    )
