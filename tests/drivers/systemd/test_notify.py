"""What a service manager hears, over a datagram socket of its own."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.systemd import ServiceNotifier


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[socket.socket]:
    """A socket as systemd has one, under a path or in the abstract name space."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    name = f"notify-{os.getpid()}-{id(listener)}"
    listener.bind(str(tmp_path / name) if request.param == "path" else f"\0{name}")
    listener.settimeout(5)
    yield listener
    listener.close()


def address(manager: socket.socket) -> str:
    """As ``$NOTIFY_SOCKET`` has it: an abstract name begins with an at sign."""
    name = manager.getsockname()
    return "@" + name[1:].decode() if isinstance(name, bytes) else name


def told(manager: socket.socket) -> str:
    return manager.recv(1024).decode()


def test_the_manager_is_told_how_the_service_is(manager: socket.socket) -> None:
    notifier = ServiceNotifier({"NOTIFY_SOCKET": address(manager)})
    notifier.ready()
    notifier.status("one procedure is open")
    notifier.alive()
    notifier.stopping()
    assert [told(manager) for _ in range(4)] == [
        "READY=1",
        "STATUS=one procedure is open",
        "WATCHDOG=1",
        "STOPPING=1",
    ]


def test_without_a_manager_nothing_is_sent() -> None:
    notifier = ServiceNotifier({})
    notifier.ready()
    assert notifier.watchdog_s is None


def test_a_manager_that_went_away_does_not_stop_the_service(tmp_path: Path) -> None:
    gone = ServiceNotifier({"NOTIFY_SOCKET": str(tmp_path / "gone")})
    gone.alive()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "closed"))
    closed = ServiceNotifier({"NOTIFY_SOCKET": str(tmp_path / "closed")})
    closed.alive()


def test_a_manager_that_does_not_read_is_not_waited_for(manager: socket.socket) -> None:
    notifier = ServiceNotifier({"NOTIFY_SOCKET": address(manager)})
    for _ in range(5000):  # more than any queue of datagrams holds
        notifier.alive()
    assert told(manager) == "WATCHDOG=1"


@pytest.mark.parametrize(
    ("environment", "watchdog_s"),
    [
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "500000"}, 0.5),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getppid())}, None),
        ({"WATCHDOG_PID": str(os.getpid())}, None),
        ({"WATCHDOG_USEC": "", "WATCHDOG_PID": ""}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "-1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
    ],
    ids=["ours", "anyone's", "another's", "no time", "empty", "no number", "negative", "zero"],
)
def test_the_watchdog_is_fed_only_where_it_waits_for_us(
    environment: dict[str, str], watchdog_s: float | None
) -> None:
    """sd_watchdog_enabled(3)."""
    assert ServiceNotifier(environment).watchdog_s == watchdog_s


def test_the_service_is_started_with_the_manager_in_its_environment(
    monkeypatch: pytest.MonkeyPatch, manager: socket.socket
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address(manager))
    ServiceNotifier().ready()
    assert told(manager) == "READY=1"
