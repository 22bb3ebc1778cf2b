"""What relates the structures' CT to the scans: that CT itself, and Spatial Registrations."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import structlog

from dosimetry_core.values import GenerationMode
from drivers.dicom import (
    Archive,
    SeriesComplete,
    SeriesIncomplete,
    StoredImage,
    StudyWatcher,
    WatchEvent,
    WatchSettings,
)
from procedure_node.core import Core, device
from procedure_node.events import (
    PlanningCtReceived,
    PlanningCtRefused,
    RegistrationObjectRefused,
    SeriesReference,
)
from procedure_node.imaging import ImagingWorker, WorkerDiedError
from procedure_node.settings import DicomSettings
from procedure_node.state import NodeState, ProcedureState

SOURCE = "pacs"

_log = structlog.get_logger()


@dataclass(slots=True)
class RegistrationIntake:
    """Journals Spatial Registrations of the study, and fetches the CT that was drawn on.

    That CT often belongs to another study: of that, only the series that the structure set refers
    to is brought here.

    Attributes:
        core: takes the events.
        worker: reads files.
        dicom: own application entity, and the archive.
        spool: the receiver's spool directory.
        archive: the archive's client.
    """

    core: Core
    worker: ImagingWorker
    dicom: DicomSettings
    spool: Path
    archive: Archive
    _watcher: StudyWatcher | None = None

    async def take_object(self, path: Path) -> bool:
        """Take a Spatial Registration of the procedure's study; whether it was new and usable."""
        procedure = _open_procedure(self.core.state)
        if procedure is None:
            return False
        payload, mode = await self.worker.read_registration(str(path), path.stem)
        if payload in procedure.registration_objects:
            return False
        is_refused = isinstance(payload, RegistrationObjectRefused)
        if is_refused and procedure.registration_objects_refused == payload.reasons:
            return False
        await self.core.post(payload, originator=device(SOURCE), mode=mode)
        return not is_refused

    def image_stored(self, image: StoredImage) -> None:
        """Take notice of an image that the receiver stored. Call it on the event loop."""
        if self._watcher is not None:
            self._watcher.image_stored(image)

    async def watch(self) -> None:
        """Bring the CT that the structures were drawn on, for as long as it is missing."""
        while True:
            state = await self.core.wait_for(lambda s: bool(missing_planning_series(s)))
            missing = missing_planning_series(state)
            watching = asyncio.create_task(self._fetch(missing), name="planning CT")
            settled = asyncio.create_task(
                self.core.wait_for(lambda s, was=missing: missing_planning_series(s) != was),
                name="planning CT here",
            )
            try:
                await asyncio.wait({watching, settled}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                self._watcher = None
                for task in (watching, settled):
                    task.cancel()
                await asyncio.wait({watching, settled})
            if not watching.cancelled():
                watching.result()

    async def _fetch(self, missing: tuple[SeriesReference, ...]) -> None:
        self._watcher = StudyWatcher(
            self.archive,
            self.spool,
            missing[0].study_uid,
            self.dicom.ae_title,
            self._take,
            settings=WatchSettings(
                poll_interval_s=self.dicom.archive.poll_s,
                stable_polls=self.dicom.archive.settle_polls,
            ),
            only_series=frozenset(one.series_uid for one in missing),
        )
        await self._watcher.run()

    async def _take(self, event: WatchEvent) -> None:
        match event:
            case SeriesComplete(series_uid, "CT", paths):
                payload, mode = await self._read(series_uid, paths)
                await self._post(payload, mode)
            case SeriesIncomplete(series_uid, "CT", _, reason):
                await self._post(PlanningCtRefused(series_uid=series_uid, reasons=(reason,)), None)
            case _:
                pass

    async def _post(
        self, payload: PlanningCtReceived | PlanningCtRefused, mode: GenerationMode | None
    ) -> None:
        procedure = _open_procedure(self.core.state)
        if procedure is None:
            return
        if isinstance(payload, PlanningCtRefused):
            is_new = procedure.planning_refused != payload.reasons
        else:
            is_new = procedure.planning != payload
        if is_new:
            await self.core.post(payload, originator=device(SOURCE), mode=mode)

    async def _read(
        self, series_uid: str, paths: tuple[Path, ...]
    ) -> tuple[PlanningCtReceived | PlanningCtRefused, GenerationMode | None]:
        try:
            scan, mode = await self.worker.read_scan(series_uid, [str(path) for path in paths])
        except WorkerDiedError as error:
            _log.warning("the planning CT cannot be read", reason=str(error))
            return PlanningCtRefused(series_uid=series_uid, reasons=(str(error),)), None
        if scan.kind == "scan-refused":
            return PlanningCtRefused(series_uid=series_uid, reasons=scan.reasons), None
        received = PlanningCtReceived(
            series_uid=series_uid,
            frame_of_reference_uid=scan.frame_of_reference_uid,
            image_count=scan.image_count,
            spacing_mm=scan.spacing_mm,
            directory=scan.directory,
            content_sha256=scan.content_sha256,
        )
        return received, mode


def missing_planning_series(state: NodeState) -> tuple[SeriesReference, ...]:
    """The series of another study that the structures were drawn on, while none of them is here."""
    procedure = _open_procedure(state)
    if procedure is None or procedure.structures is None:
        return ()
    references = procedure.structures.referenced_series
    here = {uid for uid, scan in procedure.scans.items() if scan.received is not None}
    if procedure.planning is not None:
        here.add(procedure.planning.series_uid)
    if any(one.series_uid in here for one in references):
        return ()
    others = [one for one in references if one.study_uid not in ("", procedure.study_uid)]
    return tuple(one for one in others if one.study_uid == others[0].study_uid)


def _open_procedure(state: NodeState) -> ProcedureState | None:
    procedure = state.procedure
    return procedure if procedure is not None and procedure.closed_at is None else None
