"""Questions to a PACS: what is there (C-FIND), and send it to us (C-MOVE)."""

import asyncio
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Self, TypeVar

from pydicom import Dataset
from pynetdicom.association import Association
from pynetdicom.presentation import build_context

from drivers.dicom.association import ANSWER_LIMIT_S, Line, open_association
from drivers.dicom.peer import ArchiveError, Peer, check_ae_title
from drivers.dicom.query import (
    MoveOutcome,
    SeriesInfo,
    batches_of,
    identifier_of,
    outcome_of,
    series_info_of,
    status_of,
    sum_of,
)
from drivers.dicom.reading import text_of
from drivers.dicom.services import STUDY_ROOT_FIND, STUDY_ROOT_MOVE, VERIFICATION

_Answer = TypeVar("_Answer")

# Two C-FINDs may run beside one C-MOVE: a large series on its way must not stop the watch.
_THREADS = 3
# A query over one study has at most some thousand answers.
_FIND_LIMIT_S = 2 * ANSWER_LIMIT_S
# A series of 1000 images of 0.5 MB on a 100 Mbit/s network takes 40 s; tape takes longer.
_MOVE_LIMIT_S = 300.0

_SUCCESS = 0x0000
_PENDING = (0xFF00, 0xFF01)
_CANCELLED = 0xFE00
# C-MOVE statuses, PS3.4 table C.4-2: the sub-operations were tried, and some or all failed.
_SOME_FAILED = 0xB000
_ALL_FAILED = 0xA702
_DESTINATION_UNKNOWN = 0xA801


class Archive:
    """A Query/Retrieve client for one archive. Every call opens an association of its own.

    Calls block no event loop: they run on a few threads of this object. A cancelled call aborts its
    association. Close it with ``async with`` or ``close``.

    Args:
        peer: the archive.
        calling_ae: own AE title, as the archive knows it.

    Raises:
        ValueError: ``calling_ae`` is not an AE title.
    """

    def __init__(self, peer: Peer, calling_ae: str) -> None:
        self.peer = peer
        self._calling_ae = check_ae_title(calling_ae)
        self._threads = ThreadPoolExecutor(_THREADS, f"archive-{peer.ae_title}")
        self._lines: set[Line] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Abort what is under way and end the threads."""
        for line in tuple(self._lines):
            await asyncio.to_thread(line.hang_up)
        await asyncio.to_thread(self._threads.shutdown)

    async def echo(self) -> None:
        """Ask whether the archive is there (C-ECHO).

        Raises:
            ArchiveError: it is not, or it does not let us in.
        """

        def ask(line: Line) -> None:
            with open_association(
                self._calling_ae, self.peer, [build_context(VERIFICATION)], line
            ) as association:
                status = status_of(association.send_c_echo())
                if status != _SUCCESS:
                    raise ArchiveError(self._failed("C-ECHO", status))

        await self._call("C-ECHO", ANSWER_LIMIT_S, ask)

    async def find_study(self, accession_number: str) -> frozenset[str]:
        """UIDs of the studies with an accession number; empty where there is none.

        Raises:
            ArchiveError: the archive cannot be asked.
            ValueError: the number is empty or has wildcards, and would match other studies.
        """
        if not accession_number.strip() or set("*?\\") & set(accession_number):
            raise ValueError(f"{accession_number!r} is not an accession number to search for")
        answers = await self._find("STUDY", {"AccessionNumber": accession_number}, [])
        return frozenset(text_of(answer, "StudyInstanceUID") for answer in answers) - {""}

    async def find_series(self, study_uid: str) -> tuple[SeriesInfo, ...]:
        """All series of a study that the archive tells of.

        Raises:
            ArchiveError: the archive cannot be asked.
        """
        answers = await self._find(
            "SERIES",
            {"StudyInstanceUID": study_uid},
            [
                "SeriesInstanceUID",
                "Modality",
                "SeriesDescription",
                "NumberOfSeriesRelatedInstances",
            ],
        )
        return tuple(series_info_of(answer) for answer in answers)

    async def find_image_uids(self, study_uid: str, series_uid: str) -> frozenset[str]:
        """SOP Instance UIDs of a series that the archive has now.

        Raises:
            ArchiveError: the archive cannot be asked.
        """
        answers = await self._find(
            "IMAGE",
            {"StudyInstanceUID": study_uid, "SeriesInstanceUID": series_uid},
            ["SOPInstanceUID"],
        )
        return frozenset(text_of(answer, "SOPInstanceUID") for answer in answers) - {""}

    async def move(
        self,
        study_uid: str,
        series_uid: str,
        image_uids: Collection[str] | None,
        destination_ae: str,
    ) -> MoveOutcome:
        """Have a series, or some of its images, sent to a Storage SCP that the archive knows.

        Args:
            study_uid: the study.
            series_uid: the series.
            image_uids: SOP Instance UIDs of the images, None for the whole series.
            destination_ae: AE title of the Storage SCP.

        Raises:
            ArchiveError: the archive cannot be asked, does not know the destination or cannot reach
                it, or the association was lost on the way.
        """
        keys = {"StudyInstanceUID": study_uid, "SeriesInstanceUID": series_uid}
        if image_uids is None:
            identifiers = [identifier_of("SERIES", keys, [])]
        else:
            identifiers = [
                identifier_of("IMAGE", {**keys, "SOPInstanceUID": batch}, [])
                for batch in batches_of(sorted(image_uids))
            ]

        def ask(line: Line) -> MoveOutcome:
            with open_association(
                self._calling_ae, self.peer, [build_context(STUDY_ROOT_MOVE)], line
            ) as association:
                return sum_of(
                    self._move_once(association, identifier, destination_ae)
                    for identifier in identifiers
                )

        return await self._call("C-MOVE", _MOVE_LIMIT_S, ask)

    async def _find(
        self, level: str, keys: dict[str, str], wanted: Iterable[str]
    ) -> tuple[Dataset, ...]:
        identifier = identifier_of(level, keys, ["StudyInstanceUID", *wanted])

        def ask(line: Line) -> tuple[Dataset, ...]:
            answers: list[Dataset] = []
            with open_association(
                self._calling_ae, self.peer, [build_context(STUDY_ROOT_FIND)], line
            ) as association:
                for answer, found in association.send_c_find(identifier, STUDY_ROOT_FIND):
                    status = status_of(answer)
                    if status in _PENDING and found is not None:
                        answers.append(found)
                    elif status != _SUCCESS:
                        raise ArchiveError(self._failed(f"C-FIND at {level} level", status))
            return tuple(answers)

        return await self._call(f"C-FIND at {level} level", _FIND_LIMIT_S, ask)

    def _move_once(
        self, association: Association, identifier: Dataset, destination_ae: str
    ) -> MoveOutcome:
        for answer, details in association.send_c_move(identifier, destination_ae, STUDY_ROOT_MOVE):
            status = status_of(answer)
            if status in _PENDING:
                continue
            if status == _DESTINATION_UNKNOWN:
                raise ArchiveError(
                    f"{self.peer} cannot send to {destination_ae}: enter it there as a move "
                    "destination, with this computer's address and the receiver's port"
                )
            if status in {_SUCCESS, _SOME_FAILED, _ALL_FAILED}:
                return outcome_of(answer, details)
            raise ArchiveError(self._failed("C-MOVE", status))
        raise ArchiveError(self._failed("C-MOVE", None))

    async def _call(self, what: str, limit_s: float, ask: Callable[[Line], _Answer]) -> _Answer:
        line = Line()
        self._lines.add(line)
        future = asyncio.get_running_loop().run_in_executor(self._threads, ask, line)
        future.add_done_callback(lambda done: self._forget(line, done))
        try:
            async with asyncio.timeout(limit_s):
                return await asyncio.shield(future)
        except TimeoutError as error:
            raise ArchiveError(
                f"{what} at {self.peer} took longer than {limit_s:.0f} s and was stopped: check "
                "the archive's load and the network"
            ) from error
        except (OSError, RuntimeError, ValueError) as error:
            # pynetdicom, where the peer goes away between two of its steps or has no address.
            raise ArchiveError(f"{what} at {self.peer} failed: {error}") from error
        finally:
            if not future.done():
                await asyncio.to_thread(line.hang_up)

    def _forget(self, line: Line, done: "asyncio.Future[_Answer]") -> None:
        self._lines.discard(line)
        if not done.cancelled():
            done.exception()

    def _failed(self, what: str, status: int | None) -> str:
        if status is None:
            return (
                f"{what} at {self.peer} broke off without an answer: check that the archive runs "
                "and look into its log"
            )
        return f"{what} at {self.peer} failed with status 0x{status:04X}: look into its log"
