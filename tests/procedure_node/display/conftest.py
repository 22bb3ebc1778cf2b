import asyncio
import contextlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from procedure_node.display import create_app, serve
from procedure_node.views import ViewShelf
from tests.procedure_node.display import display_sample
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

    def __init__(self, source: LatestState, clock):
        self.source = source
        self.app = create_app(source, ViewShelf(), clock=clock)
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
