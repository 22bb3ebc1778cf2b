"""The seam between a link and what carries its bytes: a serial port, or a null modem in a test."""

from collections.abc import Awaitable, Callable
from typing import Protocol

BytesCallback = Callable[[bytes], None]
LostCallback = Callable[[str], None]


class Wire(Protocol):
    """An open wire.

    What is written to it are questions of instruments that speak only when they are asked: the node
    never commands a device.
    """

    def write(self, data: bytes) -> None:
        """Send a few bytes at once; a wire that takes no more is lost."""
        ...

    def close(self) -> None:
        """Give the wire back; no callback comes after this. Closing twice is harmless."""
        ...


WireOpener = Callable[[BytesCallback, LostCallback], Awaitable[Wire]]
"""Opens a wire that calls the first argument with each piece of bytes as it arrives, and the second
once, with the reason, when it is lost. Raises OSError when it cannot open."""
