"""A real Mosquitto, an outside subscriber, and a queue in memory."""

import asyncio
import json
import os
import pwd
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dosimetry_core.values import ConnectionState, GenerationMode
from drivers.backoff import Backoff
from drivers.mqtt import MqttOptions, MqttPublisher, QueuedMessage

READY_S = 10.0
STATUS = "procedure-node/ct1/status"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Mosquitto:
    """A broker that can be killed and started again with what it had kept."""

    def __init__(self, folder: Path, *lines: str) -> None:
        self.port = free_port()
        self.config = folder / "mosquitto.conf"
        self.config.write_text(
            "\n".join(
                [
                    f"user {pwd.getpwuid(os.getuid()).pw_name}",
                    f"listener {self.port} 127.0.0.1",
                    "persistence true",
                    f"persistence_location {folder}/",
                    "max_queued_messages 0",
                    "set_tcp_nodelay true",
                    *lines,
                ]
            )
            + "\n"
        )
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            "mosquitto", "-c", str(self.config), stderr=subprocess.DEVNULL
        )
        async with asyncio.timeout(READY_S):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                except OSError:
                    await asyncio.sleep(0.02)
                else:
                    writer.close()
                    await writer.wait_closed()
                    return

    async def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            await self.process.wait()
            self.process = None


@dataclass
class Received:
    topic: str
    retained: bool
    expiry_s: int | None
    payload: str

    @property
    def body(self) -> Any:
        return json.loads(self.payload)


class Subscriber:
    """mosquitto_sub: a client that this project did not write."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.received: list[Received] = []

    async def until(self, enough: Any) -> list[Received]:
        """Read on until ``enough(received)`` holds."""
        assert self._process.stdout is not None
        async with asyncio.timeout(READY_S):
            while not enough(self.received):
                line = await self._process.stdout.readline()
                assert line, "mosquitto_sub ended"
                retained, expiry, topic, payload = line.decode().rstrip("\n").split("|", 3)
                self.received.append(
                    Received(topic, retained == "1", int(expiry) if expiry else None, payload)
                )
        return self.received

    async def first(self, topic: str) -> Received:
        await self.until(lambda got: any(m.topic == topic for m in got))
        return next(m for m in self.received if m.topic == topic)


@asynccontextmanager
async def subscriber(port: int, *options: str, topic: str = "#") -> AsyncIterator[Subscriber]:
    """A subscriber that is known to be subscribed."""
    arguments = ["-p", str(port), "-q", "1", "-F", "%r|%E|%t|%p", "-t", topic, *options]
    process = await asyncio.create_subprocess_exec(
        "mosquitto_sub", *arguments, "-t", "test/ready", stdout=subprocess.PIPE
    )
    listener = Subscriber(process)
    try:
        ready = asyncio.create_task(listener.first("test/ready"))
        while not ready.done():
            publish = await asyncio.create_subprocess_exec(
                "mosquitto_pub", "-p", str(port), *_login(options), "-t", "test/ready", "-m", "{}"
            )
            await publish.wait()
            await asyncio.wait({ready}, timeout=0.05)
        await ready
        yield listener
    finally:
        process.kill()
        await process.communicate()


def _login(options: Sequence[str]) -> list[str]:
    """Those of mosquitto_sub's options that mosquitto_pub needs as well."""
    kept = ("-u", "-P", "--cafile")
    return [word for i, word in enumerate(options) if word in kept or options[i - 1] in kept]


@dataclass
class MemoryQueue:
    """A queue in memory that keeps every promise of ``MessageQueue``."""

    pending: dict[int, QueuedMessage] = field(default_factory=dict)
    done_ids: list[int] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    idle: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, topic: str, number: int, **changes: Any) -> QueuedMessage:
        values: dict[str, Any] = {
            "id": len(self.pending) + len(self.done_ids) + 1,
            "topic": topic,
            "body": {"number": number},
            "retain": False,
            "qos": 1,
            "queued_at": datetime.now(UTC),
            "expires_after_s": None,
            "mode": GenerationMode.REAL,
        }
        message = QueuedMessage(**{**values, **changes})
        self.pending[message.id] = message
        self.idle.clear()
        self.changed.set()
        return message

    async def take(self, limit: int) -> Sequence[QueuedMessage]:
        while not self.pending:
            self.idle.set()
            self.changed.clear()
            await self.changed.wait()
        return list(self.pending.values())[:limit]

    async def done(self, ids: Sequence[int]) -> None:
        for each in ids:
            del self.pending[each]
            self.done_ids.append(each)


class TestPresence:
    __test__ = False
    topic = STATUS
    mode = GenerationMode.REAL

    def body(self, state: str, connection: int, at: datetime) -> dict[str, Any]:
        return {"state": state, "connection": connection, "at": at.isoformat()}


class CountingBackoff(Backoff):
    """Short delays, and a count of the tries that failed."""

    def __init__(self) -> None:
        super().__init__(0.01, 0.05)
        self.failed_tries = asyncio.Semaphore(0)

    def next_delay_s(self) -> float:
        self.failed_tries.release()
        return super().next_delay_s()


class Running:
    """A publisher in a task, and all that it told."""

    def __init__(self, options: MqttOptions, queue: MemoryQueue) -> None:
        self.states: list[tuple[ConnectionState, str]] = []
        self.refusals: list[tuple[GenerationMode, str]] = []
        self.backoff = CountingBackoff()
        self._told = asyncio.Event()
        self.publisher = MqttPublisher(
            options,
            queue,
            presence=TestPresence(),
            on_state=self._on_state,
            on_refused=lambda mode, reason: self.refusals.append((mode, reason)),
            backoff=self.backoff,
        )
        self.task = asyncio.create_task(self.publisher.run())

    def _on_state(self, state: ConnectionState, reason: str) -> None:
        self.states.append((state, reason))
        self._told.set()

    async def until(self, state: ConnectionState) -> str:
        """Wait until the last told state is this one; its reason."""
        async with asyncio.timeout(READY_S):
            while not self.states or self.states[-1][0] is not state:
                self._told.clear()
                await self._told.wait()
        return self.states[-1][1]

    async def until_failed(self, tries: int) -> None:
        """Wait for this many more failed tries to connect."""
        async with asyncio.timeout(READY_S):
            for _ in range(tries):
                await self.backoff.failed_tries.acquire()

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.wait({self.task})
        if not self.task.cancelled():
            self.task.result()


@asynccontextmanager
async def running(options: MqttOptions, queue: MemoryQueue) -> AsyncIterator[Running]:
    publisher = Running(options, queue)
    try:
        yield publisher
    finally:
        await publisher.stop()


@pytest.fixture
async def new_broker(tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[Mosquitto]]]:
    """Starts a Mosquitto with these extra lines in its configuration."""
    started: list[Mosquitto] = []

    async def start(*lines: str) -> Mosquitto:
        mosquitto = Mosquitto(tmp_path, *lines)
        started.append(mosquitto)
        await mosquitto.start()
        return mosquitto

    yield start
    for mosquitto in started:
        await mosquitto.kill()


@pytest.fixture
async def broker(new_broker: Callable[..., Awaitable[Mosquitto]]) -> Mosquitto:
    return await new_broker("allow_anonymous true")


@pytest.fixture
def options(broker: Mosquitto) -> MqttOptions:
    return MqttOptions(host="127.0.0.1", port=broker.port, client_id="node-under-test")


@pytest.fixture
def queue() -> MemoryQueue:
    return MemoryQueue()


@pytest.fixture
def subscribe() -> Callable[..., AbstractAsyncContextManager[Subscriber]]:
    """``subscribe(port, *mosquitto_sub_options, topic="#")``."""
    return subscriber


@pytest.fixture
def publishing() -> Callable[..., AbstractAsyncContextManager[Running]]:
    """``publishing(options, queue)``: a publisher for as long as the context lasts."""
    return running
