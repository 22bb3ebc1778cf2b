"""A pseudo-terminal whose device speaks only when it is asked."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from simulators.console import PseudoTerminal

READ_BYTES = 4096


class AnsweringLine:
    """Carries what is asked to a device and its answers back, while entered with ``async with``.

    Attributes:
        heard: all that was asked, oldest first, as it came from the wire.
        spoil: what the line makes of an answer on its way.

    Args:
        link: path of the symbolic link to the port.
        answer: takes bytes from the wire and returns those that the device sends.
    """

    def __init__(self, link: Path, answer: Callable[[bytes], bytes]) -> None:
        self.heard: list[bytes] = []
        self.spoil: Callable[[bytes], bytes] = lambda said: said
        self._port = PseudoTerminal(link)
        self._answer = answer

    async def __aenter__(self) -> Self:
        self._port.plug()
        asyncio.get_running_loop().add_reader(self._port.fileno(), self._read)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.unplug()

    def unplug(self) -> None:
        """Take the port away."""
        if self._port.is_plugged:
            asyncio.get_running_loop().remove_reader(self._port.fileno())
            self._port.unplug()

    def say(self, data: bytes) -> None:
        """Put bytes on the line that nobody asked for."""
        self._port.write(data)

    def _read(self) -> None:
        asked = os.read(self._port.fileno(), READ_BYTES)
        self.heard.append(asked)
        said = self._answer(asked)
        if said:
            self._port.write(self.spoil(said))
