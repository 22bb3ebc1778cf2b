"""Giving commands to a running node over its control socket."""

import http.client
import json
import socket
from contextlib import closing
from pathlib import Path
from typing import Any

_TIMEOUT_S = 30.0
"""Opening by accession number asks the archive, which may be slow."""


class ControlError(Exception):
    """The node could not be reached, or refused. The message says why and what to do."""


class NodeAwayError(ControlError):
    """No node answers. Whether it still carried the command out is not known."""


class ControlClient:
    """A client of one node's control socket."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    def command(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Carry out a command.

        Raises:
            NodeAwayError: the node is not running, or fell silent.
            ControlError: it refuses.
        """
        return self._ask("POST", f"/commands/{name}", json.dumps(arguments))

    def state(self) -> dict[str, Any]:
        """The node's state, as JSON.

        Raises:
            NodeAwayError: the node is not running.
        """
        return self._ask("GET", "/state")

    def _ask(self, method: str, path: str, content: str | None = None) -> dict[str, Any]:
        try:
            with closing(_UnixConnection(self._socket)) as connection:
                connection.request(method, path, content)
                answer = connection.getresponse()
                text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise NodeAwayError(
                f"{self._socket}: no node answers there ({error}); is it running, and may this "
                "user write to the socket?"
            ) from error
        try:
            body: dict[str, Any] = json.loads(text)
        except ValueError as error:
            raise ControlError(
                f"{self._socket}: the node answers HTTP {answer.status} {answer.reason}; its log "
                "says more"
            ) from error
        if answer.status == http.client.OK:
            return body
        raise ControlError(str(body.get("refused", f"HTTP {answer.status}")))


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("node", timeout=_TIMEOUT_S)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket.

        Raises:
            OSError: nobody listens there.
        """
        channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            channel.settimeout(_TIMEOUT_S)
            channel.connect(str(self._path))
        except OSError:
            channel.close()
            raise
        self.sock = channel
