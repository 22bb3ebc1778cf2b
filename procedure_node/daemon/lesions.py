"""Measures the lesions of each structure set that comes to count."""

from dataclasses import dataclass

import structlog

from procedure_node.core import Core
from procedure_node.events import LesionsMeasured, StructuresReceived
from procedure_node.imaging import ImagingWorker, WorkerDiedError
from procedure_node.state import NodeState, ProcedureState

_log = structlog.get_logger()


@dataclass(slots=True)
class LesionMeasuring:
    """Hands structure sets to the worker and journals what is measured.

    Attributes:
        core: gives the states and takes the events.
        worker: does the work.
    """

    core: Core
    worker: ImagingWorker

    async def run(self) -> None:
        """Measure until cancelled; each structure set once, as long as its content is the same."""
        done: StructuresReceived | None = None
        async for state in self.core.changes():
            procedure = state.procedure
            if procedure is None or procedure.closed_at is not None:
                continue
            drawn = procedure.structures
            if drawn is None or drawn == done or (done is None and _is_measured(procedure)):
                continue
            await self._measure(procedure, drawn)
            done = drawn

    async def _measure(self, procedure: ProcedureState, drawn: StructuresReceived) -> None:
        uid = drawn.structure_set_uid
        try:
            measured = await self.worker.measure_lesions(drawn.path, uid, procedure.protocol)
        except WorkerDiedError as first:
            _log.warning("measuring is repeated", reason=str(first))
            measured = await self.worker.measure_lesions(drawn.path, uid, procedure.protocol)

        def while_it_counts(state: NodeState) -> tuple[LesionsMeasured, ...]:
            now = state.procedure
            return (measured,) if now is not None and now.structures == drawn else ()

        await self.core.decide(while_it_counts)


def _is_measured(procedure: ProcedureState) -> bool:
    """Whether a node before this one measured the structure set."""
    drawn, measured = procedure.structures, procedure.lesions
    return (
        drawn is not None
        and measured is not None
        and measured.structure_set_uid == drawn.structure_set_uid
    )
