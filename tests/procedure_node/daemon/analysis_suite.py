"""The analysis of scans with a worker that finds nothing: what the tests of it stand on."""

import asyncio
from pathlib import Path
from typing import Any

from procedure_node.core import Core
from procedure_node.events import (
    AnalysisFailed,
    DoseBandsComputed,
    DoseComputed,
    IceFound,
    LesionRegistration,
    RegistrationComputed,
    SeedsFound,
    ViewStored,
)
from procedure_node.imaging import AnalysisRequest, RegistrationRequest, WorkerDiedError
from procedure_node.journal import read_entries


class FakeWorker:
    """Finds nothing in every scan; can be made to die, and to wait."""

    def __init__(self) -> None:
        self.requests: list[AnalysisRequest] = []
        self.deaths: list[str] = []
        self.bugs: dict[str, Exception] = {}
        self.registered: list[str] = []
        self.checks: list[str] = []
        self.giving_way = 0
        self.lesions: tuple[LesionRegistration, ...] = ()
        self.free = asyncio.Event()
        self.free.set()
        self.asked = asyncio.Condition()

    async def _take(self, step: str) -> None:
        if step in self.deaths:
            self.deaths.remove(step)
            raise WorkerDiedError("the imaging process ended unexpectedly")
        if step in self.bugs:
            raise self.bugs[step]

    async def analyse(self, request: AnalysisRequest) -> Any:
        async with self.asked:
            self.requests.append(request)
            self.asked.notify_all()
        await self.free.wait()
        await self._take("analyse")
        return (
            SeedsFound(
                series_uid=request.series_uid,
                seeds=(),
                edits=tuple(edit.edit for edit in request.edits),
            ),
            DoseComputed(
                series_uid=request.series_uid, seed_models=(), seed_count=0, structures=()
            ),
        )

    async def weigh_dose(self, request: AnalysisRequest) -> Any:
        await self._take("weigh")
        return (
            DoseBandsComputed(
                series_uid=request.series_uid,
                position_sd_mm=1.0,
                strength_sd_percent=3.0,
                registration_sd_mm=1.0,
                structures=(),
            ),
        )

    async def register(self, request: RegistrationRequest) -> Any:
        self.registered.append(request.scan.series_uid)
        await self._take("register")
        return RegistrationComputed(
            series_uid=request.scan.series_uid,
            planning_series_uid=request.planning.series_uid if request.planning else None,
            structure_set_uid=request.structure_set_uid,
            method=request.method,
            request_sha256=request.sha256,
            lesions=self.lesions,
        )

    async def check(self, request: RegistrationRequest) -> Any:
        self.checks.append(request.scan.series_uid)
        if self.giving_way:
            self.giving_way -= 1
            return None
        return await self.register(request)

    async def pending_check(self, request: RegistrationRequest, why: str) -> Any:
        computed = await self.register(request)
        self.registered.pop()
        lesions = tuple(
            one.model_copy(update={"verdict": "UNCHECKED", "reasons": (why,)})
            for one in computed.lesions
        )
        return computed.model_copy(update={"lesions": lesions, "is_pending": True})

    async def at_leisure(self) -> None:
        pass

    async def look_for_ice(self, request: AnalysisRequest) -> Any:
        await self._take("ice")
        if request.ice is None:
            return None
        return IceFound(
            series_uid=request.series_uid,
            baseline_series_uid="1.0",
            structure_set_uid="1.2",
            volume_cc=0.0,
            structures=(),
        )

    async def store_view(self, request: AnalysisRequest) -> Any:
        await self._take("view")
        return ViewStored(series_uid=request.series_uid, directory=request.view_directory)


class Suite:
    """A core, a worker and the analysis between them; told by a story."""

    def __init__(self, core: Core, worker: FakeWorker, story: Any, journal: Path) -> None:
        self.core, self.worker, self.story, self._journal = core, worker, story, journal

    async def tell(self) -> None:
        """Post what the story has told since."""
        await self.story.post_to(self.core)

    async def pictured(self, series_uid: str) -> None:
        """Wait until the last step of a scan's analysis is journalled."""
        async with asyncio.timeout(10):
            await self.core.wait_for(lambda s: s.procedure.scans[series_uid].view_directory)

    async def failed(self, series_uid: str) -> None:
        async with asyncio.timeout(10):
            await self.core.wait_for(lambda s: s.procedure.scans[series_uid].failures)

    async def asked(self, count: int) -> None:
        async with asyncio.timeout(10), self.worker.asked:
            await self.worker.asked.wait_for(lambda: len(self.worker.requests) >= count)

    def told_of(self, series_uid: str) -> list[str]:
        """Kinds of all that was journalled of a scan."""
        payloads = [e.event.payload for e in read_entries(self._journal)]
        return [p.kind for p in payloads if getattr(p, "series_uid", None) == series_uid]

    def results(self) -> list[str]:
        wanted = (
            SeedsFound,
            DoseComputed,
            DoseBandsComputed,
            IceFound,
            ViewStored,
            AnalysisFailed,
        )
        entries = [e.event for e in read_entries(self._journal)]
        return [e.payload.kind for e in entries if isinstance(e.payload, wanted)]
