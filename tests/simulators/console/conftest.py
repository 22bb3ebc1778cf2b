"""A quick simulated console, and a telemetry link that listens to it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from dosimetry_core.values import GenerationMode
from drivers.backoff import Backoff
from drivers.serial_line import SerialLinkOptions, TelemetryLink
from simulators.console import ConsoleSettings
from tests.drivers.serial_line.told import PATIENCE_S, Told


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
