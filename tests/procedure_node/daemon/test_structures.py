"""Structure sets: those of the archive are judged, those of a folder are sorted out."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from dosimetry_core.values import GenerationMode
from procedure_node.core import Core
from procedure_node.daemon import structures
from procedure_node.daemon.structures import StructureIntake
from procedure_node.events import StructuresReceived, StructuresRefused
from procedure_node.state import ProcedureState

SCANS_FRAME = "1.2.8"


class FakeWorker:
    """Reads files whose text is the frame of reference, or ``broken``."""

    def __init__(self) -> None:
        self.read: list[str] = []

    async def read_structures(self, path: str, uid: str, _: Any) -> tuple[Any, Any]:
        text = await asyncio.to_thread(Path(path).read_text)
        self.read.append(Path(path).name)
        if text == "broken":
            return StructuresRefused(structure_set_uid=uid, reasons=("broken",)), None
        payload = StructuresReceived(
            structure_set_uid=uid, frame_of_reference_uid=text, path=path, structures=()
        )
        return payload, GenerationMode.TEST


@pytest.fixture
async def core(core: Core, story: Any) -> Core:
    await story.opened().scanned("1.1").post_to(core)
    return core


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "exported"
    path.mkdir()
    return path


@pytest.fixture
def intake(core: Core, folder: Path, tmp_path: Path) -> StructureIntake:
    return StructureIntake(core, FakeWorker(), folder, tmp_path / "kept")  # pyright: ignore


def procedure(core: Core) -> ProcedureState:
    assert core.state.procedure is not None
    return core.state.procedure


def file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


async def test_a_set_of_the_archive_on_the_scans_frame_is_taken(
    core: Core, intake: StructureIntake, folder: Path
) -> None:
    await intake.take_from_archive(file(folder, "1.5.dcm", SCANS_FRAME))
    taken = procedure(core).structures
    assert taken is not None
    assert taken.structure_set_uid == "1.5"


async def test_a_set_of_the_archive_on_another_frame_is_refused_and_replaces_nothing(
    core: Core, intake: StructureIntake, folder: Path
) -> None:
    await intake.take_from_archive(file(folder, "1.5.dcm", SCANS_FRAME))
    await intake.take_from_archive(file(folder, "1.6.dcm", "9.9"))
    taken = procedure(core).structures
    assert taken is not None
    assert taken.structure_set_uid == "1.5"
    assert procedure(core).structures_refused == (
        "it is drawn on another frame of reference than the scans",
    )


async def test_a_set_that_came_before_its_scan_is_taken_when_the_scan_comes(
    core: Core, intake: StructureIntake, folder: Path, story: Any
) -> None:
    await intake.take_from_archive(file(folder, "1.6.dcm", "9.9"))
    await intake.scan_came()
    assert procedure(core).structures is None
    received = story.events[-1].payload
    later = received.model_copy(update={"series_uid": "1.2", "frame_of_reference_uid": "9.9"})
    await core.post(later)
    await intake.scan_came()
    taken = procedure(core).structures
    assert taken is not None
    assert taken.structure_set_uid == "1.6"
    assert procedure(core).structures_refused == ()


async def test_an_older_set_that_is_told_again_does_not_replace_the_current_one(
    core: Core, intake: StructureIntake, folder: Path
) -> None:
    """After a restart the archive's sets are all told again, in any order."""
    first = file(folder, "1.5.dcm", SCANS_FRAME)
    second = file(folder, "1.6.dcm", SCANS_FRAME)
    for path in (first, second, first):
        await intake.take_from_archive(path)
    taken = procedure(core).structures
    assert taken is not None
    assert taken.structure_set_uid == "1.6"


async def test_of_a_folder_only_what_belongs_to_the_scans_is_taken_and_kept(
    core: Core, intake: StructureIntake, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(structures, "FOLDER_POLL_S", 0.01)
    file(folder, "1.3.dcm", "broken")
    file(folder, "1.4.dcm", "9.9")
    exported = file(folder, "1.5.dcm", SCANS_FRAME)
    watching = asyncio.create_task(intake.watch_folder())
    async with asyncio.timeout(10):
        state = await core.wait_for(
            lambda s: s.procedure is not None and s.procedure.structures is not None
        )
    watching.cancel()
    await asyncio.wait({watching})

    assert state.procedure is not None
    taken = state.procedure.structures
    assert taken is not None
    assert taken.structure_set_uid == "1.5"
    assert state.procedure.structures_refused == (), "other people's files are no fault here"
    exported.unlink()
    assert Path(taken.path).read_text() == SCANS_FRAME


async def test_without_a_folder_nothing_is_watched(core: Core, tmp_path: Path) -> None:
    intake = StructureIntake(core, FakeWorker(), None, tmp_path)  # pyright: ignore
    watching = asyncio.create_task(intake.watch_folder())
    await asyncio.sleep(0)
    assert not watching.done()
    watching.cancel()
    await asyncio.wait({watching})
