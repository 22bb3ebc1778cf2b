"""The service manager's watchdog is fed while every part is alive, and only then."""

import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from drivers.systemd import ServiceNotifier
from procedure_node.daemon.node import _feed
from procedure_node.daemon.vitals import Vitals


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(str(tmp_path / "notify"))
    listener.setblocking(False)
    yield listener
    listener.close()


def notifier(manager: socket.socket, watchdog_us: int) -> ServiceNotifier:
    return ServiceNotifier(
        {
            "NOTIFY_SOCKET": manager.getsockname(),
            "WATCHDOG_USEC": str(watchdog_us),
            "WATCHDOG_PID": str(os.getpid()),
        }
    )


class Scripted(Vitals):
    """Says in turn which parts are silent; the last word stays."""

    def __init__(self, *silences: tuple[str, ...]) -> None:
        super().__init__()
        self._silences = list(silences)
        self.asked = 0

    def silent(self) -> tuple[str, ...]:
        self.asked += 1
        return self._silences.pop(0) if len(self._silences) > 1 else self._silences[0]


async def heard(manager: socket.socket) -> bytes:
    async with asyncio.timeout(10):
        return await asyncio.get_running_loop().sock_recv(manager, 1024)


async def test_it_is_fed_again_and_again(manager: socket.socket) -> None:
    feeding = asyncio.create_task(_feed(notifier(manager, 3000), Vitals()))
    assert [await heard(manager) for _ in range(3)] == [b"WATCHDOG=1"] * 3
    feeding.cancel()
    await asyncio.wait({feeding})


async def test_it_is_not_fed_while_a_part_is_silent(manager: socket.socket) -> None:
    vitals = Scripted(("mqtt",), ("mqtt", "core"), ())
    with capture_logs() as logs:
        feeding = asyncio.create_task(_feed(notifier(manager, 3000), vitals))
        assert await heard(manager) == b"WATCHDOG=1"
        feeding.cancel()
        await asyncio.wait({feeding})
    assert vitals.asked == 3, "the first meal came with the third look"
    assert [entry["parts"] for entry in logs] == [("mqtt",), ("mqtt", "core")]


async def test_without_a_watchdog_nothing_is_fed(manager: socket.socket) -> None:
    await _feed(ServiceNotifier({"NOTIFY_SOCKET": manager.getsockname()}), Scripted(()))
    with pytest.raises(BlockingIOError):
        manager.recv(1024)
