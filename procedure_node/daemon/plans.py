"""The plan of seeds that comes with the open procedure's study."""

from dataclasses import dataclass
from pathlib import Path

import structlog

from procedure_node.core import Core, device
from procedure_node.events import SeedPlanReceived
from procedure_node.imaging import ImagingWorker, NoSeedPlanError
from procedure_node.state import NodeState

_log = structlog.get_logger()

APPROVED = "APPROVED"


@dataclass(slots=True)
class SeedPlanIntake:
    """Journals the plan of seeds of the open procedure's study.

    Attributes:
        core: takes the event.
        worker: reads the file.
    """

    core: Core
    worker: ImagingWorker

    async def take_from_archive(self, path: Path) -> None:
        """Take a plan; an approved one is not replaced by one that is not.

        A plan that is none of seeds (of external beams, for example) is no fault of the study.
        """
        try:
            plan, mode = await self.worker.read_seed_plan(str(path))
        except NoSeedPlanError as error:
            _log.info("plan passed over", reason=str(error))
            return

        def if_better(state: NodeState) -> tuple[SeedPlanReceived, ...]:
            procedure = state.procedure
            if procedure is None or procedure.closed_at is not None:
                return ()
            known = procedure.seed_plan
            if known == plan or (
                known is not None
                and known.approval == APPROVED != plan.approval
                and known.plan_uid != plan.plan_uid
            ):
                return ()
            return (plan,)

        await self.core.decide(if_better, originator=device("pacs"), mode=mode)
