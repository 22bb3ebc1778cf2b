"""A structure set that is exported again with other contours is another one, whatever its UID."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from dosimetry_core.values import GenerationMode
from procedure_node.core import Core
from procedure_node.daemon import structures
from procedure_node.daemon.structures import StructureIntake
from procedure_node.events import StructuresReceived, StructureSummary
from procedure_node.journal import Journal
from procedure_node.state import NodeState


class Reader:
    """Reads files whose text is the volume of L1; the UID is always the same."""

    async def read_structures(self, path: str, _uid: str, _protocol: Any) -> tuple[Any, Any]:
        volume = float(await asyncio.to_thread(Path(path).read_text))
        summary = StructureSummary(
            name="L1", role="TARGET", lesion="L1", zone="WHOLE", volume_cc=volume
        )
        payload = StructuresReceived(
            structure_set_uid="1.5",
            frame_of_reference_uid="1.2.8",
            path=path,
            structures=(summary,),
        )
        return payload, GenerationMode.TEST


async def test_mended_contours_are_kept_beside_the_first(
    tmp_path: Path, story: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(structures, "FOLDER_POLL_S", 0.01)
    journal = Journal.open(tmp_path / "journal.sqlite")
    core = Core(journal, NodeState(), mode=GenerationMode.TEST, project=lambda *_: ())
    running = asyncio.create_task(core.run())
    for event in story.opened().scanned("1.1").events:
        await core.post(event.payload, originator=event.originator, time=event.time)
    folder = tmp_path / "exported"
    folder.mkdir()
    reader: Any = Reader()
    intake = StructureIntake(core, reader, folder, tmp_path / "kept")
    watching = asyncio.create_task(intake.watch_folder())

    async def taken(volume_cc: float) -> Path:
        async with asyncio.timeout(10):
            state = await core.wait_for(
                lambda s: (
                    s.procedure is not None
                    and s.procedure.structures is not None
                    and s.procedure.structures.structures[0].volume_cc == volume_cc
                )
            )
        assert state.procedure is not None
        assert state.procedure.structures is not None
        return Path(state.procedure.structures.path)

    (folder / "plan.dcm").write_text("10.0")
    first = await taken(10.0)
    (folder / "plan.dcm").write_text("11.25")
    second = await taken(11.25)
    watching.cancel()
    await asyncio.wait({watching})
    core.stop()
    await running
    await journal.close()

    assert first != second, "the path is what tells the analysis that its contours changed"
    assert (first.read_text(), second.read_text()) == ("10.0", "11.25")
