"""The whole way in, against three archives: upload, watch, move, complete, restart, push."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from drivers.dicom import (
    Archive,
    ArchiveBack,
    ArchiveError,
    Peer,
    SeriesComplete,
    SeriesDiscovered,
    SeriesIncomplete,
    StorageReceiver,
    StudyWatcher,
    WatchSettings,
    read_ct_series,
    read_structure_set,
    send_images,
)
from tests.drivers.dicom.counterparts import NODE, Listener
from tests.drivers.dicom.synthetic import (
    contour,
    square,
    structure_set,
    write,
    write_series,
)

FAST = WatchSettings(
    poll_interval_s=0.05, settle_s=0.3, first_retry_s=0.05, longest_retry_s=0.1, polls_per_recheck=1
)


@asynccontextmanager
async def watching(
    archive_peer: Peer, node_port: int, spool: Path, study_uid: str
) -> AsyncIterator[Listener]:
    listener = Listener()
    async with Archive(archive_peer, NODE) as archive:
        watcher = StudyWatcher(archive, spool, study_uid, NODE, listener.hear, settings=FAST)

        def on_image(image):
            listener.images.append(image)
            watcher.image_stored(image)

        async with StorageReceiver(NODE, "127.0.0.1", node_port, spool, on_image=on_image):
            watch = asyncio.create_task(watcher.run())
            try:
                yield listener
            finally:
                watch.cancel()
                await asyncio.wait([watch])
        if not watch.cancelled():
            watch.result()


def description_at(archive_peer: Peer) -> str:
    """dcmqrscp keeps no Series Description in its index; archives need not (PS3.4 table C.6-3)."""
    return "" if archive_peer.ae_title == "DCMQRSCP" else "TEST Liver"


def is_complete(count: int):
    return lambda event: isinstance(event, SeriesComplete) and len(event.paths) == count


async def test_archive_is_asked_by_echo_and_find(archive_peer: Peer, tmp_path: Path) -> None:
    series = write_series(tmp_path)
    await send_images(archive_peer, NODE, series.paths)
    async with Archive(archive_peer, NODE) as archive:
        await archive.echo()
        assert series.study_uid in await archive.find_study("A-17")
        assert await archive.find_study("no such number") == frozenset()
        (info,) = await archive.find_series(series.study_uid)
        assert info.series_uid == series.series_uid
        assert info.modality == "CT"
        assert info.description == description_at(archive_peer)
        assert info.instance_count in {None, 12}
        uids = await archive.find_image_uids(series.study_uid, series.series_uid)
        assert uids == series.image_uids
        assert await archive.find_image_uids(series.study_uid, "1.2.3.4") == frozenset()


async def test_unknown_destination_is_named(archive_peer: Peer, tmp_path: Path) -> None:
    series = write_series(tmp_path, count=1)
    await send_images(archive_peer, NODE, series.paths)
    async with Archive(archive_peer, NODE) as archive:
        with pytest.raises(ArchiveError, match=archive_peer.ae_title):
            await archive.move(series.study_uid, series.series_uid, None, "NOBODY")


async def test_series_is_brought_here_whole(
    archive_peer: Peer, node_port: int, tmp_path: Path
) -> None:
    series = write_series(tmp_path / "scanner")
    await send_images(archive_peer, NODE, series.paths)
    async with watching(archive_peer, node_port, tmp_path / "spool", series.study_uid) as heard:
        await heard.until(is_complete(12))
    assert heard.of_type(ArchiveBack) == [ArchiveBack()]
    assert heard.of_type(SeriesDiscovered) == [
        SeriesDiscovered(series.series_uid, "CT", description_at(archive_peer))
    ]
    (complete,) = heard.of_type(SeriesComplete)
    assert read_ct_series(complete.paths).content_sha256 == (
        read_ct_series(series.paths).content_sha256
    )


async def test_only_the_images_that_were_added_are_moved(
    archive_peer: Peer, node_port: int, tmp_path: Path
) -> None:
    series = write_series(tmp_path / "scanner")
    await send_images(archive_peer, NODE, series.paths[:5])
    async with watching(archive_peer, node_port, tmp_path / "spool", series.study_uid) as heard:
        await heard.until(is_complete(5))
        await send_images(archive_peer, NODE, series.paths[5:])
        await heard.until(is_complete(12))
    assert sorted(image.sop_instance_uid for image in heard.images) == sorted(series.image_uids)


async def test_restart_moves_nothing_that_is_on_disk(
    archive_peer: Peer, node_port: int, tmp_path: Path
) -> None:
    series, spool = write_series(tmp_path / "scanner"), tmp_path / "spool"
    await send_images(archive_peer, NODE, series.paths)
    async with watching(archive_peer, node_port, spool, series.study_uid) as heard:
        await heard.until(is_complete(12))
    async with watching(archive_peer, node_port, spool, series.study_uid) as heard:
        await heard.until(is_complete(12))
    assert heard.images == []


async def test_restart_with_a_part_on_disk_moves_the_rest(
    archive_peer: Peer, node_port: int, tmp_path: Path
) -> None:
    series, spool = write_series(tmp_path / "scanner"), tmp_path / "spool"
    await send_images(archive_peer, NODE, series.paths)
    async with StorageReceiver(
        NODE, "127.0.0.1", node_port, spool, on_image=lambda _: None
    ) as receiver:
        await send_images(Peer(NODE, "127.0.0.1", receiver.port), "CT", series.paths[:8])
    async with watching(archive_peer, node_port, spool, series.study_uid) as heard:
        await heard.until(is_complete(12))
    moved = {image.sop_instance_uid for image in heard.images}
    assert moved == {path.stem for path in series.paths[8:]}
    assert heard.of_type(SeriesIncomplete) == []


async def test_push_by_the_scanner_needs_no_archive_entry(
    archive_peer: Peer, node_port: int, tmp_path: Path
) -> None:
    series = write_series(tmp_path / "scanner")
    async with watching(archive_peer, node_port, tmp_path / "spool", series.study_uid) as heard:
        await send_images(Peer(NODE, "127.0.0.1", node_port), "CT", series.paths)
        await heard.until(is_complete(12))
    assert [len(event.paths) for event in heard.of_type(SeriesComplete)] == [12]
    assert heard.of_type(SeriesDiscovered)[0].description == "TEST Liver"


async def test_partial_push_is_completed_from_the_archive(
    archive_peer: Peer, node_port: int, tmp_path: Path
) -> None:
    series = write_series(tmp_path / "scanner")
    await send_images(archive_peer, NODE, series.paths)
    async with watching(archive_peer, node_port, tmp_path / "spool", series.study_uid) as heard:
        await send_images(Peer(NODE, "127.0.0.1", node_port), "CT", series.paths[:6])
        await heard.until(is_complete(12))
    assert [len(event.paths) for event in heard.of_type(SeriesComplete)] == [12]


async def test_structure_set_of_the_study_comes_too(
    archive_peer: Peer, node_port: int, tmp_path: Path
) -> None:
    series = write_series(tmp_path / "scanner", count=3)
    drawn = structure_set(series, {"GTV": [contour(square((0.0, 0.0, -100.0), 10.0))]})
    path = write(drawn, tmp_path / "plan")
    await send_images(archive_peer, NODE, [*series.paths, path])
    async with watching(archive_peer, node_port, tmp_path / "spool", series.study_uid) as heard:
        await heard.until(
            lambda event: isinstance(event, SeriesComplete) and event.modality == "RTSTRUCT"
        )
    (complete,) = [e for e in heard.of_type(SeriesComplete) if e.modality == "RTSTRUCT"]
    assert read_structure_set(complete.paths[0]).structures[0].name == "GTV"
