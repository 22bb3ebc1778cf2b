"""Start and stop a DICOM server."""

from collections.abc import Sequence

from pynetdicom import AE
from pynetdicom.transport import ThreadedAssociationServer

from drivers.dicom.connection import SOCKET_CARE, Handler, cut, wait_for_end

# A peer that stalls in the middle of a message holds a thread; a working one never pauses so long.
_SILENCE_LIMIT_S = 60.0
# Large PDUs spare turns of pynetdicom's state machine on 0.5 MB images.
_MAXIMUM_PDU_BYTES = 131072
_MAXIMUM_ASSOCIATIONS = 20


def start_server(
    ae: AE, address: tuple[str, int], handlers: Sequence[Handler]
) -> ThreadedAssociationServer:
    """Listen for associations, each on a thread of its own.

    Args:
        ae: what it is called and what it supports.
        address: host and port, port 0 for any free one.
        handlers: pynetdicom's event handlers, called on the associations' threads.

    Raises:
        OSError: the port is taken.
    """
    ae.network_timeout = _SILENCE_LIMIT_S
    ae.maximum_pdu_size = _MAXIMUM_PDU_BYTES
    ae.maximum_associations = _MAXIMUM_ASSOCIATIONS
    server = ae.start_server(address, block=False, evt_handlers=[*handlers, *SOCKET_CARE])
    if server is None:
        raise RuntimeError("pynetdicom started no server although it was told not to block")
    return server


def stop_server(server: ThreadedAssociationServer) -> None:
    """Take no more associations, cut those that there are and wait for their threads. Blocks."""
    server.shutdown()
    associations = server.active_associations
    for association in associations:
        cut(association)
    for association in associations:
        wait_for_end(association)
