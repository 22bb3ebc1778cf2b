"""A CT scanner and PACS that speaks DICOM: C-ECHO, C-STORE, C-FIND and C-MOVE."""

import asyncio
import threading
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self, cast

from pydicom import Dataset
from pydicom.uid import AllTransferSyntaxes
from pynetdicom import AE, AllStoragePresentationContexts, evt
from pynetdicom.dimse_primitives import C_MOVE
from pynetdicom.events import Event
from pynetdicom.presentation import build_context
from pynetdicom.transport import AssociationServer

from dosimetry_core.values import GenerationMode
from drivers.dicom import ASSOCIATION_CARE, Peer, send_images, start_server, stop_server
from simulators.pacs.fault_state import FaultState
from simulators.pacs.faults import FaultPlan
from simulators.pacs.holdings import HeldObject, Holdings, UnmatchableError
from simulators.pacs.intake import read_object, take_in

_VERIFICATION = "1.2.840.10008.1.1"
_STUDY_ROOT_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
_STUDY_ROOT_MOVE = "1.2.840.10008.5.1.4.1.2.2.2"

_SUCCESS = 0x0000
_PENDING = 0xFF00
_CANCELLED = 0xFE00
_IDENTIFIER_DOES_NOT_MATCH = 0xA900
_CANNOT_UNDERSTAND = 0xC000
# A-ASSOCIATE-RJ, PS3.8 table 9-21: rejected-transient, by the presentation layer, local limit.
_LOCAL_LIMIT_EXCEEDED = (0x02, 0x03, 0x02)
_MAXIMUM_CONTEXTS = 128


class PacsSimulator:
    """A scanner and archive in one, alive inside ``async with``.

    Every object that it takes in is marked as simulated, so that nothing it serves or sends can
    pass for real.

    Args:
        ae_title: own AE title.
        host: address to listen on.
        port: port to listen on; 0 takes any free one.
        folder: where it keeps its copies of the objects.
        destinations: who may be named as destination of a C-MOVE, by AE title.
        faults: what it does wrong.
        mode: the mark for objects that are not marked as simulated yet.

    Raises:
        ValueError: ``mode`` is REAL.
    """

    def __init__(
        self,
        ae_title: str,
        host: str,
        port: int,
        folder: Path,
        *,
        destinations: Mapping[str, Peer] | None = None,
        faults: FaultPlan | None = None,
        mode: GenerationMode = GenerationMode.TEST,
    ) -> None:
        if mode is GenerationMode.REAL:
            raise ValueError("a simulator's objects are TEST or DEMO, never REAL")
        self._faults = FaultState(faults or FaultPlan())
        self.ae_title = ae_title
        self._host = host
        self._port = port
        self._folder = folder
        self._destinations = dict(destinations or {})
        self._mode = mode
        self._holdings = Holdings(self._faults.plan.count_excess)
        self._closing = threading.Event()
        self._server: AssociationServer | None = None

    @property
    def peer(self) -> Peer:
        """Where it listens.

        Raises:
            RuntimeError: it does not listen.
        """
        if self._server is None:
            raise RuntimeError("the simulator does not listen: enter it with 'async with' first")
        return Peer(self.ae_title, self._host, self._server.server_address[1])

    async def __aenter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        ae = AE(self.ae_title)
        syntaxes = [str(syntax) for syntax in AllTransferSyntaxes]
        for context in AllStoragePresentationContexts:
            ae.add_supported_context(str(cast("Any", context).abstract_syntax), syntaxes)
        for service in (_VERIFICATION, _STUDY_ROOT_FIND, _STUDY_ROOT_MOVE):
            ae.add_supported_context(service)
        self._faults.start()
        self._server = start_server(
            ae,
            (self._host, self._port),
            [
                (evt.EVT_REQUESTED, self._on_requested),
                (evt.EVT_C_STORE, self._on_store),
                (evt.EVT_C_FIND, self._on_find),
                (evt.EVT_C_MOVE, self._on_move),
            ],
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing.set()
        server, self._server = self._server, None
        if server is not None:
            await asyncio.to_thread(stop_server, server)

    def add_destination(self, peer: Peer) -> None:
        """Let a peer be named as destination of a C-MOVE."""
        self._destinations[peer.ae_title] = peer

    async def add_series(self, paths: Iterable[Path], interval_s: float = 0.0) -> None:
        """Take objects in, as if they were acquired.

        Args:
            paths: DICOM files, in order of acquisition.
            interval_s: time between two images; above 0 the series grows before a watcher's eyes,
                else all are there at once.

        Raises:
            InvalidDicomError: a path is not a DICOM file.
        """
        if not interval_s:
            for held in await asyncio.to_thread(lambda: [self._stored(path) for path in paths]):
                self._holdings.add(held)
            return
        for number, path in enumerate(paths):
            if number:
                await asyncio.sleep(interval_s)
            self._holdings.add(await asyncio.to_thread(self._stored, path))

    async def push(self, series_uid: str, peer: Peer) -> None:
        """Send a series to a Storage SCP unasked, as scanners do.

        Raises:
            ArchiveError: the peer cannot be reached or does not take it.
        """
        paths = [held.path for held in self._holdings.of_series(series_uid)]
        await send_images(peer, self.ae_title, paths)

    def _stored(self, path: Path) -> HeldObject:
        return take_in(read_object(path), self._folder, self._mode)

    def _on_requested(self, event: Event) -> None:
        if self._faults.rejects_association():
            event.assoc.acse.send_reject(*_LOCAL_LIMIT_EXCEEDED)
            event.assoc.kill()

    def _on_store(self, event: Event) -> int:
        try:
            dataset = event.dataset
            dataset.file_meta = event.file_meta
            self._holdings.add(take_in(dataset, self._folder, self._mode))
        except Exception:  # whatever is wrong with the peer's object, the peer is told
            return _CANNOT_UNDERSTAND
        return _SUCCESS

    def _on_find(self, event: Event) -> Iterator[tuple[int, Dataset | None]]:
        self._closing.wait(self._faults.plan.find_delay_s)
        try:
            answers = self._holdings.find(event.identifier)
        except UnmatchableError:
            yield _IDENTIFIER_DOES_NOT_MATCH, None
            return
        for answer in answers:
            if event.is_cancelled:
                yield _CANCELLED, None
                return
            answer.RetrieveAETitle = self.ae_title
            yield _PENDING, answer

    def _on_move(self, event: Event) -> Iterator[Any]:
        destination = self._destinations.get(str(cast("C_MOVE", event.request).MoveDestination))
        if destination is None:
            yield None, None
            return
        try:
            wanted = self._holdings.select(event.identifier)
        except UnmatchableError:
            wanted = ()
        sent = self._faults.images_to_send(wanted)
        kinds = dict.fromkeys(
            (str(held.attributes.SOPClassUID), held.transfer_syntax) for held in sent
        )
        contexts = [build_context(*kind) for kind in kinds][:_MAXIMUM_CONTEXTS]
        yield (
            destination.host,
            destination.port,
            {"contexts": contexts, "evt_handlers": list(ASSOCIATION_CARE)},
        )
        yield len(sent) + self._faults.plan.count_excess if sent else 0
        broken_after = self._faults.break_move_after() if sent else None
        for number, held in enumerate(sent):
            if number == broken_after:
                event.assoc.abort()
                return
            if event.is_cancelled:
                yield _CANCELLED, None
                return
            self._closing.wait(self._faults.plan.image_delay_s)
            yield _PENDING, read_object(held.path)
