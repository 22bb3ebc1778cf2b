"""A node's core behind a real control socket."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dosimetry_core.values import GenerationMode
from procedure_node.control import ControlClient, Controls, listen
from procedure_node.core import CommandRefusedError, Core
from procedure_node.http import serve_on
from procedure_node.journal import Journal
from procedure_node.state import NodeState

PROTOCOLS = Path(__file__).parents[3] / "config" / "protocols"


@pytest.fixture
def socket_path() -> Iterator[Path]:
    """A short path: a Unix socket's name is at most 107 bytes long."""
    with tempfile.TemporaryDirectory(prefix="pn-") as folder:
        yield Path(folder) / "control.sock"


class Archive:
    """Knows studies by accession number; ``asked`` notes the questions."""

    def __init__(self) -> None:
        self.studies = {"A-17": "1.2.840.17"}
        self.asked: list[str] = []

    async def find(self, accession: str) -> str:
        self.asked.append(accession)
        if accession not in self.studies:
            raise CommandRefusedError("the archive has 0 studies of this accession number")
        return self.studies[accession]


@pytest.fixture
def archive() -> Archive:
    return Archive()


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    opened = Journal.open(tmp_path / "journal.sqlite")
    yield opened
    await opened.close()


@pytest.fixture
async def core(journal: Journal) -> AsyncIterator[Core]:
    made = Core(journal, NodeState(), mode=GenerationMode.TEST, project=lambda *_: ())
    running = asyncio.create_task(made.run())
    yield made
    made.stop()
    await running


Give = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
async def client(core: Core, archive: Archive, socket_path: Path) -> AsyncIterator[ControlClient]:
    controls = Controls(
        core,
        mode=GenerationMode.TEST,
        protocols=PROTOCOLS,
        seed_models=("Amersham6711",),
        devices=("console-1", "therm-1"),
        cryoprobes=("IceRod",),
        find_study=archive.find,
    )
    ready = asyncio.Event()
    serving = asyncio.create_task(serve_on(controls.app(), listen(socket_path), on_ready=ready.set))
    await ready.wait()
    yield ControlClient(socket_path)
    serving.cancel()
    await asyncio.wait({serving})


@pytest.fixture
def give(client: ControlClient) -> Give:
    """Give a command as a person does, from another thread than the node's."""

    async def command(name: str, **arguments: Any) -> dict[str, Any]:
        return await asyncio.to_thread(client.command, name, {"by": "staff-7", **arguments})

    return command
