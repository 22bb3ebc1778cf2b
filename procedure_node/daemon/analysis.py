"""Analyses scans, the newest first, whenever what they depend on has changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog

from dosimetry_core.tg43 import SeedModel
from procedure_node.core import Core
from procedure_node.events import AnalysisFailed, AnyPayload
from procedure_node.imaging import (
    AnalysisRequest,
    ImagingWorker,
    WorkerDiedError,
    overlooked_analyses,
    wanted_analysis,
)
from procedure_node.state import NodeState

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
        async for state in self.core.changes():
            for request in self._wanted(state):
                if done.get(request.series_uid) != request:
                    await self._analyse(request)
                    done[request.series_uid] = request
                    break

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
        await self._post(request, await self.worker.analyse(request))
        await self._post(request, await self.worker.weigh_dose(request))
        ice = await self.worker.look_for_ice(request)
        await self._post(request, () if ice is None else (ice,))
        await self._post(request, (await self.worker.store_view(request),))

    async def _post(self, request: AnalysisRequest, payloads: tuple[AnyPayload, ...]) -> None:
        """Journal results of one step together: no state shows half of them."""

        def of_open_procedure(state: NodeState) -> tuple[AnyPayload, ...]:
            procedure = state.procedure
            known = procedure is not None and request.series_uid in procedure.scans
            return payloads if known else ()

        await self.core.decide(of_open_procedure)
