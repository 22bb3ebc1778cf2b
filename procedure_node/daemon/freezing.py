"""Models the cold around cryoprobes while a procedure goes on, and journals what comes of it."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import structlog

from dosimetry_core.values import CyclePhase
from procedure_node.core import Core
from procedure_node.events import LethalZoneModelled
from procedure_node.lethal_zone import (
    FreezeRequest,
    FreezeWorker,
    ModellingDiedError,
    wanted_freezes,
)
from procedure_node.settings import FreezeModelSettings
from procedure_node.state import NodeState, ProcedureState
from procedure_node.thermal_library import ThermalLibrary

REPORT_S = 15.0
"""Between two reports, in the model's time: ice grows a few tenths of a millimetre meanwhile."""

LEAST_INTERVAL_S = 2.0
"""Between two reports, by the clock, where the model runs faster than that."""

ALLOWED_S = 4.0
"""For one report; what is not computed by then comes with the next."""

_log = structlog.get_logger()


@dataclass(slots=True)
class FreezeModelling:
    """Asks for each frozen lesion's cold at a modest rate, and whenever a phase has changed.

    Attributes:
        core: gives the states and takes the events.
        worker: does the work.
        library: tissues and kinds of probes.
        settings: how it is computed.
        views: where the display's picture data go.
    """

    core: Core
    worker: FreezeWorker
    library: ThermalLibrary
    settings: FreezeModelSettings
    views: Path
    _warmed: bool = False
    _done: dict[str, FreezeRequest] = field(default_factory=dict[str, FreezeRequest])

    async def run(self) -> None:
        """Model until cancelled."""
        self._warmed = False
        self._done.clear()
        while True:
            phases = _phases(self.core.state)
            caught_up = await self.report()
            if caught_up:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self.interval_s):
                        await self.core.wait_for(lambda s, seen=phases: _phases(s) != seen)

    @property
    def interval_s(self) -> float:
        """Between two reports, by the clock."""
        return max(LEAST_INTERVAL_S, REPORT_S / self.settings.time_scale)

    async def report(self) -> bool:
        """Journal how cold each frozen lesion is now.

        Returns:
            Whether all is told; otherwise some lesion's model is still catching up.
        """
        procedure = self.core.state.procedure
        if procedure is None or procedure.closed_at is not None:
            return True
        if not self._warmed and any(p.cryoprobe is not None for p in procedure.probes.values()):
            await self._warm_up()
        caught_up = True
        for wanted in self._wanted(procedure, self.core.clock().utc):
            told = await self._modelled(wanted) if isinstance(wanted, FreezeRequest) else wanted
            if told is None:
                continue
            await self._post(procedure.procedure_id, told)
            caught_up = caught_up and told.status != "CATCHING_UP"
        return caught_up

    def _wanted(
        self, procedure: ProcedureState, now: datetime
    ) -> tuple[FreezeRequest | LethalZoneModelled, ...]:
        return wanted_freezes(procedure, now, self.library, self.settings, self.views)

    async def _warm_up(self) -> None:
        """Probes are in place before the first of them freezes: that is time enough."""
        try:
            await self.worker.warm_up()
            self._warmed = True
        except ModellingDiedError as error:
            _log.warning("the model of freezes did not start", reason=str(error))

    async def _modelled(self, request: FreezeRequest) -> LethalZoneModelled | None:
        """What is to be told; None where it was told already and all is warm again."""
        procedure = self.core.state.procedure
        known = procedure.lethal_zones.get(request.lesion) if procedure else None
        timeless = request.model_copy(update={"until": request.started})
        if known is not None and known.is_over and self._done.get(request.lesion) == timeless:
            return None
        try:
            told = await self.worker.model(request, ALLOWED_S)
        except ModellingDiedError as error:
            _log.warning("a freeze was not modelled", lesion=request.lesion, reason=str(error))
            return LethalZoneModelled(
                lesion=request.lesion,
                status="CATCHING_UP",
                reason=f"{error}; what was frozen before is computed again",
                freeze=request.freeze,
                freezing=request.freezing,
            )
        if told.status == "MODELLED":
            self._done[request.lesion] = timeless
        return told

    async def _post(self, procedure_id: str, told: LethalZoneModelled) -> None:
        def of_open_procedure(state: NodeState) -> tuple[LethalZoneModelled, ...]:
            procedure = state.procedure
            if procedure is None or procedure.procedure_id != procedure_id:
                return ()
            if procedure.closed_at is not None:
                return ()
            return () if procedure.lethal_zones.get(told.lesion) == told else (told,)

        await self.core.decide(of_open_procedure)


def _phases(state: NodeState) -> tuple[object, ...]:
    """What a report is due for at once when it changes."""
    procedure = state.procedure
    if procedure is None or procedure.closed_at is not None:
        return ()
    return (
        procedure.procedure_id,
        tuple(
            (key, probe.cycles.phase is CyclePhase.FREEZE, probe.cryoprobe is None)
            for key, probe in procedure.probes.items()
        ),
    )
