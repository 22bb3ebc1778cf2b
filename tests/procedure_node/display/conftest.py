import asyncio
import contextlib
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright

from dosimetry_core.values import GenerationMode
from procedure_node.control import Controls
from procedure_node.display import create_app, serve
from procedure_node.people import Cost, FrontDoor, Person, hash_password, load_roles, write_person
from procedure_node.views import ViewShelf
from tests.procedure_node.display import display_sample
from tests.procedure_node.display.browsing import FLAGS, WALL, is_bad
from tests.procedure_node.display.latest_state import LatestState

NOW = datetime(2026, 3, 2, 10, 42, tzinfo=UTC)


@pytest.fixture
def sample():
    """The module that builds the sample procedure."""
    return display_sample


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def view_directory(tmp_path_factory) -> Path:
    directory = tmp_path_factory.mktemp("views") / "view"
    display_sample.write_sample_view(directory)
    return directory


@pytest.fixture
def state(view_directory: Path):
    return display_sample.node_state(NOW, view_directory)


@pytest.fixture
def changed(state):
    """Make a state with other values in its procedure."""

    def change(**values):
        procedure = state.procedure.model_copy(update=values)
        return state.model_copy(update={"procedure": procedure})

    return change


class RunningDisplay:
    """A display on a port of its own."""

    def __init__(self, source, clock, login=None):
        self.source = source
        self.app = create_app(source, ViewShelf(), clock=clock, login=login)
        self.url = ""
        self._task: asyncio.Task[None] | None = None

    async def start(self, port: int = 0) -> int:
        ready: asyncio.Future[tuple[str, int]] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(
            serve(self.app, "127.0.0.1", port, on_ready=lambda *address: ready.set_result(address))
        )
        await asyncio.wait((self._task, ready), return_when=asyncio.FIRST_COMPLETED)
        if self._task.done():
            self._task.result()
        host, port = ready.result()
        self.url = f"http://{host}:{port}"
        return port

    async def stop(self) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task


@pytest.fixture
async def display(state):
    """The sample procedure on a display whose clock stands still."""
    running = RunningDisplay(LatestState(state), clock=lambda: NOW)
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
def make_display():
    return RunningDisplay


PASSWORD = "correct horse"
CONFIG = Path(__file__).parents[3] / "config"


@pytest.fixture
def password() -> str:
    return PASSWORD


@pytest.fixture(scope="session")
def people_file(tmp_path_factory) -> Path:
    """A physician dr-2 and a nurse nurse-7, with the same password."""
    path = tmp_path_factory.mktemp("people") / "people.toml"
    roles = load_roles(CONFIG / "roles.toml")
    for name, role in (("dr-2", "physician"), ("nurse-7", "nurse")):
        person = Person(role=role, password_hash=hash_password(PASSWORD, Cost(n=2**4)))
        write_person(path, name, person, roles)
    return path


def _told() -> asyncio.Future[None]:
    """As if it were on disk already."""
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    done.set_result(None)
    return done


@pytest.fixture
def make_door(people_file):
    """A front door with cheap passwords, on a clock of the test's own."""

    def make(idle_s: float = 300.0, now_s=time.monotonic) -> FrontDoor:
        return FrontDoor(
            people_file,
            CONFIG / "roles.toml",
            idle_s=idle_s,
            tell=lambda *_: _told(),
            now_s=now_s,
            decoy_cost=Cost(n=2**4),
        )

    return make


@pytest.fixture
def make_controls():
    """Controls on a core, as the node has them."""

    async def no_archive(accession: str) -> str:
        raise AssertionError(accession)

    def make(core) -> Controls:
        return Controls(
            core,
            mode=GenerationMode.TEST,
            protocols=CONFIG / "protocols",
            seed_models=("Amersham6711",),
            devices=("console-1", "therm-1"),
            cryoprobes=("IceRod",),
            find_study=no_archive,
        )

    return make


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser():
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser):
    """A page that keeps what it asked for and what went wrong in it."""
    page = await browser.new_page(viewport=WALL)
    page.asked, page.troubles = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("pageerror", lambda error: page.troubles.append(str(error)))
    page.on("console", lambda told: page.troubles.append(told.text) if is_bad(told) else None)
    page.set_default_timeout(60_000)
    yield page
    await page.close()
