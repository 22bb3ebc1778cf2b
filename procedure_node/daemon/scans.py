"""Scans of the open procedure, and what else its study has: fetched and read."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from dosimetry_core.values import ConnectionState, GenerationMode
from drivers.dicom import (
    Archive,
    ArchiveBack,
    ArchiveError,
    ArchiveLost,
    RejectedImage,
    SeriesComplete,
    SeriesDiscovered,
    SeriesIncomplete,
    StorageReceiver,
    StoredImage,
    StudyWatcher,
    WatchEvent,
    WatchSettings,
)
from procedure_node.core import CommandRefusedError, Core, device
from procedure_node.daemon.links import tell_link
from procedure_node.daemon.plans import SeedPlanIntake
from procedure_node.daemon.registrations import RegistrationIntake
from procedure_node.daemon.structures import StructureIntake
from procedure_node.events import ScanDiscovered, ScanReceived, ScanRefused
from procedure_node.imaging import ImagingWorker, WorkerDiedError
from procedure_node.settings import DicomSettings
from procedure_node.state import ProcedureState

ARCHIVE_LINK = "pacs"

_log = structlog.get_logger()


@dataclass(slots=True)
class ScanIntake:
    """Watches the study of the open procedure and journals what is complete.

    Attributes:
        core: takes the events.
        worker: reads files.
        structures: takes the structure sets.
        registrations: takes what relates their CT to the scans.
        dicom: own application entity, and the archive.
        spool: the receiver's spool directory.
        archive: the archive's client.
        plans: takes the plans of seeds.
    """

    core: Core
    worker: ImagingWorker
    structures: StructureIntake
    registrations: RegistrationIntake
    dicom: DicomSettings
    spool: Path
    archive: Archive
    plans: SeedPlanIntake = field(init=False)
    _on_image: Callable[[StoredImage], None] = lambda _: None

    def __post_init__(self) -> None:
        self.plans = SeedPlanIntake(self.core, self.worker)

    async def receive(self) -> None:
        """Run the Storage SCP until cancelled."""
        async with StorageReceiver(
            self.dicom.ae_title,
            self.dicom.host,
            self.dicom.port,
            self.spool,
            on_image=self._take_image,
            on_rejected=_log_rejected,
            calling_ae_titles=self.dicom.allowed_callers,
        ):
            _log.info("storage SCP listens", ae_title=self.dicom.ae_title, port=self.dicom.port)
            await asyncio.Event().wait()

    def _take_image(self, image: StoredImage) -> None:
        self._on_image(image)
        self.registrations.image_stored(image)

    async def watch(self) -> None:
        """Watch the study of each procedure for as long as it is open."""
        while True:
            state = await self.core.wait_for(
                lambda s: s.procedure is not None and s.procedure.closed_at is None
            )
            assert state.procedure is not None
            await self._watch_open(state.procedure)

    async def find_study(self, accession: str) -> str:
        """The study of an accession number.

        Raises:
            CommandRefusedError: the archive does not answer, or knows none or several.
        """
        try:
            found = await self.archive.find_study(accession)
        except (ArchiveError, ValueError) as error:
            raise CommandRefusedError(f"the study cannot be looked up: {error}") from error
        if len(found) != 1:
            raise CommandRefusedError(
                f"the archive has {len(found)} studies of this accession number: "
                "give the study UID instead"
            )
        return next(iter(found))

    async def _watch_open(self, procedure: ProcedureState) -> None:
        watcher = StudyWatcher(
            self.archive,
            self.spool,
            procedure.study_uid,
            self.dicom.ae_title,
            self._take,
            settings=WatchSettings(
                poll_interval_s=self.dicom.archive.poll_s,
                stable_polls=self.dicom.archive.settle_polls,
            ),
        )

        def image_stored(image: StoredImage) -> None:
            if image.study_uid == procedure.study_uid:
                self.worker.read_ahead(str(image.path))
            watcher.image_stored(image)

        self._on_image = image_stored
        watching = asyncio.create_task(watcher.run(), name="study watch")
        closing = asyncio.create_task(
            self.core.wait_for(
                lambda s: (
                    s.procedure is None
                    or s.procedure.procedure_id != procedure.procedure_id
                    or s.procedure.closed_at is not None
                )
            ),
            name="procedure closing",
        )
        try:
            await asyncio.wait({watching, closing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._on_image = lambda _: None
            for task in (watching, closing):
                task.cancel()
            await asyncio.wait({watching, closing})
        if not watching.cancelled():
            watching.result()

    async def _take(self, event: WatchEvent) -> None:
        match event:
            case SeriesDiscovered(series_uid, modality, description):
                if modality == "CT":
                    await self._post_discovered(series_uid, description)
            case SeriesComplete(series_uid, "CT", paths):
                await self._take_scan(series_uid, paths)
            case SeriesComplete(_, modality, paths):
                await self._take_objects(modality, paths)
            case SeriesIncomplete(series_uid, "CT", _, reason):
                refused = ScanRefused(series_uid=series_uid, reasons=(reason,))
                await self.core.post(refused, originator=device(ARCHIVE_LINK))
            case SeriesIncomplete():
                _log.warning("series incomplete", modality=event.modality, reason=event.reason)
            case ArchiveLost(reason):
                await self._post_link(ConnectionState.DISCONNECTED, reason)
            case ArchiveBack():
                await self._post_link(ConnectionState.CONNECTED, "the archive answers")

    async def _take_objects(self, modality: str, paths: tuple[Path, ...]) -> None:
        """Take what a study has beside its images."""
        for path in paths:
            if modality == "REG":
                if await self.registrations.take_object(path):
                    await self.structures.scan_came()
            elif modality == "RTPLAN":
                await self.plans.take_from_archive(path)
            else:
                await self.structures.take_from_archive(path, modality)

    async def _post_discovered(self, series_uid: str, description: str) -> None:
        procedure = self.core.state.procedure
        if procedure is None or series_uid not in procedure.scans:
            await self.core.post(
                ScanDiscovered(series_uid=series_uid, description=description),
                originator=device(ARCHIVE_LINK),
            )

    async def _take_scan(self, series_uid: str, paths: tuple[Path, ...]) -> None:
        payload, mode = await self._read_scan(series_uid, paths)
        procedure = self.core.state.procedure
        known = procedure.scans.get(series_uid) if procedure else None
        if payload.kind == "scan-refused":
            if known is None or known.refused != payload.reasons:
                await self.core.post(payload, originator=device(ARCHIVE_LINK))
        elif known is None or known.received != payload:
            await self.core.post(payload, originator=device(ARCHIVE_LINK), mode=mode)
            await self.structures.scan_came()

    async def _read_scan(
        self, series_uid: str, paths: tuple[Path, ...]
    ) -> tuple[ScanReceived | ScanRefused, GenerationMode | None]:
        """Read a series; one that cannot be read at all must not keep the others waiting.

        If the worker dies it is read once more: the worker may have been killed for another's sake.
        """
        names = [str(path) for path in paths]
        try:
            try:
                return await self.worker.read_scan(series_uid, names)
            except WorkerDiedError as error:
                _log.warning("reading is repeated", reason=str(error))
                return await self.worker.read_scan(series_uid, names)
        except Exception as error:
            _log.exception("series cannot be read")
            reason = f"it cannot be read: {error or type(error).__name__}"
            return ScanRefused(series_uid=series_uid, reasons=(reason,)), None

    async def _post_link(self, state: ConnectionState, reason: str) -> None:
        await tell_link(self.core, ARCHIVE_LINK, "PACS", state, reason)


def _log_rejected(image: RejectedImage) -> None:
    _log.warning(
        "image rejected",
        calling_ae=image.calling_ae,
        status=f"0x{image.status:04X}",
        reason=image.reason,
    )
