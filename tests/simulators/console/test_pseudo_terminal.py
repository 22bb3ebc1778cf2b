import os
import select
import time
from collections.abc import Callable
from pathlib import Path

from simulators.console.pseudo_terminal import UNREAD_LIMIT_BYTES, PseudoTerminal

PATIENCE_S = 20.0


def until(met: Callable[[], bool]) -> None:
    """Wait for the kernel: what is written into one end comes to the other a little later."""
    deadline_s = time.monotonic() + PATIENCE_S
    while not met():
        assert time.monotonic() < deadline_s
        time.sleep(0.001)


def read(path: Path, count: int) -> bytes:
    reader = os.open(path, os.O_RDONLY | os.O_NOCTTY)
    data = b""
    try:
        while len(data) < count:
            assert select.select([reader], [], [], PATIENCE_S)[0]
            data += os.read(reader, 4096)
    finally:
        os.close(reader)
    return data


def test_what_waits_for_a_reader_is_limited_and_can_be_thrown_away(tmp_path: Path):
    terminal = PseudoTerminal(tmp_path / "port")
    assert terminal.has_room(1_000_000)
    terminal.plug()
    try:
        terminal.write(bytes(UNREAD_LIMIT_BYTES - 10))
        until(lambda: not terminal.has_room(11))
        assert terminal.has_room(10)
        terminal.discard_unread()
        assert terminal.has_room(UNREAD_LIMIT_BYTES)
        terminal.write(b"new")
        assert read(tmp_path / "port", 3) == b"new"
    finally:
        terminal.unplug()


def test_bytes_pass_unchanged(tmp_path: Path):
    terminal = PseudoTerminal(tmp_path / "folder" / "port")
    terminal.plug()
    every_byte = bytes(range(256))
    try:
        terminal.write(every_byte)
        assert read(tmp_path / "folder" / "port", 256) == every_byte
    finally:
        terminal.unplug()


def test_plugging_and_unplugging_twice_is_harmless_and_an_old_link_is_replaced(tmp_path: Path):
    link = tmp_path / "port"
    link.symlink_to("/nowhere")
    terminal = PseudoTerminal(link)
    terminal.plug()
    terminal.plug()
    assert link.exists()
    assert terminal.is_plugged
    terminal.unplug()
    terminal.unplug()
    terminal.write(b"lost")
    assert not link.is_symlink()
    assert not terminal.is_plugged
    assert list(tmp_path.iterdir()) == []
