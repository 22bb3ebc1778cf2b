"""Analyses scans, the newest first, whenever what they depend on has changed."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog

from dosimetry_core.tg43 import SeedModel
from procedure_node.core import Core
from procedure_node.daemon.checks import PlaceChecks, is_registered
from procedure_node.events import AnalysisFailed, AnalysisStep, AnyPayload
from procedure_node.imaging import (
    AnalysisRequest,
    ImagingWorker,
    WorkerDiedError,
    overlooked_analyses,
    placing_of,
    wanted_analysis,
    with_kept_numbers,
)
from procedure_node.rules import edits_of
from procedure_node.state import NodeState, ProcedureState

STEPS_IN_WORDS: dict[AnalysisStep, str] = {
    "READ": "reading the scan",
    "STRUCTURES": "reading the structures",
    "SEEDS": "the search for seeds and their dose",
    "DOSE": "the dose",
    "WEIGH": "weighing how sure the dose is",
    "REGISTRATION": "the registration",
    "ICE": "the search for ice",
    "VIEW": "storing the pictures",
    "PLAN": "holding the plan against the seeds",
}
"""What a failed step is called to people."""

_log = structlog.get_logger()


@dataclass(slots=True)
class ScanAnalysis:
    """Hands the wanted analysis to the worker and journals what comes of it.

    Attributes:
        core: gives the states and takes the events.
        worker: does the work.
        models: the seed models.
        views: where the display's picture data go.
    """

    core: Core
    worker: ImagingWorker
    models: Mapping[str, SeedModel]
    views: Path

    async def run(self) -> None:
        """Analyse until cancelled. A slow analysis is followed by that of the newest state."""
        done: dict[str, AnalysisRequest] = {}
        checks = PlaceChecks(self.core, self.worker, self.views)
        async for _ in self.core.changes():
            while await self._analyse_next(done) or await checks.make_next():
                pass

    async def _analyse_next(self, done: dict[str, AnalysisRequest]) -> bool:
        """Analyse what comes next, and note it; whether there was anything."""
        for request in self._wanted(self.core.state):
            if done.get(request.series_uid) != request:
                await self._analyse(request)
                done[request.series_uid] = request
                return True
        return False

    def _wanted(self, state: NodeState) -> tuple[AnalysisRequest, ...]:
        """What may be analysed now, the newest scan first; what comes of it changes the state."""
        procedure = state.procedure
        if procedure is None or procedure.closed_at is not None:
            return ()
        newest = wanted_analysis(procedure, self.models, self.views)
        earlier = overlooked_analyses(procedure, self.models, self.views)
        return earlier if newest is None else (newest, *earlier)

    async def _analyse(self, request: AnalysisRequest) -> None:
        """Analyse; once more if the worker died, for it may have been killed for another's sake."""
        try:
            await self._steps(request)
        except WorkerDiedError as first:
            _log.warning("analysis is repeated", reason=str(first))
            try:
                await self._steps(request)
            except WorkerDiedError as error:
                _log.error("analysis failed", reason=str(error))
                failed = AnalysisFailed(
                    series_uid=request.series_uid, step="READ", reason=str(error)
                )
                await self._post(request, (failed,))

    async def _steps(self, request: AnalysisRequest) -> None:
        """What people wait for comes first; a step that fails leaves the others alone.

        Contours that lie in the scan as they were drawn are checked when nothing else is to be
        done. Those that have to be carried there call for another analysis once they are.
        """
        if not await self._step(request, "SEEDS", self.worker.analyse(request)):
            return
        if not self._goes_on(request):
            return
        if request.structures_path is None and not await self._register(request):
            return
        await self._step(request, "WEIGH", self.worker.weigh_dose(request))
        if not self._goes_on(request):
            return
        await self._step(request, "ICE", self.worker.look_for_ice(request))
        await self._step(request, "VIEW", self.worker.store_view(request))
        if request.identity.plan is not None:
            await self._step(request, "PLAN", self.worker.match_seed_plan(request))

    async def _step(
        self,
        request: AnalysisRequest,
        step: AnalysisStep,
        work: Awaitable[AnyPayload | tuple[AnyPayload, ...] | None],
    ) -> bool:
        """Journal what a step gives, or that it failed; whether it did not fail unexpectedly.

        Raises:
            WorkerDiedError: the worker ended: another one may do better.
        """
        try:
            given = await work
        except WorkerDiedError:
            raise
        except Exception as error:
            _log.exception("a step of the analysis failed", step=step)
            words = f"{error}" or type(error).__name__
            reason = f"{STEPS_IN_WORDS[step]} failed unexpectedly: {words}"
            failed = AnalysisFailed(series_uid=request.series_uid, step=step, reason=reason)
            await self._post(request, (failed,))
            return False
        told = given if isinstance(given, tuple) else () if given is None else (given,)
        await self._post(request, told)
        return True

    async def _register(self, request: AnalysisRequest) -> bool:
        """Carry the contours, unless that is done; whether the request still holds."""
        registration, procedure = request.registration, self.core.state.procedure
        if (
            registration is not None
            and procedure is not None
            and not is_registered(procedure, registration)
        ):
            await self._step(request, "REGISTRATION", self.worker.register(registration))
        procedure = self.core.state.procedure
        scan = procedure.scans.get(request.series_uid) if procedure else None
        if procedure is None or scan is None:
            return False
        return placing_of(procedure, scan, self.views).carried == request.carried

    async def _post(self, request: AnalysisRequest, payloads: tuple[AnyPayload, ...]) -> None:
        """Journal results of one step together: no state shows half of them."""

        def of_open_procedure(state: NodeState) -> tuple[AnyPayload, ...]:
            procedure = state.procedure
            if procedure is None or request.series_uid not in procedure.scans:
                return ()
            if _is_overtaken(procedure, request):
                return ()
            return with_kept_numbers(procedure, payloads)

        await self.core.decide(of_open_procedure)

    def _goes_on(self, request: AnalysisRequest) -> bool:
        """Whether what comes of further steps will be wanted: a person waits for an edit's dose."""
        procedure = self.core.state.procedure
        return procedure is not None and not _is_overtaken(procedure, request)


def _is_overtaken(procedure: ProcedureState, request: AnalysisRequest) -> bool:
    """Whether a person has edited the scan's seeds since: what comes of other seeds is void."""
    return edits_of(procedure, request.series_uid) != request.edits
