"""An HTTP server as one part of a process: it ends with its task and leaves nothing behind."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from procedure_node.http import CLOSE_WITHIN_S, serve_on


async def hello(_: Request) -> Response:
    return PlainTextResponse("hello")


async def endless(_: Request) -> Response:
    async def words() -> AsyncIterator[str]:
        yield "first"
        await asyncio.Event().wait()

    return StreamingResponse(words())


@dataclass
class Running:
    task: asyncio.Task[None]
    listener: socket.socket
    url: str

    async def stop(self) -> None:
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.task


@asynccontextmanager
async def running() -> AsyncIterator[Running]:
    app = Starlette(routes=[Route("/", hello), Route("/endless", endless)])
    listener = socket.create_server(("127.0.0.1", 0))
    ready = asyncio.Event()
    task = asyncio.create_task(serve_on(app, listener, on_ready=ready.set))
    await ready.wait()
    server = Running(task, listener, f"http://127.0.0.1:{listener.getsockname()[1]}")
    yield server
    await server.stop()


async def test_it_answers_once_it_says_that_it_is_ready() -> None:
    async with running() as server, httpx.AsyncClient() as client:
        answer = await client.get(server.url)
        assert (answer.status_code, answer.text) == (200, "hello")
        assert "server" not in answer.headers


async def test_cancellation_closes_idle_connections_and_the_port() -> None:
    async with running() as server:
        host, port = server.listener.getsockname()
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"GET / HTTP/1.1\r\nHost: node\r\n\r\n")
        await reader.readuntil(b"hello")
        await server.stop()
        assert server.task.cancelled()
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
        assert server.listener.fileno() == -1
        with pytest.raises(OSError, match=r"refused|failed"):
            await asyncio.open_connection(host, port)


async def test_an_answer_without_an_end_is_cut_off_in_time() -> None:
    async with running() as server:
        reader, writer = await asyncio.open_connection(*server.listener.getsockname())
        writer.write(b"GET /endless HTTP/1.1\r\nHost: node\r\n\r\n")
        await reader.readuntil(b"first")
        async with asyncio.timeout(CLOSE_WITHIN_S + 2.0):
            await server.stop()
            with contextlib.suppress(ConnectionError):
                await reader.read()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def test_a_server_that_is_cancelled_at_once_frees_its_port() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    task = asyncio.create_task(serve_on(Starlette(), listener))
    await asyncio.sleep(0)  # it has begun, and does not serve yet
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert listener.fileno() == -1
    socket.create_server(("127.0.0.1", port)).close()


async def test_the_processs_signals_are_left_alone() -> None:
    wanted = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.getsignal(number) for number in wanted}
    async with running():
        assert {number: signal.getsignal(number) for number in wanted} == before
