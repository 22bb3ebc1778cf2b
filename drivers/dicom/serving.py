"""Start and stop a DICOM server."""

import threading
from collections.abc import Sequence
from socketserver import BaseServer

from pynetdicom import AE
from pynetdicom.transport import AssociationServer

from drivers.dicom.association import NEGOTIATION_LIMIT_S
from drivers.dicom.connection import ASSOCIATION_CARE, Handler, cut, wait_for_end

# A peer that stalls in the middle of a message holds a thread; a working one never pauses so long.
_SILENCE_LIMIT_S = 60.0
# Large PDUs spare turns of pynetdicom's state machine on 0.5 MB images.
_MAXIMUM_PDU_BYTES = 131072
_MAXIMUM_ASSOCIATIONS = 20
# How soon a server notices that it is to stop.
_STOP_POLL_S = 0.05


class _Server(AssociationServer):
    """Without the full garbage collection that pynetdicom runs at every 60th turn of its loop.

    It holds the interpreter for tenths of a second, in which no event loop runs.
    """

    # Connections beyond a full queue are dropped and tried again by the peer after 1 s, then 2 s.
    request_queue_size = 64

    def service_actions(self) -> None:
        """Nothing is due between two turns."""


def start_server(
    ae: AE, address: tuple[str, int], handlers: Sequence[Handler]
) -> AssociationServer:
    """Listen for associations, each on a thread of its own.

    Args:
        ae: what it is called and what it supports.
        address: host and port, port 0 for any free one.
        handlers: pynetdicom's event handlers, called on the associations' threads.

    Raises:
        OSError: the port is taken.
    """
    ae.acse_timeout = NEGOTIATION_LIMIT_S
    ae.network_timeout = _SILENCE_LIMIT_S
    ae.maximum_pdu_size = _MAXIMUM_PDU_BYTES
    ae.maximum_associations = _MAXIMUM_ASSOCIATIONS
    server = ae.make_server(
        address, evt_handlers=[*handlers, *ASSOCIATION_CARE], server_class=_Server
    )
    threading.Thread(
        target=server.serve_forever, args=(_STOP_POLL_S,), name=f"dicom-{ae.ae_title}", daemon=True
    ).start()
    return server


def stop_server(server: AssociationServer) -> None:
    """Take no more associations, cut those that there are and wait for their threads. Blocks."""
    # Not the subclass's: that one expects the server on a list which make_server does not keep.
    BaseServer.shutdown(server)
    server.server_close()
    associations = server.active_associations
    for association in associations:
        cut(association)
    for association in associations:
        wait_for_end(association)
