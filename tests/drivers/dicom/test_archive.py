"""What an archive client says and does when the archive does not do its part."""

import asyncio
import socket
from pathlib import Path

import pytest

from drivers.dicom import Archive, ArchiveError, Peer, StorageReceiver
from drivers.dicom import archive as archive_module
from drivers.dicom import query as query_module
from simulators.pacs import FaultPlan, PacsSimulator
from tests.drivers.dicom.counterparts import NODE, free_port
from tests.drivers.dicom.synthetic import write_series


def pacs(folder: Path, **faults) -> PacsSimulator:
    return PacsSimulator("CTSIM", "127.0.0.1", 0, folder / "pacs", faults=FaultPlan(**faults))


async def test_nothing_listens(tmp_path):
    async with Archive(Peer("PACS", "127.0.0.1", free_port()), NODE) as archive:
        with pytest.raises(ArchiveError, match="nothing answers for PACS at 127"):
            await archive.echo()


async def test_host_has_no_address():
    async with Archive(Peer("PACS", "no-such-host.invalid", 104), NODE) as archive:
        with pytest.raises(ArchiveError, match=r"PACS at no-such-host\.invalid:104"):
            await archive.echo()


async def test_something_else_listens():
    async def hang_up(_reader, writer):
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server, Archive(Peer("PACS", *server.sockets[0].getsockname()), NODE) as archive:
        with pytest.raises(ArchiveError, match="does not complete the association"):
            await archive.echo()


async def test_association_is_rejected(tmp_path):
    async with (
        pacs(tmp_path, reject_associations=1) as simulator,
        Archive(simulator.peer, NODE) as archive,
    ):
        with pytest.raises(ArchiveError, match=r"refuses the association.*knows NODE"):
            await archive.find_series("1.2.3")
        await archive.echo()


async def test_service_is_not_offered(tmp_path):
    receiver = StorageReceiver(NODE, "127.0.0.1", 0, tmp_path, on_image=lambda _: None)
    async with receiver, Archive(Peer(NODE, "127.0.0.1", receiver.port), "CT") as archive:
        await archive.echo()
        with pytest.raises(ArchiveError, match="accepts none of the services"):
            await archive.find_series("1.2.3")


async def test_move_that_breaks_off(tmp_path):
    series = write_series(tmp_path, 4)
    async with pacs(tmp_path, broken_moves=1, broken_after_images=2) as simulator:
        await simulator.add_series(series.paths)
        receiver = StorageReceiver(
            NODE, "127.0.0.1", 0, tmp_path / "spool", on_image=lambda _: None
        )
        async with receiver, Archive(simulator.peer, NODE) as archive:
            simulator.add_destination(Peer(NODE, "127.0.0.1", receiver.port))
            with pytest.raises(ArchiveError, match=r"C-MOVE at CTSIM.*broke off without an answer"):
                await archive.move(series.study_uid, series.series_uid, None, NODE)
            outcome = await archive.move(
                series.study_uid, series.series_uid, series.image_uids, NODE
            )
    assert (outcome.completed, outcome.failed) == (4, 0)


async def test_images_that_the_receiver_refuses_are_named(tmp_path):
    series = write_series(tmp_path, 1)
    async with pacs(tmp_path) as simulator:
        await simulator.add_series(series.paths)
        receiver = StorageReceiver(
            NODE, "127.0.0.1", 0, tmp_path / "spool", on_image=lambda _: None
        )
        async with receiver, Archive(simulator.peer, NODE) as archive:
            simulator.add_destination(Peer(NODE, "127.0.0.1", receiver.port))
            await archive.move(series.study_uid, series.series_uid, None, NODE)
            (stored,) = (tmp_path / "spool" / series.series_uid).glob("*.dcm")
            stored.write_bytes(stored.read_bytes().replace(b"TEST Liver", b"TEST Brain"))
            outcome = await archive.move(series.study_uid, series.series_uid, None, NODE)
    assert outcome.failed == 1
    assert outcome.failed_uids == series.image_uids


async def test_many_images_are_asked_for_in_batches(tmp_path, monkeypatch):
    monkeypatch.setattr(query_module, "UIDS_PER_MOVE", 3)
    series = write_series(tmp_path, 7)
    async with pacs(tmp_path) as simulator:
        await simulator.add_series(series.paths)
        receiver = StorageReceiver(
            NODE, "127.0.0.1", 0, tmp_path / "spool", on_image=lambda _: None
        )
        async with receiver, Archive(simulator.peer, NODE) as archive:
            simulator.add_destination(Peer(NODE, "127.0.0.1", receiver.port))
            outcome = await archive.move(
                series.study_uid, series.series_uid, series.image_uids, NODE
            )
    assert outcome.completed == 7


async def test_slow_archive_is_given_up_in_time(tmp_path, monkeypatch):
    monkeypatch.setattr(archive_module, "_FIND_LIMIT_S", 0.2)
    async with (
        pacs(tmp_path, find_delay_s=30.0) as simulator,
        Archive(simulator.peer, NODE) as archive,
    ):
        with pytest.raises(ArchiveError, match=r"SERIES level at CTSIM.*longer than 0 s"):
            await archive.find_series("1.2.3")


async def test_cancelled_call_ends_its_association_at_once(tmp_path):
    async with (
        pacs(tmp_path, find_delay_s=30.0) as simulator,
        Archive(simulator.peer, NODE) as archive,
    ):
        call = asyncio.create_task(archive.find_series("1.2.3"))
        await archive.echo()
        call.cancel()
        async with asyncio.timeout(3.0):
            with pytest.raises(asyncio.CancelledError):
                await call


async def test_close_ends_calls_that_wait(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        peer = Peer("SILENT", "127.0.0.1", silent.getsockname()[1])
        archive = Archive(peer, NODE)
        call = asyncio.create_task(archive.echo())
        connection, _ = await asyncio.to_thread(silent.accept)
        async with asyncio.timeout(3.0):
            await archive.close()
        with pytest.raises(ArchiveError):
            await call
        connection.close()


@pytest.mark.parametrize("number", ["", "  ", "A*", "A?", "A\\B"])
async def test_accession_numbers_that_match_other_studies_are_refused(number):
    async with Archive(Peer("PACS", "127.0.0.1", 104), NODE) as archive:
        with pytest.raises(ValueError, match="not an accession number"):
            await archive.find_study(number)
