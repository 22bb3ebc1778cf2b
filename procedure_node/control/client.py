"""Giving commands to a running node over its control socket."""

from pathlib import Path
from typing import Any

import httpx

_TIMEOUT_S = 30.0
"""Opening by accession number asks the archive, which may be slow."""


class ControlError(Exception):
    """The node could not be reached, or refused. The message says why and what to do."""


class ControlClient:
    """A client of one node's control socket."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    def command(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Carry out a command.

        Raises:
            ControlError: the node is not running, or refuses.
        """
        return self._ask("POST", f"/commands/{name}", json=arguments)

    def state(self) -> dict[str, Any]:
        """The node's state, as JSON.

        Raises:
            ControlError: the node is not running.
        """
        return self._ask("GET", "/state")

    def _ask(self, method: str, path: str, **content: Any) -> dict[str, Any]:
        transport = httpx.HTTPTransport(uds=str(self._socket))
        try:
            with httpx.Client(transport=transport, timeout=_TIMEOUT_S) as client:
                answer = client.request(method, f"http://node{path}", **content)
        except httpx.TransportError as error:
            raise ControlError(
                f"{self._socket}: no node answers there ({error}); is it running, and may this "
                "user write to the socket?"
            ) from error
        body: dict[str, Any] = answer.json()
        if answer.is_success:
            return body
        raise ControlError(str(body.get("refused", f"HTTP {answer.status_code}")))
