"""What pynetdicom leaves undone at its associations."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast
from weakref import WeakKeyDictionary

from pynetdicom import evt
from pynetdicom.association import Association
from pynetdicom.events import Event, InterventionEvent, NotificationEvent

Handler = tuple[NotificationEvent | InterventionEvent, Callable[[Event], Any]]

# An association's thread ends at its next turn once the connection is closed, unless a disk hangs.
_THREAD_END_LIMIT_S = 2.0

_lock = threading.Lock()
_sockets: WeakKeyDictionary[Association, socket.socket] = WeakKeyDictionary()


def cut(association: Association) -> None:
    """Close an association's connection under it, from any thread and in any of its states.

    Its own state machine then ends it in order. Abort requests of pynetdicom race with messages
    that its other threads are sending.
    """
    with _lock:
        connection = _sockets.get(association)
    if connection is not None:
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)


def wait_for_end(association: Association) -> None:
    """Wait for the thread of a released, rejected or cut association, and see its socket closed."""
    if association.ident is not None:  # one that was refused never became a thread
        association.join(_THREAD_END_LIMIT_S)
    if not association.is_alive():
        _close(association)


def _on_request(event: Event) -> None:
    transport = event.assoc.dul.socket
    if transport is not None and transport.socket is not None:
        with _lock:
            _sockets[event.assoc] = transport.socket


def _on_open(event: Event) -> None:
    _on_request(event)
    _set_option(event, socket.TCP_NODELAY)
    if event.assoc.is_requestor:
        _keep_answers_for_the_caller(event.assoc)


def _keep_answers_for_the_caller(association: Association) -> None:
    """Let only those who wait for a message take one.

    The association's own thread looks for requests of the peer without waiting, and on a busy
    computer takes an answer before the caller does, who then waits for it in vain. A peer that we
    called has no requests.
    """
    take = cast("Callable[..., Any]", association.dimse.get_msg)

    def get_msg(block: bool = False) -> Any:
        return take(block=True) if block else (None, None)

    association.dimse.get_msg = get_msg


def _on_data(event: Event) -> None:
    _set_option(event, socket.TCP_QUICKACK)


def _on_close(event: Event) -> None:
    _close(event.assoc)


def _set_option(event: Event, option: int) -> None:
    with _lock:
        connection = _sockets.get(event.assoc)
    if connection is not None:
        with suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, option, 1)


def _close(association: Association) -> None:
    with _lock:
        connection = _sockets.pop(association, None)
    if connection is not None:
        connection.close()


# Event handlers for every association, whoever asked for it.
#
# Every image travels as a small command and a data set, and every answer is small. Where one side
# holds back small packets to join them (RFC 896) and the other delays acknowledgements (RFC 1122),
# each image costs 40 ms more. Linux forgets TCP_QUICKACK by and by: it is set again and again.
#
# pynetdicom 3.0 does not close a socket whose shutdown fails, because it never was connected or the
# peer was first.
ASSOCIATION_CARE: tuple[Handler, ...] = (
    (evt.EVT_ACSE_SENT, _on_request),  # before a requestor connects
    (evt.EVT_CONN_OPEN, _on_open),
    (evt.EVT_DATA_RECV, _on_data),
    (evt.EVT_DATA_SENT, _on_data),
    (evt.EVT_CONN_CLOSE, _on_close),
)
