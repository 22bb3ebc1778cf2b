"""Contours from another study's CT come to a scan: fetched, carried, doubted, confirmed."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest

from dosimetry_core.values import GenerationMode, Modality
from drivers.dicom import (
    Archive,
    Peer,
    PlanContent,
    PlannedSeed,
    RegistrationContent,
    ResultIdentity,
    read_study_context,
    uid_from,
    write_implant_plan,
    write_registration,
)
from procedure_node.commands import Surroundings, decide
from procedure_node.commands.model import ConfirmRegistration
from procedure_node.core import Core, person
from procedure_node.daemon.analysis import ScanAnalysis
from procedure_node.daemon.registrations import RegistrationIntake
from procedure_node.daemon.scans import ScanIntake
from procedure_node.daemon.structures import StructureIntake
from procedure_node.events import SeedsFound
from procedure_node.imaging import ImagingWorker
from procedure_node.journal import Journal, read_entries
from procedure_node.protocol import TrialProtocol
from procedure_node.rules import plan_doubt
from procedure_node.settings import DicomSettings
from procedure_node.state import NodeState, ProcedureState, ScanState, replay
from simulators.pacs import PacsSimulator
from simulators.phantom import StudyIdentity, write_structure_set
from tests.drivers.dicom.counterparts import NODE, free_port
from tests.procedure_node.imaging import moved_ct, small_ct

WITHIN_S = 50.0
ROOT = "1.2.826.0.1.3680043.8.498"
STUDY = "1.2.3"  # the story's
SURROUNDINGS = Surroundings(
    mode=GenerationMode.TEST, seed_models=(), devices=(), cryoprobes=(), today=date(2026, 3, 2)
)


class Suite:
    """A node's imaging half beside a PACS that holds two studies of one patient."""

    def __init__(
        self, core: Core, pacs: PacsSimulator, journal: Journal, parts: Sequence[asyncio.Task[Any]]
    ) -> None:
        self.core, self.pacs, self._journal, self._parts = core, pacs, journal, parts

    @property
    def procedure(self) -> ProcedureState:
        assert self.core.state.procedure is not None
        return self.core.state.procedure

    async def until(self, wanted: Callable[[ProcedureState], bool]) -> ProcedureState:
        """The first such state; a part that ends meanwhile fails the test with its reason."""
        waiting = asyncio.create_task(
            self.core.wait_for(lambda s: s.procedure is not None and wanted(s.procedure))
        )
        tasks = (waiting, *self._parts)
        try:
            done, _ = await asyncio.wait(
                tasks, timeout=WITHIN_S, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done - {waiting}:
                task.result()
            assert waiting in done, str(self.procedure.scans)
        finally:
            waiting.cancel()
            await asyncio.wait({waiting})
        return self.procedure

    def replayed(self) -> NodeState:
        return replay(entry.event for entry in read_entries(self._journal.path))


@pytest.fixture
async def suite(tmp_path: Path, story: Any, demonstration: TrialProtocol) -> AsyncIterator[Suite]:
    port = free_port()
    async with AsyncExitStack() as stack:
        pacs = PacsSimulator("CTSIM", "127.0.0.1", 0, tmp_path / "pacs")
        await stack.enter_async_context(pacs)
        pacs.add_destination(Peer(NODE, "127.0.0.1", port))
        archive = await stack.enter_async_context(Archive(pacs.peer, NODE))
        worker = stack.enter_context(ImagingWorker({}, "UTC"))
        journal = Journal.open(tmp_path / "journal.sqlite")
        stack.push_async_callback(journal.close)
        core = Core(journal, NodeState(), mode=GenerationMode.TEST, project=lambda *_: ())
        dicom = DicomSettings.model_validate(
            {
                "ae_title": NODE,
                "host": "127.0.0.1",
                "port": port,
                "archive": {
                    "ae_title": pacs.peer.ae_title,
                    "host": pacs.peer.host,
                    "port": pacs.peer.port,
                    "poll_s": 0.1,
                },
            }
        )
        spool = tmp_path / "spool"
        structures = StructureIntake(core, worker, None, tmp_path / "kept")
        registrations = RegistrationIntake(core, worker, dicom, spool, archive)
        intake = ScanIntake(core, worker, structures, registrations, dicom, spool, archive)
        analysis = ScanAnalysis(core, worker, {}, tmp_path / "views")
        running = asyncio.create_task(core.run())
        story.opened().allocated("L1", Modality.SEEDS)
        for event in story.events:
            await core.post(event.payload, originator=event.originator)
        parts = (intake.receive, intake.watch, registrations.watch, analysis.run)
        tasks = [asyncio.create_task(part()) for part in parts]
        try:
            yield Suite(core, pacs, journal, (running, *tasks))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            core.stop()
            await running


def write_patient(folder: Path) -> tuple[list[Path], list[Path], str]:
    """Files of the planning study, of the procedure's with its contours, and the scan's UID."""
    begun = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    before = StudyIdentity(f"{ROOT}.71", f"{ROOT}.72", begun, seed="planning")
    now = StudyIdentity(STUDY, f"{ROOT}.82", begun, seed="scan")
    pair = moved_ct.pair()
    planning = moved_ct.write_ct(pair.planning, folder / "planning", before, 1)
    drawn = folder / "structures.dcm"
    write_structure_set(
        [moved_ct.lesion(pair.planning)],
        planning,
        replace(now, frame_of_reference_uid=before.frame_of_reference_uid),
        number=9,
        drawn_at=small_ct.TAKEN,
        path=drawn,
    )
    _belongs_to(drawn, before.study_uid)
    scan = moved_ct.write_ct(
        moved_ct.elsewhere(pair.scan, moved_ct.FARTHER_MM), folder / "scan", now, 2
    )
    return list(planning.files), [*scan.files, drawn], scan.series_uid


def _belongs_to(structures: Path, study_uid: str) -> None:
    """Have the structure set say that the images lie in another study than its own."""
    dataset = pydicom.dcmread(structures)
    for frame in dataset.ReferencedFrameOfReferenceSequence:
        for study in frame.RTReferencedStudySequence:
            study.ReferencedSOPInstanceUID = study_uid
    dataset.save_as(structures)


def write_reg(path: Path, scan: Path, error_mm: float) -> Path:
    """A Spatial Registration of the planning CT to the scan, so far off along z."""
    matrix = moved_ct.true_matrix(moved_ct.FARTHER_MM)
    matrix[2, 3] += error_mm
    identity = ResultIdentity(
        sop_instance_uid=uid_from("registration", path.name, "1"),
        series_uid=uid_from("registration", path.name),
        series_number=8,
        made_at=small_ct.TAKEN,
        software_versions="1",
        mode=GenerationMode.DEMO,
    )
    content = RegistrationContent(matrix, f"{ROOT}.72")
    write_registration(content, read_study_context(scan), identity, path)
    return path


def write_plan(path: Path, structures: Path, found: SeedsFound) -> Path:
    """Seeds that were planned, in the contours' frame, where those of the scan truly came from."""
    back = np.linalg.inv(moved_ct.true_matrix(moved_ct.FARTHER_MM))
    places = [back[:3, :3] @ seed.center_mm + back[:3, 3] for seed in found.seeds]
    identity = ResultIdentity(
        sop_instance_uid=uid_from("plan", "1"),
        series_uid=uid_from("plan"),
        series_number=7,
        made_at=small_ct.TAKEN,
        software_versions="1",
        mode=GenerationMode.DEMO,
    )
    seeds = tuple(
        PlannedSeed((x, y, z), (0.0, 0.0, 1.0), 0.5, small_ct.TAKEN, needle=f"N{n}")
        for n, (x, y, z) in enumerate(place.tolist() for place in places)
    )
    content = PlanContent("PLAN", seeds, 59.4, uid_from("structures", "1"))
    write_implant_plan(content, read_study_context(structures), identity, path)
    return path


def scan_of(procedure: ProcedureState, uid: str) -> ScanState:
    return procedure.scans[uid]


def error_mm(scan: ScanState) -> float:
    """Of where the lesion was carried to, mean over points within 15 mm of its middle."""
    assert scan.registration is not None
    (lesion,) = scan.registration.lesions
    matrix = np.array(lesion.matrix)
    carried = moved_ct.pair().target_mm @ matrix[:3, :3].T + matrix[:3, 3]
    return moved_ct.pair().error_mm(carried - moved_ct.FARTHER_MM)


def presented(procedure: ProcedureState) -> set[str]:
    return {key for key, alert in procedure.alerts.items() if alert.present}


async def test_contours_of_another_study_are_carried_doubted_and_confirmed(
    suite: Suite, tmp_path: Path
) -> None:
    planning, present, uid = write_patient(tmp_path)
    await suite.pacs.add_series(planning)
    await suite.pacs.add_series(present)

    # Nothing relates the two frames of reference: the images do.
    procedure = await suite.until(
        lambda p: (
            uid in p.scans
            and p.scans[uid].registration is not None
            and p.scans[uid].seeds is not None
            and any(seed.lesion for seed in p.scans[uid].seeds.seeds)
        )
    )
    scan = scan_of(procedure, uid)
    assert procedure.planning is not None
    assert list(procedure.scans) == [uid], "the planning CT is no scan of the procedure"
    assert scan.registration is not None
    assert scan.registration.method == "RIGID"
    assert [one.verdict for one in scan.registration.lesions] == ["ACCEPTED"]
    assert error_mm(scan) <= 1.5
    assert list(scan.failures) == ["DOSE"], "no seed was reported"
    assert scan.seeds is not None
    assert sum(1 for seed in scan.seeds.seeds if seed.lesion == "L1") == 8

    # A plan in the frame of reference of the contours comes with them.
    plan = write_plan(tmp_path / "plan.dcm", present[-1], scan.seeds)
    await suite.pacs.add_series([plan])
    procedure = await suite.until(lambda p: p.scans[uid].plan_matched is not None)
    matched = scan_of(procedure, uid).plan_matched
    assert matched is not None
    assert matched.carried_by == "RIGID"
    assert [one.found for one in matched.seeds] == list(range(len(scan.seeds.seeds)))
    assert all(np.linalg.norm(one.deviation_mm) <= 1.5 for one in matched.seeds)

    # A Spatial Registration goes before the images, and they do not bear this one out.
    reg = write_reg(tmp_path / "reg.dcm", present[0], error_mm=9.0)
    await suite.pacs.add_series([reg])
    procedure = await suite.until(
        lambda p: (
            p.scans[uid].registration is not None
            and p.scans[uid].registration.method == "REGISTRATION_OBJECT"
            and "registration-doubtful:L1" in presented(p)
        )
    )
    scan = scan_of(procedure, uid)
    assert scan.registration is not None
    (lesion,) = scan.registration.lesions
    assert (lesion.verdict, lesion.apart_mm) == ("DOUBTFUL", pytest.approx(9.0, abs=1.5))
    assert plan_doubt(procedure, scan) in procedure.coverage["L1"].unknown_reasons
    coverage = procedure.coverage["L1"]
    assert coverage.verdict == "UNKNOWN"
    assert coverage.unknown_reasons[0].startswith("where L1 lies in the scan is in doubt: the ima")

    # A person's word, who and why, outlives a restart.
    said = ConfirmRegistration(by="staff-7", lesion="L1", reason="edges agree to a millimetre")
    await suite.core.decide(decide(said, SURROUNDINGS), originator=person("staff-7"))
    procedure = await suite.until(lambda p: "registration-doubtful:L1" not in presented(p))
    assert "in doubt" not in " ".join(procedure.coverage["L1"].unknown_reasons)
    word = procedure.scans[uid].registration_words["L1"]
    assert (word.by, word.confirmed, word.reason) == ("staff-7", True, said.reason)
    assert procedure.audit[-1].act == "registration-confirmed"
    assert suite.replayed() == suite.core.state
