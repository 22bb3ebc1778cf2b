"""Watch over one study: every series of it that appears is brought here whole."""

import asyncio
import logging
import math
import random
from collections.abc import Awaitable, Callable
from pathlib import Path

from pydicom.uid import (
    CTImageStorage,
    DeformableSpatialRegistrationStorage,
    EnhancedCTImageStorage,
    RTPlanStorage,
    RTStructureSetStorage,
    SegmentationStorage,
    SpatialRegistrationStorage,
)

from drivers.backoff import Backoff
from drivers.dicom.archive import Archive
from drivers.dicom.peer import ArchiveError
from drivers.dicom.query import MoveOutcome, SeriesInfo
from drivers.dicom.reading import UnreadableError, read_attributes, text_of
from drivers.dicom.series_progress import (
    Complete,
    Fetch,
    Incomplete,
    SeriesProgress,
    Wait,
    WatchSettings,
)
from drivers.dicom.spool import Spool, StoredImage
from drivers.dicom.uids import is_uid
from drivers.dicom.watch_events import (
    ArchiveBack,
    ArchiveLost,
    SeriesComplete,
    SeriesDiscovered,
    SeriesIncomplete,
    WatchEvent,
)

_LOG = logging.getLogger(__name__)

_MODALITY_OF: dict[str, str] = {
    CTImageStorage: "CT",
    EnhancedCTImageStorage: "CT",
    RTStructureSetStorage: "RTSTRUCT",
    RTPlanStorage: "RTPLAN",
    SegmentationStorage: "SEG",
    SpatialRegistrationStorage: "REG",
    DeformableSpatialRegistrationStorage: "REG",
}
_MODALITIES = frozenset(_MODALITY_OF.values())
# A lost archive is asked again at least this often: the room must not wait long once it is back.
_LONGEST_POLL_S = 30.0


class StudyWatcher:
    """Brings the series of a study into the spool and tells when each is whole.

    Those are CT images, structure sets, segmentations and spatial registrations.

    The archive is asked for new series; once one has stopped growing, its missing images are moved
    here. Images that a scanner pushes count as well, through ``image_stored``. A series is complete
    when the set of its images here agrees with the archive's, or has stopped growing where the
    archive does not know it.

    Args:
        archive: where to look, None where scanners only push.
        spool: folder of the receiver's spool.
        study_uid: the study.
        destination_ae: AE title of the receiver, as the archive knows it.
        handler: gets every event, one at a time; an exception of it ends ``run``. An event that it
            did not return from is told again after the next start.
        settings: times and limits.
        only_series: all others of the study are left alone; None brings every one.
        rng: source of chance for waits.
    """

    def __init__(
        self,
        archive: Archive | None,
        spool: Path,
        study_uid: str,
        destination_ae: str,
        handler: Callable[[WatchEvent], Awaitable[None]],
        *,
        settings: WatchSettings | None = None,
        only_series: frozenset[str] | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self._archive = archive
        self._spool = Spool(spool)
        self._study_uid = study_uid
        self._destination_ae = destination_ae
        self._handler = handler
        self._settings = settings or WatchSettings()
        self._only_series = only_series
        self._rng = rng
        self._series: dict[str, SeriesProgress] = {}
        self._on_disk: dict[str, set[str]] = {}
        self._announced: set[str] = set()
        self._wake = asyncio.Event()
        self._telling = asyncio.Lock()

    def image_stored(self, image: StoredImage) -> None:
        """Take notice of an image that the receiver stored. Call it on the event loop."""
        modality = _MODALITY_OF.get(image.sop_class_uid)
        if image.study_uid != self._study_uid or not self._wants(image.series_uid):
            return
        progress = self._series.get(image.series_uid)
        if progress is None and modality is not None:
            progress = self._begin(image.series_uid, modality, "")
        if progress is not None:
            progress.image_arrived(image.sop_instance_uid, _now_s())
            self._wake.set()

    async def run(self) -> None:
        """Watch until cancelled."""
        await self._carry_over()
        async with asyncio.TaskGroup() as tasks:
            if self._archive is not None:
                tasks.create_task(self._poll(self._archive), name="archive-poll")
            await self._judge(tasks)

    async def _carry_over(self) -> None:
        found = await asyncio.to_thread(self._spool.images_of, self._study_uid)
        images = [image for image in found if self._wants(image.series_uid)]
        for image in images:
            self._on_disk.setdefault(image.series_uid, set()).add(image.sop_instance_uid)
        for progress in self._series.values():
            self._take_over(progress)
        for image in images:
            modality = _MODALITY_OF.get(image.sop_class_uid)
            if modality is not None and image.series_uid not in self._series:
                self._begin(image.series_uid, modality, "")

    async def _poll(self, archive: Archive) -> None:
        waits = Backoff(self._settings.poll_interval_s, _LONGEST_POLL_S, self._rng)
        answers: bool | None = None
        while True:
            try:
                await self._look(archive)
            except ArchiveError as error:
                if answers is not False:
                    _LOG.warning("archive lost: %s", error)
                    await self._tell(ArchiveLost(str(error)))
                answers = False
                await asyncio.sleep(self._settings.poll_interval_s + waits.next_delay_s())
                continue
            if answers is not True:
                _LOG.info("archive answers: %s", archive.peer)
                await self._tell(ArchiveBack())
                self._try_again()
            answers = True
            waits.reset()
            await asyncio.sleep(self._settings.poll_interval_s)

    async def _look(self, archive: Archive) -> None:
        found = {info.series_uid: info for info in await archive.find_series(self._study_uid)}
        for info in found.values():
            is_known = info.modality in _MODALITIES and is_uid(info.series_uid)
            is_wanted = is_known and self._wants(info.series_uid)
            if is_wanted and info.series_uid not in self._series:
                self._begin(info.series_uid, info.modality, info.description)
        for progress in tuple(self._series.values()):
            await self._look_at(archive, progress, found.get(progress.series_uid))
        self._wake.set()

    async def _look_at(
        self, archive: Archive, progress: SeriesProgress, info: SeriesInfo | None
    ) -> None:
        if info is None:
            progress.archive_has(frozenset(), None)
        elif progress.needs_look(info.instance_count):
            uids = await archive.find_image_uids(self._study_uid, progress.series_uid)
            progress.archive_has(frozenset(filter(is_uid, uids)), info.instance_count)

    async def _judge(self, tasks: asyncio.TaskGroup) -> None:
        while True:
            self._wake.clear()
            wake_s = math.inf
            for progress in tuple(self._series.values()):
                wake_s = min(wake_s, await self._take_step(progress, tasks))
            try:
                async with asyncio.timeout_at(None if math.isinf(wake_s) else wake_s):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _take_step(self, progress: SeriesProgress, tasks: asyncio.TaskGroup) -> float:
        """Do what a series needs next; returns when to look at it again at the latest."""
        series_uid, modality = progress.series_uid, progress.modality
        if series_uid not in self._announced:
            description = await self._description_of(progress)
            await self._tell(SeriesDiscovered(series_uid, modality, description))
            self._announced.add(series_uid)
        match progress.next_step(_now_s()):
            case Wait(until_s):
                return until_s
            case Fetch() as fetch if self._archive is not None:
                progress.move_began(fetch.uids)
                tasks.create_task(self._fetch(self._archive, progress, fetch))
            case Complete(uids):
                paths = tuple(self._spool.path_of(series_uid, uid) for uid in sorted(uids))
                await self._remember_complete(series_uid, uids)
                await self._tell(SeriesComplete(series_uid, modality, paths))
                progress.complete_was_told(uids)
            case Incomplete(missing_count, reason) as verdict:
                await self._tell(SeriesIncomplete(series_uid, modality, missing_count, reason))
                progress.incomplete_was_told(verdict)
            case _:
                pass
        return math.inf

    async def _fetch(self, archive: Archive, progress: SeriesProgress, fetch: Fetch) -> None:
        uids = None if fetch.is_whole_series else fetch.uids
        try:
            outcome = await archive.move(
                self._study_uid, progress.series_uid, uids, self._destination_ae
            )
            trouble = _trouble(outcome)
        except ArchiveError as error:
            trouble = str(error)
        progress.move_ended(_now_s(), trouble)
        self._wake.set()

    async def _remember_complete(self, series_uid: str, uids: frozenset[str]) -> None:
        try:
            await asyncio.to_thread(self._spool.remember_complete, series_uid, uids)
        except OSError as error:
            _LOG.warning("cannot note that series %s is complete: %s", series_uid, error)

    def _wants(self, series_uid: str) -> bool:
        return self._only_series is None or series_uid in self._only_series

    def _begin(self, series_uid: str, modality: str, description: str) -> SeriesProgress:
        settings = self._settings
        progress = SeriesProgress(
            series_uid,
            modality,
            description,
            settings=settings,
            backoff=Backoff(settings.first_retry_s, settings.longest_retry_s, self._rng),
            has_archive=self._archive is not None,
        )
        self._take_over(progress)
        self._series[series_uid] = progress
        return progress

    def _take_over(self, progress: SeriesProgress) -> None:
        on_disk = self._on_disk.pop(progress.series_uid, None)
        if on_disk:
            progress.carry_over(on_disk, self._spool.complete_uids(progress.series_uid))

    async def _description_of(self, progress: SeriesProgress) -> str:
        """What the archive calls a series, else what its first image here does."""
        held = progress.held_uids
        if progress.description or not held:
            return progress.description
        path = self._spool.path_of(progress.series_uid, min(held))
        try:
            header = await asyncio.to_thread(read_attributes, path, ["SeriesDescription"])
        except UnreadableError:
            return ""
        return text_of(header, "SeriesDescription")

    def _try_again(self) -> None:
        for progress in self._series.values():
            progress.try_again()
        self._wake.set()

    async def _tell(self, event: WatchEvent) -> None:
        async with self._telling:
            await self._handler(event)


def _trouble(outcome: MoveOutcome) -> str:
    if not outcome.failed:
        return ""
    return f"the archive failed to send {outcome.failed}: look into its log and this receiver's"


def _now_s() -> float:
    return asyncio.get_running_loop().time()
