"""Lesions are measured, and seeds and ice looked at together, whenever that is called for."""

import asyncio
from pathlib import Path

from dosimetry_core.values import Modality
from procedure_node.core import Core
from procedure_node.daemon.combining import Combining
from procedure_node.daemon.lesions import LesionMeasuring
from procedure_node.events import (
    CombinedCoverage,
    LesionRegistration,
    LesionsMeasured,
    RegistrationComputed,
    RegistrationConfirmed,
    ViewStored,
)
from procedure_node.imaging import WorkerDiedError
from procedure_node.state import NodeState


class FakeWorker:
    """Measures and combines nothing; can be made to die once."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.measured: list[str] = []
        self.combined: list[tuple[str, str | None]] = []
        self.dies = False

    async def measure_lesions(self, _path, structure_set_uid, _protocol):
        if self.dies:
            self.dies = False
            raise WorkerDiedError("killed")
        self.measured.append(structure_set_uid)
        return LesionsMeasured(structure_set_uid=structure_set_uid, lesions=())

    async def combine(self, request):
        uid = request.analysis.series_uid
        self.combined.append((uid, self.core.state.procedure.scans[uid].view_directory))
        return CombinedCoverage(
            lesion=request.lesion,
            series_uid=request.analysis.series_uid,
            structure_set_uid=request.structure_set_uid,
            request_sha256=request.sha256,
            prescription_gy=110.0,
            structures=(),
            ice_series_uids=(),
        )


async def during(part, core, wanted):
    """Run a part of the node until the state is as wanted."""
    task = asyncio.create_task(part.run())
    try:
        async with asyncio.timeout(20):
            return await core.wait_for(wanted)
    finally:
        task.cancel()
        await asyncio.wait({task})


async def test_a_structure_set_is_measured_also_where_a_worker_died(core, story):
    worker = FakeWorker(core)
    worker.dies = True
    await story.opened().drawn(L1=4.0).post_to(core)
    await during(LesionMeasuring(core, worker), core, lambda s: bool(s.procedure.lesions))
    assert worker.measured == ["1.2.9"]
    assert core.state.procedure.lesions.structure_set_uid == "1.2.9"


async def test_seeds_and_ice_are_looked_at_together_once_the_scan_is_worked_up(core, story):
    worker = FakeWorker(core)
    story.opened().drawn(L3=11.0, L3_CORE=2.0, L3_PERIPHERY=9.0)
    story.allocated("L3", Modality.CRYO, "CORE").allocated("L3", Modality.SEEDS, "PERIPHERY")
    story.scanned("1.1").seen("1.1", L3_PERIPHERY=2).dosed("1.1", L3_PERIPHERY=120.0)
    story.tell(ViewStored(series_uid="1.1", directory="v/1"))
    part = asyncio.create_task(Combining(core, worker, {}, Path("views")).run())
    try:
        await story.post_to(core)
        async with asyncio.timeout(20):
            await core.wait_for(lambda s: bool(s.procedure and s.procedure.combined))
    finally:
        part.cancel()
        await asyncio.wait({part})
    assert worker.combined == [("1.1", "v/1")], "once, and after the scan's own analysis"


async def test_they_are_looked_at_anew_when_it_is_told_where_the_contours_lie(core, story):
    worker = FakeWorker(core)
    story.opened().drawn(L3=11.0, L3_CORE=2.0, L3_PERIPHERY=9.0)
    story.allocated("L3", Modality.CRYO, "CORE").allocated("L3", Modality.SEEDS, "PERIPHERY")
    story.scanned("1.1").after(minutes=5).scanned("1.2").seen("1.2", L3_PERIPHERY=2)
    story.dosed("1.2", L3_PERIPHERY=120.0).tell(ViewStored(series_uid="1.2", directory="v/2"))
    lesion = LesionRegistration(
        lesion="L3",
        structures=("L3", "L3_CORE", "L3_PERIPHERY"),
        center_mm=(0.0, 0.0, 0.0),
        matrix=((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)),
        verdict="DOUBTFUL",
        reasons=("a vessel is off",),
    )
    doubt = RegistrationComputed(
        series_uid="1.2",
        planning_series_uid="1.1",
        structure_set_uid="1.2.9",
        method="SAME_FRAME",
        request_sha256="a" * 64,
        lesions=(lesion,),
    )
    word = RegistrationConfirmed(series_uid="1.2", lesion="L3", reason="edges agree")
    looks: list[str] = []

    def is_looked_at_anew(state: NodeState) -> bool:
        told = state.procedure.combined.get("L3") if state.procedure else None
        return told is not None and told.request_sha256 not in looks[-1:]

    part = asyncio.create_task(Combining(core, worker, {}, Path("views")).run())
    try:
        for payloads in ((), (doubt,), (word,)):
            await story.tell(*payloads).post_to(core)
            async with asyncio.timeout(20):
                state = await core.wait_for(is_looked_at_anew)
            looks.append(state.procedure.combined["L3"].request_sha256)
    finally:
        part.cancel()
        await asyncio.wait({part})
    assert len(worker.combined) == 3
