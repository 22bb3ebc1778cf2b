"""Compares contours in a scan's own frame of reference with its images, when nobody waits."""

from dataclasses import dataclass, field
from pathlib import Path

import structlog

from procedure_node.core import Core
from procedure_node.events import AnalysisFailed, RegistrationComputed
from procedure_node.imaging import (
    ImagingWorker,
    RegistrationRequest,
    WorkerDiedError,
    wanted_checks,
)
from procedure_node.state import NodeState, ProcedureState

ARRIVING = "the contours are not compared with this scan's images while another scan arrives"
GIVEN_WAY = "the contours are not compared with this scan's images yet: other work goes first"

_log = structlog.get_logger()


@dataclass(slots=True)
class PlaceChecks:
    """Makes the checks that are due, one at a time; whatever else the worker has to do goes first.

    While a scan arrives none is begun, and one that is under way is given up as soon as the worker
    is asked for anything else. It stays due, and the contours are UNCHECKED with this reason.

    Attributes:
        core: gives the states and takes the events.
        worker: does the work.
        views: where the check pictures go.
    """

    core: Core
    worker: ImagingWorker
    views: Path
    _tried: dict[str, str] = field(default_factory=dict[str, str])
    _told_pending: dict[str, str] = field(default_factory=dict[str, str])

    async def make_next(self) -> bool:
        """Make the next check that is due; whether there may be more to do."""
        procedure = _open_procedure(self.core.state)
        if procedure is None:
            return False
        arriving = any(scan.status == "ARRIVING" for scan in procedure.scans.values())
        for request in wanted_checks(procedure, self.views):
            is_due = not is_registered(procedure, request)
            if not is_due or self._tried.get(request.scan.series_uid) == request.sha256:
                continue
            if not arriving:
                await self._check(request)
                return True
            await self._tell_pending(request, ARRIVING)
        return False

    async def _check(self, request: RegistrationRequest) -> None:
        given = await self._checked(request)
        if given is not None:
            self._tried[request.scan.series_uid] = request.sha256
            await self._post(given)
            return
        await self._tell_pending(request, GIVEN_WAY)
        await self.worker.at_leisure()

    async def _tell_pending(self, request: RegistrationRequest, why: str) -> None:
        """Say, once, that the contours are not checked yet."""
        series_uid = request.scan.series_uid
        if self._told_pending.get(series_uid) == request.sha256:
            return
        self._told_pending[series_uid] = request.sha256
        try:
            pending = await self.worker.pending_check(request, why)
        except Exception as error:  # the check itself is still to come, and tells of its own
            _log.warning("a pending check cannot be told", reason=str(error))
            return
        await self._post(pending)

    async def _checked(
        self, request: RegistrationRequest
    ) -> RegistrationComputed | AnalysisFailed | None:
        """What came of a check, or that it failed; None where it gave way.

        If the worker dies it is made once more: the worker may have been killed for another's sake.
        """
        try:
            try:
                return await self.worker.check(request)
            except WorkerDiedError as error:
                _log.warning("a check of the contours is repeated", reason=str(error))
                return await self.worker.check(request)
        except WorkerDiedError as error:
            words = str(error)
        except Exception as error:
            _log.exception("a check of the contours failed")
            words = f"the registration failed unexpectedly: {error or type(error).__name__}"
        return AnalysisFailed(series_uid=request.scan.series_uid, step="REGISTRATION", reason=words)

    async def _post(self, payload: RegistrationComputed | AnalysisFailed) -> None:
        def of_open_procedure(
            state: NodeState,
        ) -> tuple[RegistrationComputed | AnalysisFailed, ...]:
            procedure = _open_procedure(state)
            is_known = procedure is not None and payload.series_uid in procedure.scans
            return (payload,) if is_known else ()

        await self.core.decide(of_open_procedure)


def is_registered(procedure: ProcedureState, request: RegistrationRequest) -> bool:
    """Whether the state holds this very registration, and its check pictures are there."""
    scan = procedure.scans.get(request.scan.series_uid)
    told = scan.registration if scan else None
    if told is None or told.is_pending or told.request_sha256 != request.sha256:
        return False
    return told.view_directory is None or Path(told.view_directory).exists()


def _open_procedure(state: NodeState) -> ProcedureState | None:
    procedure = state.procedure
    return procedure if procedure is not None and procedure.closed_at is None else None
