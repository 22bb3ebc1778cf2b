"""Structure sets that do not lie on a scan's frame of reference, and segmentations."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from dosimetry_core.values import GenerationMode
from procedure_node.core import Core
from procedure_node.daemon import structures
from procedure_node.daemon.registrations import missing_planning_series
from procedure_node.daemon.structures import StructureIntake
from procedure_node.events import (
    FrameRelation,
    RegistrationObjectReceived,
    SeriesReference,
    StructuresReceived,
    StructureSummary,
)

SCANS_FRAME = "1.2.8"
IDENTITY = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))
RELATED = RegistrationObjectReceived(
    sop_instance_uid="5.1",
    relations=(FrameRelation(from_frame_uid="9.9", to_frame_uid=SCANS_FRAME, matrix=IDENTITY),),
)


class Reader:
    """Reads files that say in JSON which frame, series and names a structure set has."""

    async def read_structures(self, path: str, uid: str, _: Any) -> tuple[Any, Any]:
        said = json.loads(await asyncio.to_thread(Path(path).read_text))
        payload = StructuresReceived(
            structure_set_uid=uid,
            frame_of_reference_uid=said["frame"],
            path=path,
            structures=tuple(
                StructureSummary(
                    name=name,
                    role="TARGET" if name.startswith("L") else "OTHER",
                    lesion=name if name.startswith("L") else None,
                    volume_cc=1.0,
                )
                for name in said.get("names", ["L1"])
            ),
            referenced_series=tuple(
                SeriesReference(study_uid="7.7", series_uid=series)
                for series in said.get("series", [])
            ),
        )
        return payload, GenerationMode.TEST


@pytest.fixture
async def core(core: Core, story: Any) -> Core:
    await story.opened().scanned("1.1").post_to(core)
    return core


@pytest.fixture
def intake(core: Core, tmp_path: Path) -> StructureIntake:
    folder = tmp_path / "exported"
    folder.mkdir()
    return StructureIntake(core, Reader(), folder, tmp_path / "kept")  # pyright: ignore


def file(folder: Path, name: str, **said: Any) -> Path:
    path = folder / name
    path.write_text(json.dumps(said))
    return path


def in_use(core: Core) -> str | None:
    assert core.state.procedure is not None
    current = core.state.procedure.structures
    return current.structure_set_uid if current else None


async def test_a_set_that_says_what_it_was_drawn_on_is_taken_until_one_lies_on_the_scan(
    core: Core, intake: StructureIntake, tmp_path: Path
) -> None:
    await intake.take_from_archive(file(tmp_path, "1.5.dcm", frame="9.9", series=["7.8"]))
    assert in_use(core) == "1.5"
    (missing,) = missing_planning_series(core.state)
    assert (missing.study_uid, missing.series_uid) == ("7.7", "7.8")

    await intake.take_from_archive(file(tmp_path, "1.6.dcm", frame=SCANS_FRAME))
    assert in_use(core) == "1.6"
    assert missing_planning_series(core.state) == ()
    await intake.take_from_archive(file(tmp_path, "1.7.dcm", frame="9.8", series=["7.8"]))
    assert in_use(core) == "1.6", "what lies on the scan goes before what has to be carried"


async def test_a_spatial_registration_lets_a_waiting_set_in(
    core: Core, intake: StructureIntake, tmp_path: Path
) -> None:
    await intake.take_from_archive(file(tmp_path, "1.5.dcm", frame="9.9"))
    assert in_use(core) is None
    await core.post(RELATED)
    await intake.scan_came()
    assert in_use(core) == "1.5"


async def test_of_a_study_only_segmentations_of_targets_are_taken(
    core: Core, intake: StructureIntake, tmp_path: Path
) -> None:
    organs = file(tmp_path, "1.5.dcm", frame=SCANS_FRAME, names=["spleen"])
    await intake.take_from_archive(organs, "SEG")
    assert in_use(core) is None
    assert core.state.procedure is not None
    assert core.state.procedure.structures_refused == (), "it was made for another end"
    await intake.take_from_archive(
        file(tmp_path, "1.6.dcm", frame=SCANS_FRAME, names=["L1"]), "SEG"
    )
    assert in_use(core) == "1.6"


async def test_of_a_folder_what_is_related_to_the_scans_is_taken_and_nothing_else(
    core: Core, intake: StructureIntake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(structures, "FOLDER_POLL_S", 0.01)
    file(tmp_path / "exported", "1.4.dcm", frame="6.6", series=["7.8"])
    file(tmp_path / "exported", "1.5.dcm", frame="9.9", series=["7.8"])
    watching = asyncio.create_task(intake.watch_folder())
    await core.post(RELATED)
    async with asyncio.timeout(10):
        await core.wait_for(
            lambda s: s.procedure is not None and s.procedure.structures is not None
        )
    watching.cancel()
    await asyncio.wait({watching})
    assert in_use(core) == "1.5"
