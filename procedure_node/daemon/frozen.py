"""Joins the ice of all scans, whenever one shows more of it or is carried another way."""

from dataclasses import dataclass

from procedure_node.core import Core
from procedure_node.daemon.changed import changed_procedures
from procedure_node.events import FrozenTotal
from procedure_node.imaging import ImagingWorker, WorkerDiedError
from procedure_node.rules import FrozenTotalRequest, wanted_frozen_total
from procedure_node.state import NodeState, ProcedureState


@dataclass(slots=True)
class FrozenTotals:
    """Hands the ice of a procedure to the worker and journals what comes of it.

    Attributes:
        core: gives the states and takes the events.
        worker: does the work.
    """

    core: Core
    worker: ImagingWorker

    async def run(self) -> None:
        """Look until cancelled; what a person waits for goes before."""
        async for procedure in changed_procedures(self.core, _rests_on):
            request, _ = wanted_frozen_total(procedure)
            if request is not None and not _is_told(procedure, request):
                await self._join(request)

    async def _join(self, request: FrozenTotalRequest) -> None:
        try:
            found = await self.worker.join_ice(request)
        except WorkerDiedError as error:
            found = FrozenTotal(
                request_sha256=request.sha256,
                scan_count=len(request.ices),
                volume_cc=None,
                reason=f"the ice of the scans was not put together: {error}",
            )

        def of_same_ice(state: NodeState) -> tuple[FrozenTotal, ...]:
            procedure = state.procedure
            if procedure is None or procedure.closed_at is not None:
                return ()
            wanted, _ = wanted_frozen_total(procedure)
            return (found,) if wanted == request else ()

        await self.core.decide(of_same_ice)


def _is_told(procedure: ProcedureState, request: FrozenTotalRequest) -> bool:
    told = procedure.frozen_total
    return told is not None and told.request_sha256 == request.sha256


def _rests_on(procedure: ProcedureState) -> tuple[object, ...]:
    """What the total rests on, as far as the state tells it; compared by value."""
    scans = tuple(
        (uid, s.ice, s.view_directory, s.registration, tuple(s.registration_words.items()))
        for uid, s in procedure.scans.items()
    )
    begun = tuple(bool(probe.cycles.cycles) for probe in procedure.probes.values())
    placed = tuple(len(probe.placements) for probe in procedure.probes.values())
    return procedure.procedure_id, scans, begun, placed, procedure.structures, procedure.planning
