"""What a link has told, for tests that listen to one."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from drivers.telemetry import TelemetryValue

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
