"""A whole installation: a node between real counterparts."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dosimetry_core.values import GenerationMode
from drivers.dicom import Peer
from simulators.console import ConsoleSettings, ConsoleSimulator
from simulators.edc import EdcSimulator, read_project
from tests.drivers.dicom import counterparts
from tests.drivers.mqtt.conftest import Mosquitto
from tests.system.node import CONFIG, NodeProcess

TOKEN = "0123456789ABCDEF0123456789ABCDEF"
PASSWORD = "a broker's password"

SETTINGS = """\
seed_models_directory = "{config}/seed_models"

[node]
room = "CT9"
generation_mode = "{mode}"
data_directory = "{folder}/data"

[dicom]
ae_title = "NODE"
host = "127.0.0.1"
port = {storage_port}

[dicom.archive]
ae_title = "{archive.ae_title}"
host = "{archive.host}"
port = {archive.port}
poll_s = 0.3

[[serial]]
name = "console-1"
role = "CONSOLE"
path = "{folder}/console-1"

[broker]
host = "127.0.0.1"
port = {broker_port}
username = "node"
accepts = {accepts}

[edc]
url = "{edc_url}"
accepts = {accepts}
allow_plain_http = true

[display]
port = {display_port}
"""

PROTOCOL_CHANGES = (
    ('name = "demonstration"', 'name = "short"'),
    ("freeze_minutes = [10.0, 10.0]", "freeze_minutes = [0.02]"),
    ("thaw_minutes = [8.0]", "thaw_minutes = []"),
    ("cycles = 2", "cycles = 1"),
    ("example = true", "example = false"),
)


@dataclass(slots=True)
class Suite:
    """The node and all that it talks to."""

    node: NodeProcess
    archive: Peer
    broker: Mosquitto
    console: ConsoleSimulator
    edc: EdcSimulator


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[tuple[Peer, int]]:
    storage_port = counterparts.free_port()
    folder = tmp_path / "orthanc"
    folder.mkdir()
    with counterparts.orthanc(folder, storage_port) as peer:
        yield peer, storage_port


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Mosquitto]:
    passwords = tmp_path / "passwords"
    passwords.touch(mode=0o600)
    for user in ("node", "reader"):
        command = ("mosquitto_passwd", "-b", str(passwords), user, PASSWORD)
        process = await asyncio.create_subprocess_exec(*command)
        assert await process.wait() == 0
    mosquitto = Mosquitto(tmp_path, f"password_file {passwords}", "allow_anonymous false")
    await mosquitto.start()
    yield mosquitto
    await mosquitto.kill()


@pytest.fixture
async def edc() -> AsyncIterator[EdcSimulator]:
    redcap = CONFIG / "redcap"
    project = read_project(redcap / "data_dictionary.csv", redcap / "repeating_forms.csv")
    async with EdcSimulator(project, TOKEN) as simulator:
        yield simulator


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[ConsoleSimulator]:
    settings = ConsoleSettings(
        link=tmp_path / "console-1",
        generation_mode=GenerationMode.DEMO,
        probes=1,
        thermometers=1,
        period_s=0.1,
        speed=50.0,
    )
    async with ConsoleSimulator(settings) as simulator:
        yield simulator


@pytest.fixture
def mode() -> str:
    """What the node itself is set to; a test may override it."""
    return "TEST"


@pytest.fixture
def accepts() -> str:
    """Modes that broker and EDC take; a test may override it."""
    return '["TEST", "DEMO"]'


@pytest.fixture
async def suite(
    tmp_path: Path,
    archive: tuple[Peer, int],
    broker: Mosquitto,
    edc: EdcSimulator,
    console: ConsoleSimulator,
    accepts: str,
    mode: str,
) -> AsyncIterator[Suite]:
    protocols = tmp_path / "protocols"
    protocols.mkdir()
    text = (CONFIG / "protocols" / "demonstration.toml").read_text()
    for old, new in PROTOCOL_CHANGES:
        assert old in text
        text = text.replace(old, new)
    (protocols / "short.toml").write_text(text)
    peer, storage_port = archive
    node = NodeProcess(
        tmp_path,
        counterparts.free_port(),
        {"PROCEDURE_NODE_EDC_TOKEN": TOKEN, "PROCEDURE_NODE_BROKER_PASSWORD": PASSWORD},
    )
    node.settings.write_text(
        SETTINGS.format(
            config=CONFIG,
            mode=mode,
            folder=tmp_path,
            storage_port=storage_port,
            archive=peer,
            broker_port=broker.port,
            edc_url=edc.url,
            accepts=accepts,
            display_port=node.display_port,
        )
    )
    await node.start()
    yield Suite(node, peer, broker, console, edc)
    await node.kill()
