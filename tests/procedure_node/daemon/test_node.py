"""The whole node in this process: it comes up, and goes down whenever it is told to."""

import asyncio
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from drivers.systemd import ServiceNotifier
from procedure_node.control import ControlClient
from procedure_node.daemon.node import run
from procedure_node.events import LoggedIn, LoggedOut, LoginFailed
from procedure_node.imaging import ImagingWorker
from procedure_node.journal import Journal, JournalError, read_entries
from procedure_node.people import Cost, Person, hash_password, load_roles, write_person
from procedure_node.settings import LoadedSettings, SecretMissingError, load_settings
from procedure_node.state import NodeState, replay

CONFIG = Path(__file__).parents[3] / "config"
COMES_UP_WITHIN_S = 60.0
STOPS_WITHIN_S = 5.0

SETTINGS = """
protocols_directory = "{config}/protocols"
seed_models_directory = "{config}/seed_models"
[node]
room = "CT1"
generation_mode = "TEST"
data_directory = "{data}"
[dicom]
ae_title = "PROCNODE"
host = "127.0.0.1"
port = {ports[0]}
[dicom.archive]
ae_title = "PACS"
host = "127.0.0.1"
port = {ports[1]}
[broker]
host = "127.0.0.1"
port = {ports[2]}
[edc]
url = "http://127.0.0.1:{ports[3]}/api/"
allow_plain_http = true
[display]
port = {ports[4]}
"""


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path: a Unix socket's name is at most 107 bytes long."""
    with tempfile.TemporaryDirectory(prefix="pn-") as path:
        yield Path(path)


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROCEDURE_NODE_EDC_TOKEN", "0" * 32)


@pytest.fixture
def worker() -> Iterator[ImagingWorker]:
    with ImagingWorker({}, "UTC") as started:
        yield started


def loaded(folder: Path, data: Path) -> LoadedSettings:
    """Settings of a node none of whose peers answer."""
    path = folder / "node.toml"
    path.write_text(SETTINGS.format(config=CONFIG, data=data, ports=free_ports(5)))
    return load_settings(path)


class Manager:
    """A service manager's socket."""

    def __init__(self, folder: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._socket.bind(str(folder / "notify"))
        self.notifier = ServiceNotifier({"NOTIFY_SOCKET": str(folder / "notify")})

    async def hear(self) -> str:
        async with asyncio.timeout(COMES_UP_WITHIN_S):
            return (await asyncio.get_running_loop().sock_recv(self._socket, 1024)).decode()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def manager(folder: Path) -> Iterator[Manager]:
    made = Manager(folder)
    yield made
    made.close()


async def ended(running: "asyncio.Task[NodeState]", stop: asyncio.Event) -> NodeState:
    stop.set()
    async with asyncio.timeout(STOPS_WITHIN_S):
        return await running


async def test_it_is_ready_when_page_and_commands_are_served_and_ends_in_order(
    folder: Path, manager: Manager, worker: ImagingWorker
) -> None:
    settings = loaded(folder, folder / "data")
    stop = asyncio.Event()
    running = asyncio.create_task(run(settings, worker, stop, manager.notifier))
    assert await manager.hear() == "READY=1"
    state = await asyncio.to_thread(ControlClient(settings.settings.control_socket).state)
    assert (state["room"], state["session"], state["running"]) == ("CT1", 1, True)
    async with httpx.AsyncClient(trust_env=False) as browser:
        page = await browser.get(f"http://127.0.0.1:{settings.settings.display.port}/")
    assert page.status_code == 200

    last = await ended(running, stop)

    assert await manager.hear() == "STOPPING=1"
    events = [entry.event for entry in read_entries(settings.settings.journal_path)]
    assert (events[0].payload.kind, events[-1].payload.kind) == ("node-started", "node-stopped")
    assert {event.mode for event in events} == {"TEST"}
    assert replay(events).model_dump_json() == last.model_dump_json()
    with pytest.raises(OSError, match=r"refused|failed"):
        await asyncio.open_connection("127.0.0.1", settings.settings.display.port)


async def test_a_person_at_the_page_commands_the_node(
    folder: Path, manager: Manager, worker: ImagingWorker
) -> None:
    loaded(folder, folder / "data")
    with (folder / "node.toml").open("a") as file:
        file.write(f'people_file = "people.toml"\nroles_file = "{CONFIG}/roles.toml"\n')
    settings = load_settings(folder / "node.toml")
    nurse = Person(role="nurse", password_hash=hash_password("correct horse", Cost(n=2**4)))
    write_person(folder / "people.toml", "nurse-7", nurse, load_roles(CONFIG / "roles.toml"))
    stop = asyncio.Event()
    running = asyncio.create_task(run(settings, worker, stop, manager.notifier))
    assert await manager.hear() == "READY=1"
    address = f"http://127.0.0.1:{settings.settings.display.port}"
    headers = {"X-Procedure-Node": "page", "Origin": address}
    opening = {"subject": "S-001", "protocol": "demonstration", "arm": "STRATEGY"}
    async with httpx.AsyncClient(trust_env=False, base_url=address, headers=headers) as browser:
        login = {"name": "nurse-7", "password": "correct horse"}
        await browser.post("/api/session", json={**login, "password": "incorrect horse"})
        await browser.post("/api/session", json=login)
        command = {**opening, "study_uid": "1.2.3"}
        answer = await browser.post("/api/commands/open", json=command)
    last = await ended(running, stop)

    assert last.procedure is not None
    assert answer.json() == {"procedure_id": last.procedure.procedure_id}
    events = [entry.event for entry in read_entries(settings.settings.journal_path)]
    (opened,) = (event for event in events if event.payload.kind == "procedure-opened")
    assert (opened.originator.name, opened.originator.role) == ("nurse-7", "nurse")
    of_logins = [e for e in events if isinstance(e.payload, LoginFailed | LoggedIn | LoggedOut)]
    assert [e.payload for e in of_logins] == [
        LoginFailed(person="nurse-7", tries_left=4),
        LoggedIn(),
        LoggedOut(why="PAGE_STOPPED"),
    ]
    assert [e.originator.name for e in of_logins] == ["procedure-node", "nurse-7", "nurse-7"]
    acts = [(entry.by, entry.act, entry.detail) for entry in last.procedure.audit[1:]]
    assert acts == [("nurse-7", "logged-out", "the node stopped serving the page")]
    assert b"horse" not in settings.settings.journal_path.read_bytes()


async def test_a_node_that_cannot_come_up_still_goes_down(
    folder: Path, manager: Manager, worker: ImagingWorker
) -> None:
    """Its control socket has too long a name: it is never ready."""
    settings = loaded(folder, folder / ("x" * 120))
    stop = asyncio.Event()
    stop.set()
    async with asyncio.timeout(COMES_UP_WITHIN_S):
        last = await run(settings, worker, stop, manager.notifier)
    assert await manager.hear() == "STOPPING=1", "it never said READY"
    assert not last.running


async def test_a_second_node_on_the_same_data_is_refused(
    folder: Path, manager: Manager, worker: ImagingWorker
) -> None:
    settings = loaded(folder, folder / "data")
    first = Journal.open(settings.settings.journal_path)
    with pytest.raises(JournalError, match="another procedure node writes this journal"):
        await run(settings, worker, asyncio.Event(), manager.notifier)
    await first.close()


async def test_without_its_secrets_it_does_not_start(
    folder: Path, manager: Manager, worker: ImagingWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PROCEDURE_NODE_EDC_TOKEN")
    settings = loaded(folder, folder / "data")
    with pytest.raises(SecretMissingError, match="'edc-token' is missing"):
        await run(settings, worker, asyncio.Event(), manager.notifier)
    assert not settings.settings.journal_path.exists()
