import asyncio

import pytest

from drivers.dicom import ArchiveError, Peer, UnreadableError, send_images
from tests.drivers.dicom.counterparts import free_port, running
from tests.drivers.dicom.synthetic import write_series

DATA = "transfer_syntaxes/jpeg2000_lossless.dcm"


async def test_peer_that_is_not_there(tmp_path):
    series = write_series(tmp_path, 1)
    with pytest.raises(ArchiveError, match="nothing answers"):
        await send_images(Peer("PACS", "127.0.0.1", free_port()), "NODE", series.paths)


async def test_nothing_to_send_calls_nobody():
    await send_images(Peer("PACS", "127.0.0.1", free_port()), "NODE", [])


async def test_file_that_is_not_dicom(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("not DICOM")
    with pytest.raises(UnreadableError):
        await send_images(Peer("PACS", "127.0.0.1", free_port()), "NODE", [path])


async def test_peer_that_takes_only_implicit_vr_gets_that(tmp_path, request):
    """dcmtk's storescp with +xi accepts nothing but Implicit VR Little Endian."""
    series = write_series(tmp_path / "ct", 2)
    port, received = free_port(), tmp_path / "received"
    received.mkdir()
    command = ["storescp", "+xi", "-od", str(received), str(port)]
    with running(command, port, tmp_path / "storescp.log"):
        peer = Peer("STORESCP", "127.0.0.1", port)
        await send_images(peer, "NODE", series.paths)
        compressed = request.path.parent / "data" / DATA
        with pytest.raises(ArchiveError, match=r"does not take|none of the services"):
            await send_images(peer, "NODE", [compressed])
    assert len(list(received.iterdir())) == 2


async def test_peer_that_breaks_off(tmp_path):
    series = write_series(tmp_path / "ct", 2)
    port = free_port()
    command = ["storescp", "--abort-during", "-od", str(tmp_path), str(port)]
    with (
        running(command, port, tmp_path / "storescp.log"),
        pytest.raises(ArchiveError, match="broke off while"),
    ):
        await send_images(Peer("STORESCP", "127.0.0.1", port), "NODE", series.paths)


async def test_cancelled_sending_ends_at_once(tmp_path):
    series = write_series(tmp_path / "ct", 40)
    port = free_port()
    command = ["storescp", "--sleep-during", "1", "-od", str(tmp_path), str(port)]
    with running(command, port, tmp_path / "storescp.log"):
        sending = asyncio.create_task(
            send_images(Peer("STORESCP", "127.0.0.1", port), "NODE", series.paths)
        )
        await asyncio.sleep(0)
        sending.cancel()
        async with asyncio.timeout(5.0):
            with pytest.raises(asyncio.CancelledError):
                await sending
