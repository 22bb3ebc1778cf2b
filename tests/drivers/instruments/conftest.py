"""A link to an instrument on a port, and what it told."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from drivers.backoff import Backoff
from drivers.serial_line import Dialogue, SerialLinkOptions, TelemetryLink
from tests.drivers.serial_line.told import PATIENCE_S, Told


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
