"""The control socket: who may use it, and what happens when nobody listens."""

import asyncio
import contextlib
import socket
import stat
from pathlib import Path

import pytest

from procedure_node.control import ControlClient, ControlError, listen


def test_the_owner_and_the_group_may_write_to_it_and_nobody_else(socket_path: Path) -> None:
    with contextlib.closing(listen(socket_path)):
        found = socket_path.stat().st_mode
        assert stat.S_ISSOCK(found)
        assert stat.S_IMODE(found) == 0o660


def test_the_socket_of_an_earlier_run_is_replaced(socket_path: Path) -> None:
    listen(socket_path).close()
    assert socket_path.exists(), "a killed node leaves it behind"
    with contextlib.closing(listen(socket_path)), socket.socket(socket.AF_UNIX) as caller:
        caller.connect(str(socket_path))


def test_a_directory_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        listen(tmp_path / "none" / "control.sock")


def test_without_a_node_the_client_says_what_to_look_at(socket_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(ControlError) as caught:
            ControlClient(socket_path).state()
        told = str(caught.value)
        assert told.startswith(f"{socket_path}: no node answers there")
        assert "is it running, and may this user write to the socket?" in told
        listen(socket_path).close()  # the second time there is a socket, but nobody behind it


async def test_a_node_that_goes_down_meanwhile_is_told(socket_path: Path) -> None:
    server = await asyncio.start_unix_server(lambda _, writer: writer.close(), socket_path)
    async with server:
        with pytest.raises(ControlError, match="no node answers there"):
            await asyncio.to_thread(ControlClient(socket_path).state)
