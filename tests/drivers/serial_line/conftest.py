"""A link, what it told, and two wires to it: a null modem in process, and a pseudo-terminal."""

import asyncio
import os
import tty
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from drivers.backoff import Backoff
from drivers.serial_line import SerialLinkOptions, TelemetryLink, open_serial_port
from tests.drivers.serial_line.told import PATIENCE_S, Told


class NullModem:
    """A wire within the process: what the device end says, the link hears at once."""

    def __init__(self) -> None:
        self.present = True
        self.opened = 0
        self.missed = 0
        self._ends: tuple[Callable[[bytes], None], Callable[[str], None]] | None = None
        self._changed = asyncio.Event()

    async def open(self, on_bytes: Callable[[bytes], None], on_lost: Callable[[str], None]) -> Any:
        if not self.present:
            self.missed += 1
            self._changed.set()
            raise OSError("there is no null modem")
        self.opened += 1
        self._ends = (on_bytes, on_lost)
        self._changed.set()
        return self

    def close(self) -> None:
        self._ends = None

    async def write(self, data: bytes) -> None:
        if self._ends is not None:
            self._ends[0](data)

    async def unplug(self) -> None:
        self.present = False
        if self._ends is not None:
            ends, self._ends = self._ends, None
            ends[1]("the null modem was unplugged")

    async def plug(self) -> None:
        self.present = True

    async def until_open(self) -> None:
        await self._until(lambda: self._ends is not None)

    async def until_missed(self, times: int) -> None:
        """Until it was looked for in vain so many times."""
        await self._until(lambda: self.missed >= times)

    async def _until(self, met: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not met():
                self._changed.clear()
                await self._changed.wait()


class PtyModem:
    """A real pseudo-terminal behind a symbolic link, opened by the link's own serial port."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._master = -1
        self._slave = -1
        self._opened = asyncio.Event()

    async def open(self, on_bytes: Callable[[bytes], None], on_lost: Callable[[str], None]) -> Any:
        port = await open_serial_port(str(self.path), 115_200, on_bytes, on_lost)
        self._opened.set()
        return port

    async def write(self, data: bytes) -> None:
        """Write all of it; a full line waits for its reader, as a test's device may."""
        loop = asyncio.get_running_loop()
        while data:
            try:
                data = data[os.write(self._master, data) :]
            except BlockingIOError:
                writable = asyncio.Event()
                loop.add_writer(self._master, writable.set)
                await writable.wait()
                loop.remove_writer(self._master)

    async def plug(self) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path.symlink_to(os.ttyname(self._slave))

    async def unplug(self) -> None:
        if self._master >= 0:
            self.path.unlink()
            os.close(self._master)
            os.close(self._slave)
            self._master = self._slave = -1
            self._opened.clear()

    async def until_open(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            await self._opened.wait()


@pytest.fixture(params=["null modem", "pty"])
async def modem(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[NullModem | PtyModem]:
    made = NullModem() if request.param == "null modem" else PtyModem(tmp_path / "port")
    await made.plug()
    yield made
    await made.unplug()


@pytest.fixture
async def null_modem() -> NullModem:
    return NullModem()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def options(tmp_path: Path) -> SerialLinkOptions:
    return SerialLinkOptions(
        name="console-1",
        path=str(tmp_path / "port"),
        quarantine_directory=tmp_path / "quarantine",
        silence_s=PATIENCE_S,
    )


@pytest.fixture
async def start(
    options: SerialLinkOptions, told: Told
) -> AsyncIterator[Callable[..., Awaitable[asyncio.Task[None]]]]:
    """Start a link on a wire, wait until it is open; it is stopped when the test ends."""
    tasks: list[asyncio.Task[None]] = []

    async def run(wire: NullModem | PtyModem, **changes: Any) -> asyncio.Task[None]:
        sink = changes.pop("sink", told)
        clock = {"clock": changes.pop("clock")} if "clock" in changes else {}
        link = TelemetryLink(
            replace(options, **changes),
            sink,
            open_wire=wire.open,
            backoff=Backoff(0.001, 0.01),
            **clock,
        )
        task = asyncio.create_task(link.run())
        tasks.append(task)
        await wire.until_open()
        return task

    yield run
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
