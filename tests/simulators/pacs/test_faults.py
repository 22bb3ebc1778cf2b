import asyncio
from pathlib import Path

import pytest

from dosimetry_core.values import GenerationMode
from drivers.dicom import Archive, ArchiveError, Peer, StorageReceiver
from simulators.pacs import FaultPlan, Outage, PacsSimulator
from tests.drivers.dicom.synthetic import Series, write_series


@pytest.fixture
def series(tmp_path: Path) -> Series:
    return write_series(tmp_path / "scanner", 5)


def pacs(folder: Path, **faults) -> PacsSimulator:
    return PacsSimulator("CTSIM", "127.0.0.1", 0, folder / "pacs", faults=FaultPlan(**faults))


async def moved(simulator: PacsSimulator, series: Series, spool: Path, times: int) -> list[int]:
    """How many images lie in the spool after each of several moves of the whole series."""
    counts = []
    receiver = StorageReceiver("NODE", "127.0.0.1", 0, spool, on_image=lambda _: None)
    async with receiver, Archive(simulator.peer, "NODE") as archive:
        simulator.add_destination(Peer("NODE", "127.0.0.1", receiver.port))
        for _ in range(times):
            try:
                await archive.move(series.study_uid, series.series_uid, None, "NODE")
            finally:
                counts.append(len(list((spool / series.series_uid).glob("*.dcm"))))
    return counts


async def test_without_faults_everything_comes_at_once(tmp_path, series):
    async with pacs(tmp_path) as simulator:
        await simulator.add_series(series.paths)
        assert await moved(simulator, series, tmp_path / "spool", 1) == [5]


async def test_withheld_images_come_when_asked_again(tmp_path, series):
    async with pacs(tmp_path, withheld_images=2) as simulator:
        await simulator.add_series(series.paths)
        assert await moved(simulator, series, tmp_path / "spool", 2) == [3, 5]


async def test_broken_move_loses_its_association(tmp_path, series):
    async with pacs(tmp_path, broken_moves=1, broken_after_images=2) as simulator:
        await simulator.add_series(series.paths)
        with pytest.raises(ArchiveError, match="broke off"):
            await moved(simulator, series, tmp_path / "spool", 1)
        assert await moved(simulator, series, tmp_path / "spool", 1) == [5]


async def test_associations_are_rejected_as_often_as_planned(tmp_path):
    async with (
        pacs(tmp_path, reject_associations=2) as simulator,
        Archive(simulator.peer, "NODE") as archive,
    ):
        for _ in range(2):
            with pytest.raises(ArchiveError, match="refuses the association"):
                await archive.echo()
        await archive.echo()


async def test_outage_begins_and_ends_by_the_clock(tmp_path):
    outages = (Outage(after_s=0.0, for_s=0.5),)
    async with (
        pacs(tmp_path, outages=outages) as simulator,
        Archive(simulator.peer, "NODE") as archive,
    ):
        with pytest.raises(ArchiveError, match="refuses the association"):
            await archive.echo()
        async with asyncio.timeout(10.0):
            while True:
                try:
                    await archive.echo()
                except ArchiveError:
                    continue
                break


async def test_pushing_scanner_sends_a_series(tmp_path, series):
    images = []
    receiver = StorageReceiver("NODE", "127.0.0.1", 0, tmp_path / "spool", on_image=images.append)
    async with pacs(tmp_path) as simulator, receiver:
        await simulator.add_series(series.paths)
        await simulator.push(series.series_uid, Peer("NODE", "127.0.0.1", receiver.port))
    assert {image.sop_instance_uid for image in images} == series.image_uids


async def test_growing_series_shows_more_and_more_images(tmp_path, series):
    async with pacs(tmp_path) as simulator, Archive(simulator.peer, "NODE") as archive:
        growth = asyncio.create_task(simulator.add_series(series.paths, interval_s=0.15))
        seen = set()
        while not growth.done():
            seen.add(len(await archive.find_image_uids(series.study_uid, series.series_uid)))
        await growth
        seen.add(len(await archive.find_image_uids(series.study_uid, series.series_uid)))
    assert 5 in seen
    assert len(seen) >= 3


def test_nothing_simulated_is_real(tmp_path):
    with pytest.raises(ValueError, match="never REAL"):
        PacsSimulator("CTSIM", "127.0.0.1", 0, tmp_path, mode=GenerationMode.REAL)


class TestPlanFile:
    def test_a_plan_is_read(self, tmp_path):
        path = tmp_path / "plan.toml"
        path.write_text(
            "withheld_images = 3\nimage_delay_s = 0.1\n[[outages]]\nafter_s = 20\nfor_s = 5\n"
        )
        assert FaultPlan.from_toml(path) == FaultPlan(
            withheld_images=3, image_delay_s=0.1, outages=(Outage(after_s=20.0, for_s=5.0),)
        )

    def test_every_mistake_is_named(self, tmp_path):
        path = tmp_path / "plan.toml"
        path.write_text("withheld = 3\nbroken_moves = -1\n")
        with pytest.raises(ValueError, match=r"broken_moves: .*; withheld: "):
            FaultPlan.from_toml(path)

    def test_a_file_that_is_not_toml(self, tmp_path):
        path = tmp_path / "plan.toml"
        path.write_text("withheld_images: 3")
        with pytest.raises(ValueError, match="is not TOML"):
            FaultPlan.from_toml(path)
