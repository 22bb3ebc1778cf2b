"""Looks at seeds and ice together over each lesion, whenever one of them has changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog

from dosimetry_core.tg43 import SeedModel
from procedure_node.core import Core
from procedure_node.daemon.changed import changed_procedures
from procedure_node.events import CombinedCoverage
from procedure_node.imaging import (
    CombinedRequest,
    ImagingWorker,
    WorkerDiedError,
    wanted_analysis,
    wanted_combinations,
)
from procedure_node.state import NodeState, ProcedureState

_log = structlog.get_logger()


@dataclass(slots=True)
class Combining:
    """Hands lesions to the worker and journals what comes of it.

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
        """Look until cancelled; what a person waits for goes before."""
        async for procedure in changed_procedures(self.core, _rests_on):
            for request in self._wanted(procedure):
                await self._look(request)

    def _wanted(self, procedure: ProcedureState) -> tuple[CombinedRequest, ...]:
        """Those that are not told yet, of a scan whose own analysis is done."""
        analysis = wanted_analysis(procedure, self.models, self.views)
        if analysis is None or procedure.scans[analysis.series_uid].view_directory is None:
            return ()
        wanted = wanted_combinations(procedure, analysis)
        told = {known.request_sha256 for known in procedure.combined.values()}
        return tuple(request for request in wanted if request.sha256 not in told)

    async def _look(self, request: CombinedRequest) -> None:
        try:
            found = await self.worker.combine(request)
        except WorkerDiedError as error:
            _log.warning("seeds and ice were not looked at together", reason=str(error))
            return

        def of_open_procedure(state: NodeState) -> tuple[CombinedCoverage, ...]:
            procedure = state.procedure
            if procedure is None or procedure.closed_at is not None:
                return ()
            return (found,) if found.series_uid in procedure.scans else ()

        await self.core.decide(of_open_procedure)


def _rests_on(procedure: ProcedureState) -> tuple[object, ...]:
    """What a look rests on, as far as the state tells it; compared by value."""
    scans = tuple(
        (uid, s.dose, s.view_directory, s.registration, s.registration_words)
        for uid, s in procedure.scans.items()
    )
    cold = tuple((key, z.status, z.freezing, z.freeze) for key, z in procedure.lethal_zones.items())
    drawn = procedure.structures.structure_set_uid if procedure.structures else None
    return procedure.procedure_id, scans, cold, drawn, tuple(procedure.allocations.items())
