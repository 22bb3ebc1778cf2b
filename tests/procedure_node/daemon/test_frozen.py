"""The ice of all scans is joined once, and anew when there is more of it."""

import asyncio

import pytest

from dosimetry_core.values import Modality
from procedure_node.daemon.frozen import FrozenTotals
from procedure_node.events import FrozenTotal, IceFound, ProbeAssigned, ViewStored
from procedure_node.imaging import WorkerDiedError


class FakeWorker:
    """Joins nothing; can be made to die once."""

    def __init__(self):
        self.joined: list[tuple[str, ...]] = []
        self.dies = False

    async def join_ice(self, request):
        self.joined.append(tuple(ice.series_uid for ice in request.ices))
        if self.dies:
            raise WorkerDiedError("killed")
        total_cc = sum(ice.volume_cc for ice in request.ices)
        return FrozenTotal(
            request_sha256=request.sha256, scan_count=len(request.ices), volume_cc=total_cc
        )


def iced(story, uid):
    ice = IceFound(
        series_uid=uid,
        baseline_series_uid="1.0",
        structure_set_uid="1.2.9",
        volume_cc=20.0,
        surface_error_mm=1.0,
        structures=(),
    )
    view = ViewStored(series_uid=uid, directory=f"v/{uid}")
    return story.after(minutes=1).scanned(uid).tell(ice, view)


@pytest.fixture
def frozen(story):
    story.opened().drawn(L2=10.0).allocated("L2", Modality.CRYO)
    story.tell(ProbeAssigned(device="console-1", probe=1, lesion="L2", zone="WHOLE"))
    return iced(story.read("FREEZE", [-120.0] * 3), "1.1")


async def test_ice_is_joined_once_and_again_with_the_next_scan(core, frozen):
    worker = FakeWorker()
    part = asyncio.create_task(FrozenTotals(core, worker).run())
    try:
        async with asyncio.timeout(20):
            await frozen.post_to(core)
            await core.wait_for(lambda s: bool(s.procedure and s.procedure.frozen_total))
            await iced(frozen, "1.2").post_to(core)
            await core.wait_for(lambda s: s.procedure.frozen_total.scan_count == 2)
    finally:
        part.cancel()
        await asyncio.wait({part})
    assert worker.joined == [("1.1",), ("1.1", "1.2")], "once each"


async def test_a_worker_that_dies_leaves_it_unknown_with_the_reason(core, frozen):
    worker = FakeWorker()
    worker.dies = True
    part = asyncio.create_task(FrozenTotals(core, worker).run())
    try:
        async with asyncio.timeout(20):
            await frozen.post_to(core)
            await core.wait_for(lambda s: bool(s.procedure and s.procedure.frozen_total))
    finally:
        part.cancel()
        await asyncio.wait({part})
    told = core.state.procedure.frozen_total
    assert told.volume_cc is None
    assert told.reason == "the ice of the scans was not put together: killed"
