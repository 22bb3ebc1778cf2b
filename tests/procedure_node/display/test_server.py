import asyncio
import json
import signal
import ssl
import subprocess

import httpx
import pytest

from procedure_node.display import DisplayError, create_app, serve
from procedure_node.http import ServerTls
from procedure_node.views import ViewShelf
from tests.procedure_node.display.latest_state import LatestState


class Watcher:
    """Reads the event stream as the page does."""

    def __init__(self, url: str):
        self._client = httpx.AsyncClient(timeout=5)
        self._url = url

    async def __aenter__(self):
        self._stream = self._client.stream("GET", f"{self._url}/events")
        self.answer = await self._stream.__aenter__()
        self._lines = self.answer.aiter_lines()
        return self

    async def __aexit__(self, *error):
        await self._stream.__aexit__(*error)
        await self._client.aclose()

    async def event(self) -> tuple[str, dict]:
        name = await anext(self._lines)
        data = await anext(self._lines)
        assert await anext(self._lines) == ""
        return name.removeprefix("event: "), json.loads(data.removeprefix("data: "))

    async def listen(self) -> None:
        while True:
            await self.event()


async def test_a_watcher_gets_the_page_and_then_heartbeats_while_nothing_changes(display):
    async with Watcher(display.url) as watcher:
        assert watcher.answer.headers["content-type"].startswith("text/event-stream")
        name, told = await watcher.event()
        assert name == "page"
        assert told["page"]["room"] == "CT-2"
        async with asyncio.timeout(3):
            name, told = await watcher.event()
        assert name == "heartbeat"
        assert "page" not in told
        assert told["server_time"] == "2026-03-02T10:42:00+00:00"


async def test_a_change_is_pushed(display, state):
    async with Watcher(display.url) as watcher:
        await watcher.event()
        await display.source.publish(state.model_copy(update={"room": "CT-3"}))
        while "page" not in (told := (await watcher.event())[1]):
            pass
        assert told["page"]["room"] == "CT-3"


async def test_fast_changes_are_coalesced_and_the_last_one_arrives(display, state):
    async with Watcher(display.url) as watcher:
        await watcher.event()
        for session in range(100):
            await display.source.publish(state.model_copy(update={"room": f"R{session}"}))
            await asyncio.sleep(0)
        seen = []
        while not seen or seen[-1] != "R99":
            name, told = await watcher.event()
            if name == "page":
                seen.append(told["page"]["room"])
        assert len(seen) <= 4


async def test_two_watchers_see_the_same(display):
    async with Watcher(display.url) as first, Watcher(display.url) as second:
        assert (await first.event())[1]["page"] == (await second.event())[1]["page"]


async def test_stopping_ends_the_streams_and_frees_the_port(state, make_display, now):
    display = make_display(LatestState(state), clock=lambda: now)
    port = await display.start()
    async with Watcher(display.url) as watcher:
        await watcher.event()
        async with asyncio.timeout(4):
            await display.stop()
        with pytest.raises((StopAsyncIteration, httpx.RemoteProtocolError)):
            await watcher.listen()
    again = make_display(LatestState(state), clock=lambda: now)
    assert await again.start(port) == port
    await again.stop()


async def test_a_taken_port_says_what_to_do(display, state, now):
    app = create_app(LatestState(state), ViewShelf(), clock=lambda: now)
    port = int(display.url.rsplit(":", 1)[1])
    with pytest.raises(DisplayError, match=rf"127\.0\.0\.1:{port}.*\[display\]"):
        await serve(app, "127.0.0.1", port)


async def test_a_bug_in_making_the_page_stops_the_display(state):
    def broken_clock():
        raise RuntimeError("no time")

    app = create_app(LatestState(state), ViewShelf(), clock=broken_clock)
    with pytest.raises(ExceptionGroup) as caught:
        await asyncio.wait_for(serve(app, "127.0.0.1", 0), 5)
    assert caught.group_contains(RuntimeError, match="no time")


async def test_signals_stay_with_the_daemon(state, make_display, now):
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    display = make_display(LatestState(state), clock=lambda: now)
    await display.start()
    during = {number: signal.getsignal(number) for number in before}
    await display.stop()
    assert during == before


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 that it has signed itself."""
    folder = tmp_path_factory.mktemp("tls")
    made = ServerTls(folder / "display.pem", folder / "display.key")
    wanted = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 "
        "-subj /CN=display -addext subjectAltName=IP:127.0.0.1"
    )
    files = ("-keyout", made.key_file, "-out", made.certificate_file)
    subprocess.run([*wanted.split(), *files], check=True, capture_output=True)
    return made


async def test_with_a_certificate_the_page_is_served_by_https(state, now, certificate):
    app = create_app(LatestState(state), ViewShelf(), clock=lambda: now)
    ready = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(
        serve(app, "127.0.0.1", 0, tls=certificate, on_ready=lambda *at: ready.set_result(at))
    )
    _, port = await ready
    trusted = ssl.create_default_context(cafile=certificate.certificate_file)
    async with httpx.AsyncClient(verify=trusted) as client:
        answer = await client.get(f"https://127.0.0.1:{port}/healthz")
        assert answer.json()["status"] == "ok"
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(f"http://127.0.0.1:{port}/healthz")
    serving.cancel()
    await asyncio.wait((serving,))


async def test_a_certificate_that_cannot_be_used_says_so(state, now, tmp_path):
    app = create_app(LatestState(state), ViewShelf(), clock=lambda: now)
    missing = ServerTls(tmp_path / "none.pem", tmp_path / "none.key")
    with pytest.raises(DisplayError, match=r"none\.pem .* be used: No such file.*display\.tls"):
        await serve(app, "127.0.0.1", 0, tls=missing)
