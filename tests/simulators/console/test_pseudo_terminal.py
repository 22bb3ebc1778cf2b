import os
from pathlib import Path

from simulators.console.pseudo_terminal import UNREAD_LIMIT_BYTES, PseudoTerminal


def read_all(path: Path) -> bytes:
    reader = os.open(path, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        return os.read(reader, 100_000)
    finally:
        os.close(reader)


def test_what_waits_for_a_reader_is_limited_and_can_be_thrown_away(tmp_path: Path):
    terminal = PseudoTerminal(tmp_path / "port")
    assert terminal.has_room(1_000_000)
    terminal.plug()
    try:
        terminal.write(bytes(UNREAD_LIMIT_BYTES - 10))
        assert terminal.has_room(10)
        assert not terminal.has_room(11)
        terminal.discard_unread()
        assert terminal.has_room(UNREAD_LIMIT_BYTES)
        terminal.write(b"new")
        assert read_all(tmp_path / "port") == b"new"
    finally:
        terminal.unplug()


def test_bytes_pass_unchanged(tmp_path: Path):
    terminal = PseudoTerminal(tmp_path / "folder" / "port")
    terminal.plug()
    every_byte = bytes(range(256))
    try:
        terminal.write(every_byte)
        assert read_all(tmp_path / "folder" / "port") == every_byte
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
