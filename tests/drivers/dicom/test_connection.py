"""What pynetdicom's associations need from outside."""

import asyncio
import socket
import threading
from pathlib import Path

import pytest
from pynetdicom.presentation import build_context

from drivers.dicom import ArchiveError, Peer
from drivers.dicom.association import Line, open_association
from drivers.dicom.services import VERIFICATION
from simulators.pacs import PacsSimulator
from tests.drivers.dicom.counterparts import free_port

ECHO = [build_context(VERIFICATION)]
PATIENCE_S = 20.0


@pytest.fixture
def pacs(tmp_path: Path) -> PacsSimulator:
    return PacsSimulator("CTSIM", "127.0.0.1", 0, tmp_path)


async def test_only_the_caller_takes_an_answer(pacs):
    """The association's own thread looks for messages; it must leave the answer alone."""
    looked = threading.Semaphore(0)

    def call(peer: Peer) -> None:
        with open_association("NODE", peer, ECHO) as association:
            association.dimse_timeout = 1.0
            take = association.dimse.get_msg

            def get_msg(block: bool = False) -> object:
                message = take(block)
                if threading.current_thread() is association:
                    looked.release()
                return message

            association.dimse.msg_queue.put((1, "answer"))
            association.dimse.get_msg = get_msg
            for _ in range(3):
                assert looked.acquire(timeout=PATIENCE_S)
            assert association.dimse.get_msg(block=True) == (1, "answer")

    async with pacs:
        await asyncio.to_thread(call, pacs.peer)


async def test_packets_are_not_held_back(pacs):
    def option(peer: Peer) -> int:
        with open_association("NODE", peer, ECHO) as association:
            transport = association.dul.socket
            assert transport is not None
            assert transport.socket is not None
            return transport.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

    async with pacs:
        assert await asyncio.to_thread(option, pacs.peer) == 1


async def test_sockets_are_closed_when_nobody_listens_or_the_peer_is_gone(pacs, monkeypatch):
    made: list[socket.socket] = []
    make = socket.socket

    class Noted(make):
        def __init__(self, *args, **kwargs) -> None:
            super().__init__(*args, **kwargs)
            made.append(self)

    def call(peer: Peer) -> None:
        with open_association("NODE", peer, ECHO):
            pass

    nobody = Peer("PACS", "127.0.0.1", free_port())
    async with pacs:
        peer = pacs.peer
        monkeypatch.setattr(socket, "socket", Noted)
        await asyncio.to_thread(call, peer)
        with pytest.raises(ArchiveError, match="nothing answers"):
            await asyncio.to_thread(call, nobody)
        monkeypatch.undo()
    assert len(made) >= 2
    assert [one.fileno() for one in made] == [-1] * len(made)


async def test_a_line_that_was_hung_up_calls_nobody():
    line = Line()
    line.hang_up()
    with (
        pytest.raises(ArchiveError, match="was stopped"),
        open_association("NODE", Peer("PACS", "127.0.0.1", free_port()), ECHO, line),
    ):
        pass


async def test_hanging_up_wakes_who_waits(pacs):
    line, waits = Line(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def call(peer: Peer) -> object:
        with open_association("NODE", peer, ECHO, line) as association:
            loop.call_soon_threadsafe(waits.set)
            return association.dimse.get_msg(block=True)

    async with pacs:
        waiting = asyncio.create_task(asyncio.to_thread(call, pacs.peer))
        await waits.wait()
        line.hang_up()
        async with asyncio.timeout(3.0):
            assert await waiting == (None, None)
