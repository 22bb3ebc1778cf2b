"""An MQTT broker and a subscriber that this project did not write."""

import asyncio
import contextlib
import json
import os
import pwd
import subprocess
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

STARTS_WITHIN_S = 10.0
LINE_LIMIT_BYTES = 1 << 24
"""A retained dose message is long."""


@dataclass(frozen=True, slots=True)
class Received:
    """One message.

    Attributes:
        at_s: when it arrived, by the subscriber's own clock (host's wall clock).
        topic: full topic.
        body: its JSON.
    """

    at_s: float
    topic: str
    body: dict[str, Any]


class Subscriber:
    """``mosquitto_sub`` on every topic; it stamps what arrives itself."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self._changed = asyncio.Condition()

    async def read(self, stream: asyncio.StreamReader) -> None:
        """Take what it prints until it ends."""
        async for line in stream:
            at, topic, payload = line.decode().rstrip("\n").split("|", 2)
            async with self._changed:
                self.received.append(Received(float(at), topic, json.loads(payload or "{}")))
                self._changed.notify_all()

    async def messages(self, first: int = 0) -> AsyncGenerator[Received]:
        """All messages in their order, from the one numbered ``first``, for ever."""
        for number in count(first):
            async with self._changed:
                await self._changed.wait_for(lambda number=number: len(self.received) > number)
            yield self.received[number]

    async def first(self, wanted: Callable[[Received], bool], within_s: float) -> Received:
        """The first message, of those received too, that is as wanted.

        Raises:
            TimeoutError: none came.
        """
        async with asyncio.timeout(within_s):
            async for message in self.messages():
                if wanted(message):
                    return message
        raise AssertionError  # messages() never ends


@contextlib.asynccontextmanager
async def running_broker(folder: Path, port: int) -> AsyncGenerator[None]:
    """Mosquitto on a port of this machine."""
    config = folder / "mosquitto.conf"
    config.write_text(
        f"user {pwd.getpwuid(os.getuid()).pw_name}\nlistener {port} 127.0.0.1\n"
        "allow_anonymous true\nmax_queued_messages 0\nset_tcp_nodelay true\n"
    )
    broker = await asyncio.create_subprocess_exec(
        "mosquitto", "-c", str(config), stderr=subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(STARTS_WITHIN_S):
            while not await _listens(port):  # noqa: ASYNC110 - another program's port
                await asyncio.sleep(0.02)
        yield
    finally:
        broker.terminate()
        await broker.wait()


@contextlib.asynccontextmanager
async def subscriber(port: int) -> AsyncGenerator[Subscriber]:
    """A subscriber to all topics, known to be subscribed."""
    process = await asyncio.create_subprocess_exec(
        *("mosquitto_sub", "-p", str(port), "-V", "5", "-q", "1", "-t", "#", "-F", "%U|%t|%p"),
        stdout=subprocess.PIPE,
        limit=LINE_LIMIT_BYTES,
    )
    assert process.stdout is not None
    listener = Subscriber()
    reading = asyncio.create_task(listener.read(process.stdout))
    try:
        ready = asyncio.create_task(
            listener.first(lambda message: message.topic == "benchmark/ready", STARTS_WITHIN_S)
        )
        while not ready.done():
            publish = await asyncio.create_subprocess_exec(
                "mosquitto_pub", "-p", str(port), "-t", "benchmark/ready", "-m", "{}"
            )
            await publish.wait()
            await asyncio.wait({ready}, timeout=0.05)
        await ready
        yield listener
    finally:
        process.terminate()
        await process.wait()
        await reading


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True
