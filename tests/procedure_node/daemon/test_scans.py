"""What the watch over a study tells becomes events, each fact once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dosimetry_core.values import ConnectionState, GenerationMode
from drivers.dicom import (
    ArchiveBack,
    ArchiveError,
    ArchiveLost,
    SeriesComplete,
    SeriesDiscovered,
    SeriesIncomplete,
)
from procedure_node.core import CommandRefusedError, Core
from procedure_node.daemon.scans import ScanIntake
from procedure_node.events import ScanReceived, ScanRefused
from procedure_node.imaging import WorkerDiedError
from procedure_node.journal import Journal, read_entries
from procedure_node.settings import DicomSettings
from procedure_node.state import NodeState, ScanState

DICOM = DicomSettings.model_validate(
    {"ae_title": "NODE", "archive": {"ae_title": "PACS", "host": "127.0.0.1", "port": 104}}
)
WHOLE = SeriesComplete("1.1", "CT", (Path("spool/1.1/1.dcm"), Path("spool/1.1/2.dcm")))


class Reader:
    """Reads what it is told to."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.answers: list[Any] = []

    async def read_scan(self, series_uid: str, paths: list[str]) -> Any:
        self.asked.append(paths)
        answer = self.answers.pop(0) if self.answers else received(series_uid)
        if isinstance(answer, Exception):
            raise answer
        return answer


class Structures:
    """Notes what it is given."""

    def __init__(self) -> None:
        self.taken: list[tuple[Path, str]] = []
        self.scans = 0

    async def take_from_archive(self, path: Path, modality: str) -> None:
        self.taken.append((path, modality))

    async def scan_came(self) -> None:
        self.scans += 1


class Registrations:
    """Notes what it is given, and says whether that is of use."""

    def __init__(self) -> None:
        self.taken: list[Path] = []
        self.is_of_use = True

    async def take_object(self, path: Path) -> bool:
        self.taken.append(path)
        return self.is_of_use


class Studies:
    """An archive that knows studies by accession number."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    async def find_study(self, _: str) -> frozenset[str]:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def received(series_uid: str, images: int = 2) -> tuple[ScanReceived, GenerationMode]:
    payload = ScanReceived(
        series_uid=series_uid,
        frame_of_reference_uid="1.2.8",
        acquired_at=None,
        image_count=images,
        spacing_mm=(5.0, 0.8, 0.8),
        directory="spool/1.1",
        content_sha256=f"{images:064x}",
    )
    return payload, GenerationMode.DEMO


class Suite:
    def __init__(self, core: Core, journal: Journal, studies: Any = frozenset()) -> None:
        self.core, self._journal = core, journal
        self.reader, self.structures = Reader(), Structures()
        self.registrations = Registrations()
        registrations: Any = self.registrations
        reader: Any = self.reader
        structures: Any = self.structures
        archive: Any = Studies(studies)
        spool = Path("spool")
        self.intake = ScanIntake(core, reader, structures, registrations, DICOM, spool, archive)

    @property
    def scan(self) -> ScanState:
        assert self.core.state.procedure is not None
        return self.core.state.procedure.scans["1.1"]

    def told(self) -> list[tuple[str, str]]:
        """What was journalled of scans: kind and mode."""
        events = [entry.event for entry in read_entries(self._journal.path)]
        return [(e.payload.kind, e.mode) for e in events if e.payload.kind.startswith("scan-")]

    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.told()]


@pytest.fixture
async def suite(tmp_path: Path, story: Any) -> AsyncIterator[Suite]:
    journal = Journal.open(tmp_path / "journal.sqlite")
    core = Core(journal, NodeState(), mode=GenerationMode.TEST, project=lambda *_: ())
    running = asyncio.create_task(core.run())
    (opening,) = story.opened().events
    await core.post(opening.payload, originator=opening.originator)
    yield Suite(core, journal)
    core.stop()
    await running
    await journal.close()


async def test_a_ct_series_is_told_when_it_is_seen_and_when_it_is_whole(suite: Suite) -> None:
    await suite.intake._take(SeriesDiscovered("1.1", "CT", "liver"))
    assert (suite.scan.status, suite.scan.description) == ("ARRIVING", "liver")
    await suite.intake._take(WHOLE)
    assert suite.scan.status == "RECEIVED"
    assert suite.reader.asked == [["spool/1.1/1.dcm", "spool/1.1/2.dcm"]]
    assert suite.structures.scans == 1
    assert suite.told() == [("scan-discovered", "TEST"), ("scan-received", "DEMO")]


async def test_after_a_restart_nothing_is_told_twice(suite: Suite) -> None:
    for _ in range(2):
        await suite.intake._take(SeriesDiscovered("1.1", "CT", "liver"))
        await suite.intake._take(WHOLE)
    assert suite.kinds() == ["scan-discovered", "scan-received"]


async def test_a_series_that_grew_is_told_again(suite: Suite) -> None:
    await suite.intake._take(WHOLE)
    suite.reader.answers = [received("1.1", images=3)]
    await suite.intake._take(replace(WHOLE, paths=(*WHOLE.paths, Path("spool/1.1/3.dcm"))))
    assert suite.scan.received is not None
    assert suite.scan.received.image_count == 3


async def test_a_scan_that_cannot_be_used_is_refused_once_with_its_reasons(suite: Suite) -> None:
    for _ in range(2):
        suite.reader.answers = [(ScanRefused(series_uid="1.1", reasons=("it is tilted",)), None)]
        await suite.intake._take(WHOLE)
    assert (suite.scan.status, suite.scan.refused) == ("REFUSED", ("it is tilted",))
    assert suite.kinds() == ["scan-refused"]
    assert suite.structures.scans == 0


async def test_a_worker_that_died_while_it_read_is_asked_again(suite: Suite) -> None:
    suite.reader.answers = [WorkerDiedError("killed")]
    await suite.intake._take(WHOLE)
    assert suite.scan.status == "RECEIVED"
    assert len(suite.reader.asked) == 2


@pytest.mark.parametrize(
    "answers",
    [[WorkerDiedError("killed"), WorkerDiedError("killed")], [ValueError("killed")]],
    ids=["every worker dies", "a bug"],
)
async def test_a_series_that_cannot_be_read_at_all_does_not_stop_the_watch(
    suite: Suite, answers: Any
) -> None:
    suite.reader.answers = answers
    await suite.intake._take(WHOLE)
    assert suite.scan.refused == ("it cannot be read: killed",)


async def test_what_is_missing_is_told_of_a_ct(suite: Suite) -> None:
    await suite.intake._take(SeriesIncomplete("1.1", "CT", 3, "3 images did not come"))
    await suite.intake._take(SeriesIncomplete("1.9", "RTSTRUCT", 1, "it did not come"))
    assert suite.scan.refused == ("3 images did not come",)
    assert suite.kinds() == ["scan-refused"]


async def test_structure_sets_go_their_own_way(suite: Suite) -> None:
    await suite.intake._take(SeriesDiscovered("1.9", "RTSTRUCT", "contours"))
    await suite.intake._take(SeriesComplete("1.9", "RTSTRUCT", (Path("a.dcm"), Path("b.dcm"))))
    await suite.intake._take(SeriesComplete("1.8", "SEG", (Path("c.dcm"),)))
    taken = [(path.name, modality) for path, modality in suite.structures.taken]
    assert taken == [("a.dcm", "RTSTRUCT"), ("b.dcm", "RTSTRUCT"), ("c.dcm", "SEG")]
    assert suite.kinds() == []


async def test_structures_are_looked_at_again_once_a_registration_may_carry_them(
    suite: Suite,
) -> None:
    whole = SeriesComplete("1.7", "REG", (Path("reg.dcm"),))
    await suite.intake._take(whole)
    assert (suite.registrations.taken, suite.structures.scans) == ([Path("reg.dcm")], 1)
    suite.registrations.is_of_use = False
    await suite.intake._take(whole)
    assert suite.structures.scans == 1
    assert suite.structures.taken == []


async def test_the_archive_is_a_link(suite: Suite) -> None:
    await suite.intake._take(ArchiveLost("connection refused"))
    assert suite.core.state.links["pacs"].state is ConnectionState.DISCONNECTED
    await suite.intake._take(ArchiveBack())
    assert suite.core.state.links["pacs"].state is ConnectionState.CONNECTED


async def test_one_study_is_found_by_its_accession_number(suite: Suite) -> None:
    suite.intake.archive = Studies(frozenset({"1.2.17"}))  # pyright: ignore
    assert await suite.intake.find_study("A-17") == "1.2.17"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (frozenset(), "has 0 studies of this accession number: give the study UID instead"),
        (frozenset({"1.2", "1.3"}), "has 2 studies of this accession number"),
        (ArchiveError("PACS does not answer"), "cannot be looked up: PACS does not answer"),
        (ValueError("'*' is not an accession number"), "cannot be looked up: '\\*' is not"),
    ],
)
async def test_a_study_that_cannot_be_told_is_refused_in_words(
    suite: Suite, answer: Any, told: str
) -> None:
    suite.intake.archive = Studies(answer)  # pyright: ignore
    with pytest.raises(CommandRefusedError, match=told):
        await suite.intake.find_study("A-17")
