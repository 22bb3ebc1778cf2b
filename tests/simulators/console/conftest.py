"""A quick simulated console, and a telemetry link that listens to it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from dosimetry_core.values import GenerationMode
from drivers.backoff import Backoff
from drivers.serial_line import SerialLinkOptions, TelemetryLink
from drivers.telemetry import TelemetryValue
from simulators.console import ConsoleSettings

Value = TypeVar("Value")

PATIENCE_S = 20.0
"""How long a test waits for what must happen; long, since the machine may be busy."""


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
def settings(tmp_path: Path) -> ConsoleSettings:
    return ConsoleSettings(
        link=tmp_path / "console",
        generation_mode=GenerationMode.TEST,
        probes=2,
        thermometers=1,
        period_s=0.02,
        speed=100.0,
    )


@pytest.fixture
async def listen(settings: ConsoleSettings, tmp_path: Path) -> AsyncIterator[Callable[..., Told]]:
    """Start to listen to the simulator's port; listening ends with the test."""
    tasks: list[asyncio.Task[None]] = []

    def start(**changes: Any) -> Told:
        told = Told()
        given: dict[str, Any] = {
            "name": "console-1",
            "path": str(settings.link),
            "quarantine_directory": tmp_path / "quarantine",
            "silence_s": PATIENCE_S,
        }
        options = SerialLinkOptions(**(given | changes))
        link = TelemetryLink(options, told, backoff=Backoff(0.01, 0.05))
        tasks.append(asyncio.create_task(link.run()))
        return told

    yield start
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
