"""The Storage SCP that scanners push to and archives move to."""

import asyncio
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Self, cast

from pydicom import Dataset
from pynetdicom import AE, AllStoragePresentationContexts, evt
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.events import Event
from pynetdicom.transport import AssociationServer

from drivers.dicom.peer import check_ae_title
from drivers.dicom.reading import UnreadableError, read_attributes, text_of
from drivers.dicom.services import VERIFICATION
from drivers.dicom.serving import start_server, stop_server
from drivers.dicom.spool import ContentConflictError, Spool, StoredImage
from drivers.dicom.transfer_syntaxes import ACCEPTED_FOR_STORAGE
from drivers.dicom.uids import is_uid

_LOG = logging.getLogger(__name__)

# C-STORE statuses, PS3.4 table B.2-1.
_SUCCESS = 0x0000
_OUT_OF_RESOURCES = 0xA700
_DOES_NOT_MATCH_SOP_CLASS = 0xA900
_CANNOT_UNDERSTAND = 0xC000

_UID_KEYWORDS = ("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID")


@dataclass(frozen=True, slots=True)
class RejectedImage:
    """An object that the receiver answered with an error.

    Attributes:
        calling_ae: who sent it.
        status: the C-STORE status that was answered.
        reason: what was wrong.
        quarantined: where its bytes are kept; None where they could not be written, so that the
            sender still holds the only copy.
    """

    calling_ae: str
    status: int
    reason: str
    quarantined: Path | None


class StorageReceiver:
    """A Storage and Verification SCP, alive inside ``async with``.

    Success is answered only when the object is whole and synchronised to disk. Both callbacks are
    called on the event loop, ``on_image`` also for an image that is in the spool already (so that a
    repeated push is noticed), and always before the sender has the answer that lets it go on.

    Args:
        ae_title: own AE title.
        host: address to listen on.
        port: port to listen on; 0 takes any free one, see ``port``.
        spool: folder of the spool.
        on_image: gets each stored object, whatever its SOP class.
        on_rejected: gets each object that was answered with an error.
        calling_ae_titles: only these may call; empty lets everyone.

    Raises:
        ValueError: ``ae_title`` is not one.
        OSError: on entering, the port is taken or the spool is not writable.
    """

    def __init__(
        self,
        ae_title: str,
        host: str,
        port: int,
        spool: Path,
        *,
        on_image: Callable[[StoredImage], None],
        on_rejected: Callable[[RejectedImage], None] | None = None,
        calling_ae_titles: Collection[str] = (),
    ) -> None:
        self.ae_title = check_ae_title(ae_title)
        self._address = (host, port)
        self._folder = spool
        self._on_image = on_image
        self._on_rejected = on_rejected
        self._calling_ae_titles = tuple(calling_ae_titles)
        self._server: AssociationServer | None = None

    @property
    def port(self) -> int:
        """The port that it listens on.

        Raises:
            RuntimeError: it does not listen.
        """
        if self._server is None:
            raise RuntimeError("the receiver does not listen: enter it with 'async with' first")
        return self._server.server_address[1]

    async def __aenter__(self) -> Self:
        self._spool = Spool(self._folder)
        self._spool.remove_leftovers()
        self._loop = asyncio.get_running_loop()
        ae = AE(self.ae_title)
        ae.require_calling_aet = list(self._calling_ae_titles)
        for context in AllStoragePresentationContexts:
            ae.add_supported_context(str(context.abstract_syntax), list(ACCEPTED_FOR_STORAGE))
        ae.add_supported_context(VERIFICATION)
        self._server = start_server(ae, self._address, [(evt.EVT_C_STORE, self._store)])
        return self

    async def __aexit__(self, *_: object) -> None:
        server, self._server = self._server, None
        if server is not None:
            await asyncio.to_thread(stop_server, server)

    def _store(self, event: Event) -> Dataset:
        """Handle one C-STORE request, on its association's thread."""
        calling_ae = event.assoc.requestor.ae_title
        content = event.encoded_dataset()
        try:
            image = self._keep(cast("C_STORE", event.request), content)
        except _RefusedError as refusal:
            return self._reject(calling_ae, refusal.status, str(refusal), content)
        except ContentConflictError as conflict:
            return self._reject(calling_ae, _CANNOT_UNDERSTAND, str(conflict), content)
        except OSError as error:
            reason = f"cannot write to the spool {self._folder}: {error.strerror or error}"
            return self._report(RejectedImage(calling_ae, _OUT_OF_RESOURCES, reason, None))
        self._loop.call_soon_threadsafe(self._on_image, image)
        return _answer(_SUCCESS)

    def _keep(self, request: C_STORE, content: bytes) -> StoredImage:
        uids = _uids_in(content)
        if uids["SOPInstanceUID"] != request.AffectedSOPInstanceUID:
            raise _RefusedError(
                _DOES_NOT_MATCH_SOP_CLASS, "SOP Instance UID differs between request and data set"
            )
        if uids["SOPClassUID"] != request.AffectedSOPClassUID:
            raise _RefusedError(
                _DOES_NOT_MATCH_SOP_CLASS, "SOP Class UID differs between request and data set"
            )
        path = self._spool.keep(uids["SeriesInstanceUID"], uids["SOPInstanceUID"], content)
        return StoredImage(
            study_uid=uids["StudyInstanceUID"],
            series_uid=uids["SeriesInstanceUID"],
            sop_instance_uid=uids["SOPInstanceUID"],
            sop_class_uid=uids["SOPClassUID"],
            path=path,
        )

    def _reject(self, calling_ae: str, status: int, reason: str, content: bytes) -> Dataset:
        try:
            path = self._spool.quarantine(content)
        except OSError as error:
            reason = f"{reason}; it cannot be quarantined either: {error.strerror or error}"
            return self._report(RejectedImage(calling_ae, _OUT_OF_RESOURCES, reason, None))
        return self._report(RejectedImage(calling_ae, status, reason, path))

    def _report(self, rejected: RejectedImage) -> Dataset:
        _LOG.error(
            "an object from %s was refused with status 0x%04X: %s",
            rejected.calling_ae,
            rejected.status,
            rejected.reason,
        )
        if self._on_rejected is not None:
            self._loop.call_soon_threadsafe(self._on_rejected, rejected)
        return _answer(rejected.status, rejected.reason)


class _RefusedError(Exception):
    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def _uids_in(content: bytes) -> dict[str, str]:
    try:
        header = read_attributes(content, _UID_KEYWORDS)
    except UnreadableError as error:
        raise _RefusedError(_CANNOT_UNDERSTAND, f"the data set cannot be read: {error}") from error
    uids = {keyword: text_of(header, keyword) for keyword in _UID_KEYWORDS}
    wrong = [keyword for keyword, uid in uids.items() if not is_uid(uid)]
    if wrong:
        raise _RefusedError(
            _CANNOT_UNDERSTAND, f"the data set has no valid {' and no valid '.join(wrong)}"
        )
    return uids


def _answer(status: int, comment: str = "") -> Dataset:
    answer = Dataset()
    answer.Status = status
    if comment:
        # Error Comment (0000,0902) is LO: 64 characters, no backslash.
        answer.ErrorComment = comment.replace("\\", "/")[:64]
    return answer
