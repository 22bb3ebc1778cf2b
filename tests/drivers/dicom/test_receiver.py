import asyncio
import os
import resource
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.uid import (
    EncapsulatedPDFStorage,
    ImplicitVRLittleEndian,
    generate_uid,
)
from pynetdicom import AE

from dosimetry_core.values import GenerationMode
from drivers.dicom import (
    ArchiveError,
    Peer,
    RejectedImage,
    StorageReceiver,
    StoredImage,
    mark,
    send_images,
)
from tests.drivers.dicom.synthetic import ct_image, write, write_series

DATA = Path(__file__).parent / "data" / "transfer_syntaxes"


class Desk:
    """A receiver and everything that it told."""

    def __init__(self, spool: Path) -> None:
        self.spool = spool
        self.images: list[StoredImage] = []
        self.rejected: list[RejectedImage] = []

    @asynccontextmanager
    async def open(self, **settings) -> AsyncIterator[Peer]:
        receiver = StorageReceiver(
            "NODE",
            "127.0.0.1",
            0,
            self.spool,
            on_image=self.images.append,
            on_rejected=self.rejected.append,
            **settings,
        )
        async with receiver:
            yield Peer("NODE", "127.0.0.1", receiver.port)

    def files(self) -> set[str]:
        return {
            str(path.relative_to(self.spool))
            for path in self.spool.rglob("*")
            if path.is_file() and not path.is_relative_to(self.spool / ".quarantine")
        }


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "spool")


async def run(*command: str) -> int:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return await process.wait()


async def test_images_lie_under_their_uids_and_are_told(desk, tmp_path):
    series = write_series(tmp_path / "ct", 3)
    async with desk.open() as peer:
        await send_images(peer, "CT", series.paths)
    assert desk.files() == {f"{series.series_uid}/{uid}.dcm" for uid in series.image_uids}
    assert {image.sop_instance_uid for image in desk.images} == series.image_uids
    first = desk.images[0]
    assert (first.study_uid, first.series_uid) == (series.study_uid, series.series_uid)
    assert dcmread(first.path) == dcmread(series.paths[0])


async def test_dcmtk_sends_and_verifies(desk, tmp_path):
    series = write_series(tmp_path / "ct", 4)
    async with desk.open() as peer:
        address = ("-aec", "NODE", peer.host, str(peer.port))
        assert await run("echoscu", *address) == 0
        assert await run("storescu", *address, *map(str, series.paths)) == 0
    assert len(desk.images) == 4


async def test_success_is_answered_only_when_the_file_and_its_name_are_on_disk(
    desk, tmp_path, monkeypatch
):
    """What os.fsync is called on, in order, before the sender has its answer."""
    synchronised: list[str] = []
    fsync = os.fsync

    def noting(descriptor: int) -> None:
        fsync(descriptor)
        synchronised.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)

    series = write_series(tmp_path / "ct", 1)
    async with desk.open() as peer:
        monkeypatch.setattr(os, "fsync", noting)
        await send_images(peer, "CT", series.paths)
        part, spool, directory = synchronised
    assert part.endswith(".part")
    assert (spool, directory) == ("spool", series.series_uid)


async def test_other_sop_classes_are_stored_and_told_with_their_class(desk, tmp_path):
    document = ct_image(0, "1.2.1", "1.2.2", "1.2.3")
    document.SOPClassUID = EncapsulatedPDFStorage
    async with desk.open() as peer:
        await send_images(peer, "CT", [write(document, tmp_path)])
    assert [image.sop_class_uid for image in desk.images] == [EncapsulatedPDFStorage]


@pytest.mark.parametrize("path", sorted(DATA.glob("*.dcm")), ids=lambda path: path.stem)
async def test_every_encoding_is_stored_as_it_was_sent(desk, path):
    async with desk.open() as peer:
        await send_images(peer, "CT", [path])
    sent, kept = dcmread(path), dcmread(desk.images[0].path)
    assert kept.file_meta.TransferSyntaxUID == sent.file_meta.TransferSyntaxUID
    assert kept.PixelData == sent.PixelData


class TestTwice:
    async def test_same_image_again_is_told_again_and_changes_nothing(self, desk, tmp_path):
        series = write_series(tmp_path, 1)
        async with desk.open() as peer:
            await send_images(peer, "CT", series.paths)
            before = desk.images[0].path.stat()
            await send_images(peer, "CT", series.paths)
        assert desk.images[0] == desk.images[1]
        assert desk.images[0].path.stat().st_ino == before.st_ino
        assert desk.rejected == []

    async def test_same_image_in_other_encodings_is_the_same(self, desk, tmp_path):
        async with desk.open() as peer:
            await send_images(peer, "CT", [DATA / "implicit_little_endian.dcm"])
            await send_images(peer, "CT", [DATA / "jpeg2000_lossless.dcm"])
            await send_images(peer, "CT", [DATA / "explicit_big_endian.dcm"])
        assert desk.rejected == []
        assert len(desk.images) == 3

    async def test_same_uid_with_other_pixels_is_quarantined(self, desk, tmp_path):
        image = ct_image(0, "1.2.1", "1.2.2", "1.2.3")
        original = write(image, tmp_path / "a")
        image.PixelData = b"\0" * len(image.PixelData)
        forged = write(image, tmp_path / "b")
        await self.assert_second_is_quarantined(desk, original, forged)

    async def test_same_uid_at_another_position_is_quarantined(self, desk, tmp_path):
        image = ct_image(0, "1.2.1", "1.2.2", "1.2.3")
        original = write(image, tmp_path / "a")
        image.ImagePositionPatient = [0.0, 0.0, 0.0]
        await self.assert_second_is_quarantined(desk, original, write(image, tmp_path / "b"))

    async def test_same_uid_with_another_mark_is_quarantined(self, desk, tmp_path):
        image = ct_image(0, "1.2.1", "1.2.2", "1.2.3")
        image.SeriesDescription = "DEMO Liver"
        original = write(image, tmp_path / "a")
        mark(image, GenerationMode.DEMO)
        await self.assert_second_is_quarantined(desk, original, write(image, tmp_path / "b"))

    async def assert_second_is_quarantined(self, desk, original: Path, other: Path) -> None:
        async with desk.open() as peer:
            await send_images(peer, "CT", [original])
            with pytest.raises(ArchiveError, match=r"0xC000.*other content"):
                await send_images(peer, "CT", [other])
        (rejected,) = desk.rejected
        assert rejected.calling_ae == "CT"
        assert "the same UID is in the spool with other content" in rejected.reason
        assert rejected.quarantined is not None
        assert dcmread(rejected.quarantined) == dcmread(other)
        assert dcmread(desk.images[0].path) == dcmread(original)


class TestBadObjects:
    @pytest.mark.parametrize("keyword", ["StudyInstanceUID", "SeriesInstanceUID"])
    async def test_missing_uid_is_refused_and_kept(self, desk, tmp_path, keyword):
        image = ct_image(0, "1.2.1", "1.2.2", "1.2.3")
        delattr(image, keyword)
        await self.assert_refused(desk, write(image, tmp_path), 0xC000, f"no valid {keyword}")

    async def test_uid_that_is_a_path_stays_out_of_the_file_system(self, desk, tmp_path):
        image = ct_image(0, "1.2.1", "../../etc", "1.2.3")
        path = write(image, tmp_path)
        await self.assert_refused(desk, path, 0xC000, "no valid SeriesInstanceUID")

    async def assert_refused(self, desk, path: Path, status: int, reason: str) -> None:
        async with desk.open() as peer:
            with pytest.raises(ArchiveError, match=f"0x{status:04X}"):
                await send_images(peer, "CT", [path])
        (rejected,) = desk.rejected
        assert rejected.status == status
        assert reason in rejected.reason
        assert rejected.quarantined is not None
        assert dcmread(rejected.quarantined).PixelData == dcmread(path).PixelData
        assert desk.images == []
        assert desk.files() == set()

    async def test_request_and_data_set_must_name_the_same_image(self, desk, tmp_path):
        image = ct_image(0, "1.2.1", "1.2.2", "1.2.3")
        image.file_meta = dcmread(write(image, tmp_path)).file_meta

        def send(peer: Peer) -> int:
            ae = AE("CT")
            ae.add_requested_context(image.SOPClassUID, image.file_meta.TransferSyntaxUID)
            association = ae.associate(peer.host, peer.port)
            encode = association.dimse.send_msg

            def renamed(primitive, context_id):
                primitive.AffectedSOPInstanceUID = generate_uid()
                encode(primitive, context_id)

            association.dimse.send_msg = renamed
            status = association.send_c_store(image).Status
            association.release()
            return status

        async with desk.open() as peer:
            assert await asyncio.to_thread(send, peer) == 0xA900
        assert "differs between request and data set" in desk.rejected[0].reason


class TestDisk:
    async def test_full_disk_is_answered_as_out_of_resources_and_leaves_nothing(
        self, desk, tmp_path
    ):
        series = write_series(tmp_path / "ct", 2)
        async with desk.open() as peer:
            await send_images(peer, "CT", series.paths[:1])
            soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
            try:
                with pytest.raises(ArchiveError, match="0xA700"):
                    await send_images(peer, "CT", series.paths[1:])
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            assert desk.rejected[0].quarantined is None
            assert "cannot write to the spool" in desk.rejected[0].reason
            assert len(desk.files()) == 1
            await send_images(peer, "CT", series.paths[1:])
        assert len(desk.files()) == 2

    async def test_leftovers_of_a_crash_are_removed(self, desk):
        (desk.spool / ".incoming").mkdir(parents=True)
        (desk.spool / ".incoming" / "half.part").write_bytes(b"DICM")
        async with desk.open():
            assert desk.files() == set()


class TestCallers:
    async def test_only_those_on_the_list_may_call(self, desk, tmp_path):
        series = write_series(tmp_path, 1)
        async with desk.open(calling_ae_titles=["CTSCANNER"]) as peer:
            with pytest.raises(ArchiveError, match="refuses the association"):
                await send_images(peer, "STRANGER", series.paths)
            await send_images(peer, "CTSCANNER", series.paths)
        assert len(desk.images) == 1

    async def test_taken_port_is_an_error_of_the_system(self, desk):
        async with desk.open() as peer:
            second = StorageReceiver(
                "NODE", "127.0.0.1", peer.port, desk.spool, on_image=desk.images.append
            )
            with pytest.raises(OSError, match="in use"):
                await second.__aenter__()

    async def test_a_receiver_that_is_not_open_has_no_port(self, desk):
        receiver = StorageReceiver("NODE", "127.0.0.1", 0, desk.spool, on_image=print)
        with pytest.raises(RuntimeError, match="does not listen"):
            _ = receiver.port

    def test_titles_that_are_none_are_refused(self, desk):
        with pytest.raises(ValueError, match="not an AE title"):
            StorageReceiver("A TITLE FAR TOO LONG", "127.0.0.1", 0, desk.spool, on_image=print)


async def test_closing_cuts_senders_that_are_under_way(desk, tmp_path):
    """A connection that was opened and then says nothing must not keep the receiver open."""
    async with desk.open() as peer:
        reader, writer = await asyncio.open_connection(peer.host, peer.port)
    with suppress(ConnectionResetError):
        assert await reader.read() == b""
    writer.close()
    with suppress(ConnectionResetError):
        await writer.wait_closed()


async def test_images_sent_in_implicit_vr_are_compared_too(desk, tmp_path):
    image = ct_image(0, "1.2.1", "1.2.2", "1.2.3")
    explicit = write(image, tmp_path / "a")
    implicit = write(dcmread(explicit), tmp_path / "b", ImplicitVRLittleEndian)
    async with desk.open() as peer:
        await send_images(peer, "CT", [explicit])
        await send_images(peer, "CT", [implicit])
    assert desk.rejected == []
    assert len(desk.images) == 2
