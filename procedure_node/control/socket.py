"""The control socket itself."""

import os
import socket
from pathlib import Path

SOCKET_MODE = 0o660
"""Who is in the service's group may command the node; nobody else."""


def listen(path: Path) -> socket.socket:
    """A listening Unix socket at ``path``; a stale one of an earlier run is replaced.

    Raises:
        OSError: the directory cannot be written.
    """
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        mask = os.umask(0o777 & ~SOCKET_MODE)
        try:
            listener.bind(str(path))
        finally:
            os.umask(mask)
        listener.listen(16)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener
