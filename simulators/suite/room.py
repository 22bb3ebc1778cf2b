"""All that stands around the node in the demonstration: scanner, console, EDC, broker."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from dosimetry_core.values import GenerationMode
from drivers.dicom import Peer
from simulators.broker import EmbeddedBroker
from simulators.console import ConsoleSettings, ConsoleSimulator
from simulators.edc import EdcSimulator, read_project
from simulators.pacs import PacsSimulator
from simulators.patient import (
    PatientCt,
    ScanScript,
    identity_of,
    load_baseline,
    write_contours,
    write_scan,
)
from simulators.suite.installation import Installation
from simulators.suite.node_process import command, running_node
from simulators.suite.page import PageReader

PHYSICS_SPEED = 6.0
"""The console's tissue freezes so much faster than real tissue: the protocol's minutes are made
shorter in the demonstration."""


@dataclass(frozen=True, slots=True)
class Room:
    """The suite while the demonstration runs.

    Attributes:
        installation: the node's installation.
        page: what the node shows.
        tell: prints a line of progress.
    """

    installation: Installation
    page: PageReader
    console: ConsoleSimulator
    thermometer: ConsoleSimulator
    pacs: PacsSimulator
    edc: EdcSimulator
    broker: EmbeddedBroker
    patient: PatientCt
    tell: Callable[[str], None]

    async def operator(self, what: str, **options: Any) -> None:
        """The operator gives the node a command."""
        await command(self.installation, what, **options)

    async def scan(self, script: ScanScript) -> None:
        """Take a scan: its images arrive at the archive one after the other."""
        paths = await self.acquire(script)
        await self.pacs.add_series(paths, interval_s=0.01)

    async def acquire(self, script: ScanScript) -> tuple[Path, ...]:
        """A scan's files; with the baseline comes the structure set. Written once for a run."""
        directory = self.installation.root / "scans" / str(script.number)
        if not directory.exists():
            await asyncio.to_thread(self._write, script, directory)
        return tuple(sorted(directory.rglob("*.dcm")))

    def _write(self, script: ScanScript, directory: Path) -> None:
        draft = directory.with_name(directory.name + ".part")
        identity = identity_of(self.patient, self.installation.started, self.installation.run_seed)
        now = datetime.now(UTC)
        series = write_scan(script, self.patient, identity, acquired_at=now, directory=draft)
        if script.number == 0:
            write_contours(series, identity, drawn_at=now, path=draft / "structures.dcm")
        draft.rename(directory)


@contextlib.asynccontextmanager
async def opened_room(
    installation: Installation, tell: Callable[[str], None]
) -> AsyncGenerator[Room]:
    """Start every simulator, then the node; stop the node first on the way out."""
    ports = installation.ports
    project = read_project(
        installation.config / "redcap" / "data_dictionary.csv",
        installation.config / "redcap" / "repeating_forms.csv",
        title="DEMO procedure record",
    )
    patient = await asyncio.to_thread(load_baseline)
    async with contextlib.AsyncExitStack() as stack:
        edc = await stack.enter_async_context(
            EdcSimulator(
                project,
                installation.token,
                store=installation.root / "edc.sqlite",
                port=ports.edc,
            )
        )
        broker = await stack.enter_async_context(EmbeddedBroker(port=ports.broker))
        pacs = await stack.enter_async_context(
            PacsSimulator(
                "CTSIM",
                "127.0.0.1",
                ports.archive,
                installation.root / "archive",
                destinations={"PROCNODE": Peer("PROCNODE", "127.0.0.1", ports.storage)},
                mode=GenerationMode.DEMO,
            )
        )
        console = await stack.enter_async_context(
            ConsoleSimulator(
                ConsoleSettings(
                    link=installation.console,
                    generation_mode=GenerationMode.DEMO,
                    probes=4,
                    thermometers=0,
                    period_s=0.5,
                    speed=PHYSICS_SPEED,
                )
            )
        )
        thermometer = await stack.enter_async_context(
            ConsoleSimulator(
                ConsoleSettings(
                    link=installation.thermometer,
                    generation_mode=GenerationMode.DEMO,
                    device_id="SIM-THERMOMETER-1",
                    probes=0,
                    thermometers=2,
                    period_s=0.5,
                    speed=PHYSICS_SPEED,
                )
            )
        )
        client = await stack.enter_async_context(httpx.AsyncClient(timeout=5.0, trust_env=False))
        page = PageReader(installation.page, client)
        await stack.enter_async_context(running_node(installation, tell))
        yield Room(installation, page, console, thermometer, pacs, edc, broker, patient, tell)
