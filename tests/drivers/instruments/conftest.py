"""A link to an instrument on a port, and what it told."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from drivers.backoff import Backoff
from drivers.serial_line import Dialogue, SerialLinkOptions, TelemetryLink
from drivers.telemetry import TelemetryValue

Value = TypeVar("Value")
PATIENCE_S = 20.0


class Told:
    """The values that a link has told, and a way to wait for the next ones."""

    def __init__(self) -> None:
        self.values: list[TelemetryValue] = []
        self._changed = asyncio.Event()

    def __call__(self, value: TelemetryValue) -> None:
        self.values.append(value)
        self._changed.set()

    def of(self, kind: type[Value]) -> list[Value]:
        return [value for value in self.values if isinstance(value, kind)]

    async def until(self, met: Callable[["Told"], object]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not met(self):
                self._changed.clear()
                await self._changed.wait()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
async def listen(
    told: Told, tmp_path: Path
) -> AsyncIterator[Callable[[Dialogue, Path], Awaitable[None]]]:
    """Run a link with a dialogue on a port; it is stopped when the test ends."""
    tasks: list[asyncio.Task[None]] = []

    async def run(dialogue: Dialogue, port: Path) -> None:
        options = SerialLinkOptions(
            name="organs",
            path=str(port),
            role="THERMOMETER",
            baudrate=9600,
            silence_s=PATIENCE_S,
            quarantine_directory=tmp_path / "quarantine",
        )
        link = TelemetryLink(options, told, dialogue=dialogue, backoff=Backoff(0.001, 0.01))
        tasks.append(asyncio.create_task(link.run()))

    yield run
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
