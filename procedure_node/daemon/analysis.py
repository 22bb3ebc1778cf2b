"""Analyses the newest scan whenever what it depends on has changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog

from dosimetry_core.tg43 import SeedModel
from procedure_node.core import Core
from procedure_node.events import AnalysisFailed, AnyPayload
from procedure_node.imaging import AnalysisRequest, ImagingWorker, WorkerDiedError, wanted_analysis
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
        done: AnalysisRequest | None = None
        async for state in self.core.changes():
            request = self._wanted(state)
            if request is None or request == done:
                continue
            await self._analyse(request)
            done = request

    def _wanted(self, state: NodeState) -> AnalysisRequest | None:
        procedure = state.procedure
        if procedure is None or procedure.closed_at is not None:
            return None
        return wanted_analysis(procedure, self.models, self.views)

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
