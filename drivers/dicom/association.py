"""One association that this side asks for: opened, guarded by time limits, always closed."""

import threading
from collections.abc import Generator
from contextlib import contextmanager

from pynetdicom import AE, evt
from pynetdicom.association import Association
from pynetdicom.events import Event
from pynetdicom.presentation import PresentationContext

from drivers.dicom.connection import ASSOCIATION_CARE, cut, wait_for_end
from drivers.dicom.peer import ArchiveError, Peer

# A host on a hospital network answers within milliseconds; one that is off never does. The limits
# also bound how long a stop of the service can wait for a thread.
CONNECT_LIMIT_S = 3.0
NEGOTIATION_LIMIT_S = 5.0
# The longest silence between two answers: archives that fetch from slow storage take many seconds.
ANSWER_LIMIT_S = 30.0


class Line:
    """Handle by which another thread can end an association at any time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._association: Association | None = None
        self._is_hung_up = False

    @property
    def is_hung_up(self) -> bool:
        """Whether the other thread has ended it."""
        return self._is_hung_up

    def connected(self, association: Association) -> None:
        """Take hold of an association as soon as its connection is open."""
        with self._lock:
            self._association = association
            if self._is_hung_up:
                cut(association)

    def hang_up(self) -> None:
        """End it now; whoever waits for an answer on the association gets none."""
        with self._lock:
            self._is_hung_up = True
            if self._association is not None:
                cut(self._association)


@contextmanager
def open_association(
    calling_ae: str,
    peer: Peer,
    contexts: list[PresentationContext],
    line: Line | None = None,
) -> Generator[Association]:
    """An established association in a ``with`` block; released at its end, aborted on an error.

    Args:
        calling_ae: own AE title.
        peer: who is called.
        contexts: at most 128 presentation contexts to propose.
        line: lets another thread hang up.

    Raises:
        ArchiveError: the peer is not there, refuses, or accepts none of the contexts.
    """
    line = line or Line()
    _stop_if_hung_up(line, peer)
    ae = AE(calling_ae)
    ae.connection_timeout = CONNECT_LIMIT_S
    ae.acse_timeout = NEGOTIATION_LIMIT_S
    ae.dimse_timeout = ANSWER_LIMIT_S
    ae.network_timeout = 2 * ANSWER_LIMIT_S
    connected: list[Association] = []

    def on_open(event: Event) -> None:
        connected.append(event.assoc)
        line.connected(event.assoc)

    association = ae.associate(
        peer.host,
        peer.port,
        contexts,
        ae_title=peer.ae_title,
        evt_handlers=[(evt.EVT_CONN_OPEN, on_open), *ASSOCIATION_CARE],
    )
    try:
        _stop_if_hung_up(line, peer)
        if not association.is_established:
            raise ArchiveError(_why_not(association, calling_ae, peer, bool(connected)))
        yield association
        if association.is_established:
            association.release()
    finally:
        if association.is_established:
            cut(association)
        wait_for_end(association)


def _stop_if_hung_up(line: Line, peer: Peer) -> None:
    if line.is_hung_up:
        raise ArchiveError(f"calling {peer} was stopped")


def _why_not(association: Association, calling_ae: str, peer: Peer, is_connected: bool) -> str:
    if not is_connected:
        return (
            f"nothing answers for {peer}: check that it runs, that host and port are right and "
            "that no firewall is between"
        )
    if association.is_rejected:
        answer = association.acceptor.primitive
        why = answer.reason_str if answer is not None else "no reason given"
        return (
            f"{peer} refuses the association ({why}): check both AE titles, and that it knows "
            f"{calling_ae} as a peer"
        )
    if not association.accepted_contexts and association.rejected_contexts:
        return f"{peer} accepts none of the services asked for: check its licence and settings"
    return (
        f"{peer} connects but does not complete the association: check that a DICOM service "
        "listens there and that it is not overloaded"
    )
