"""A watch against an archive that misbehaves, and against none."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from pydicom.uid import SecondaryCaptureImageStorage, generate_uid

from drivers.dicom import (
    Archive,
    ArchiveBack,
    ArchiveLost,
    Peer,
    SeriesComplete,
    SeriesDiscovered,
    SeriesIncomplete,
    StorageReceiver,
    StudyWatcher,
    WatchSettings,
    send_images,
)
from simulators.pacs import FaultPlan, PacsSimulator
from tests.drivers.dicom.counterparts import NODE, Listener, free_port
from tests.drivers.dicom.synthetic import Series, write_series

FAST = WatchSettings(
    poll_interval_s=0.05,
    settle_s=0.2,
    disagreement_s=0.4,
    move_tries=2,
    first_retry_s=0.02,
    longest_retry_s=0.05,
    polls_per_recheck=1,
)


class Suite:
    """Node and archive side by side."""

    def __init__(self, folder: Path, study_uid: str, faults: FaultPlan | None = None) -> None:
        self.spool = folder / "spool"
        self.study_uid = study_uid
        self.heard = Listener()
        self.pacs = PacsSimulator("CTSIM", "127.0.0.1", 0, folder / "pacs", faults=faults)
        self.node: Peer

    @asynccontextmanager
    async def open(self, *, has_archive: bool = True) -> AsyncIterator["Suite"]:
        async with self.pacs, Archive(self.pacs.peer, NODE) as archive:
            watcher = StudyWatcher(
                archive if has_archive else None,
                self.spool,
                self.study_uid,
                NODE,
                self.heard.hear,
                settings=FAST,
            )

            def on_image(image):
                self.heard.images.append(image)
                watcher.image_stored(image)

            receiver = StorageReceiver(NODE, "127.0.0.1", 0, self.spool, on_image=on_image)
            async with receiver:
                self.node = Peer(NODE, "127.0.0.1", receiver.port)
                self.pacs.add_destination(self.node)
                watch = asyncio.create_task(watcher.run())
                try:
                    yield self
                finally:
                    watch.cancel()
                    with suppress(asyncio.CancelledError):
                        await watch

    async def until_complete(self, count: int) -> None:
        await self.heard.until(
            lambda event: isinstance(event, SeriesComplete) and len(event.paths) == count
        )

    @property
    def complete_counts(self) -> list[int]:
        return [len(event.paths) for event in self.heard.of_type(SeriesComplete)]


@pytest.fixture
def series(tmp_path: Path) -> Series:
    return write_series(tmp_path / "scanner", 8)


async def test_withheld_images_are_asked_for_again_and_no_others(tmp_path, series):
    suite = Suite(tmp_path, series.study_uid, FaultPlan(withheld_images=3))
    async with suite.open():
        await suite.pacs.add_series(series.paths)
        await suite.until_complete(8)
    assert suite.complete_counts == [8]
    assert len(suite.heard.images) == 8
    assert suite.heard.of_type(SeriesIncomplete) == []


async def test_broken_move_is_taken_up_where_it_broke(tmp_path, series):
    suite = Suite(tmp_path, series.study_uid, FaultPlan(broken_moves=2, broken_after_images=3))
    async with suite.open():
        await suite.pacs.add_series(series.paths)
        await suite.until_complete(8)
    assert suite.complete_counts == [8]
    assert len(suite.heard.images) == 8


async def test_wrong_counts_are_not_believed(tmp_path, series):
    suite = Suite(tmp_path, series.study_uid, FaultPlan(count_excess=5))
    async with suite.open():
        await suite.pacs.add_series(series.paths)
        await suite.until_complete(8)
    assert suite.complete_counts == [8]


async def test_growing_series_is_complete_once_it_has_stopped(tmp_path, series):
    suite = Suite(tmp_path, series.study_uid)
    async with suite.open():
        await suite.pacs.add_series(series.paths, interval_s=0.04)
        await suite.until_complete(8)
    assert suite.complete_counts[-1] == 8


async def test_lost_archive_is_told_once_and_its_return_once(tmp_path, series):
    suite = Suite(tmp_path, series.study_uid, FaultPlan(reject_associations=4))
    async with suite.open():
        await suite.pacs.add_series(series.paths)
        await suite.until_complete(8)
    links = [e for e in suite.heard.events if isinstance(e, ArchiveLost | ArchiveBack)]
    assert [type(event) for event in links] == [ArchiveLost, ArchiveBack]
    assert "CTSIM at 127.0.0.1" in links[0].reason


async def test_series_that_cannot_come_is_incomplete_until_the_archive_changes(tmp_path, series):
    suite = Suite(tmp_path, series.study_uid)
    async with suite.open():
        suite.pacs.add_destination(Peer(NODE, "127.0.0.1", free_port()))
        await suite.pacs.add_series(series.paths[:6])
        await suite.heard.until(lambda event: isinstance(event, SeriesIncomplete))
        (incomplete,) = suite.heard.of_type(SeriesIncomplete)
        assert incomplete.missing_count == 6
        assert "6 of 6 images are missing after several tries" in incomplete.reason
        suite.pacs.add_destination(suite.node)
        await suite.pacs.add_series(series.paths[6:])
        await suite.until_complete(8)
    assert suite.complete_counts == [8]


async def test_pushed_and_archived_at_once_is_one_series(tmp_path, series):
    suite = Suite(tmp_path, series.study_uid)
    async with suite.open():
        await suite.pacs.add_series(series.paths)
        await suite.pacs.push(series.series_uid, suite.node)
        await suite.until_complete(8)
    assert suite.complete_counts == [8]
    assert len(suite.heard.of_type(SeriesDiscovered)) == 1


async def test_images_the_archive_never_gets_are_told(tmp_path, series):
    suite = Suite(tmp_path, series.study_uid)
    async with suite.open():
        await suite.pacs.add_series(series.paths[:7])
        await send_images(suite.node, "CT", series.paths[7:])
        await suite.heard.until(lambda event: isinstance(event, SeriesIncomplete))
    assert suite.complete_counts == []
    assert "1 images are here that the archive does not have" in (
        suite.heard.of_type(SeriesIncomplete)[0].reason
    )


async def test_push_without_any_archive(tmp_path, series):
    suite = Suite(tmp_path, series.study_uid)
    async with suite.open(has_archive=False):
        await send_images(suite.node, "CT", series.paths)
        await suite.until_complete(8)
    assert suite.heard.events[0] == SeriesDiscovered(series.series_uid, "CT", "TEST Liver")
    again = Suite(tmp_path, series.study_uid)
    async with again.open(has_archive=False):
        await again.until_complete(8)
    assert again.heard.images == []


async def test_push_that_a_restart_cut_short_is_not_taken_for_a_series(tmp_path, series):
    first = Suite(tmp_path, series.study_uid)
    async with first.open(has_archive=False):
        await send_images(first.node, "CT", series.paths[:5])
    second = Suite(tmp_path, series.study_uid)
    async with second.open(has_archive=False):
        await second.heard.until(lambda event: isinstance(event, SeriesIncomplete))
        await send_images(second.node, "CT", series.paths)
        await second.until_complete(8)
    assert second.complete_counts == [8]


async def test_other_studies_are_none_of_its_business(tmp_path, series):
    suite = Suite(tmp_path, series.study_uid)
    other = write_series(tmp_path / "other", 3)
    async with suite.open():
        await send_images(suite.node, "CT", other.paths)
        await suite.pacs.add_series(series.paths)
        await suite.until_complete(8)
    assert len(suite.heard.images) == 11
    assert {e.series_uid for e in suite.heard.of_type(SeriesDiscovered)} == {series.series_uid}


async def test_ct_series_of_screenshots_comes_whole_too(tmp_path):
    def screenshot(image, _k):
        image.SOPClassUID = SecondaryCaptureImageStorage

    series = write_series(tmp_path / "scanner", 2, screenshot)
    suite = Suite(tmp_path, series.study_uid)
    async with suite.open():
        await suite.pacs.add_series(series.paths)
        await suite.until_complete(2)


async def test_event_that_the_handler_fails_on_ends_the_watch(tmp_path):
    async def refuse(_event):
        raise RuntimeError("journal is closed")

    pacs = PacsSimulator("CTSIM", "127.0.0.1", 0, tmp_path / "pacs")
    async with pacs, Archive(pacs.peer, NODE) as archive:
        watcher = StudyWatcher(archive, tmp_path / "spool", generate_uid(), NODE, refuse)
        with pytest.raises(ExceptionGroup) as caught:
            await watcher.run()
    assert caught.group_contains(RuntimeError, match="journal is closed")
