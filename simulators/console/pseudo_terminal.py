"""A pseudo-terminal behind a symbolic link that stays the same when it is unplugged and plugged."""

import contextlib
import fcntl
import os
import struct
import termios
import tty
from pathlib import Path

UNREAD_LIMIT_BYTES = 2048
"""What may wait for a reader: some seconds of a console, and less than the kernel holds."""


class PseudoTerminal:
    """The device end of a serial line.

    Args:
        link: path of the symbolic link; an old link is replaced, a file is not.
    """

    def __init__(self, link: Path) -> None:
        self._link = link
        self._ends: tuple[int, int] | None = None

    @property
    def is_plugged(self) -> bool:
        """Whether the port is there."""
        return self._ends is not None

    def fileno(self) -> int:
        """The device's end, to wait for what is sent to the device.

        Raises:
            ValueError: there is no port.
        """
        if self._ends is None:
            raise ValueError("the port is unplugged")
        return self._ends[0]

    def plug(self) -> None:
        """Make the port and its link.

        Raises:
            FileExistsError: something that is no symbolic link stands at the link's path.
        """
        if self._ends is not None:
            return
        if self._link.exists() and not self._link.is_symlink():
            raise FileExistsError(f"{self._link} is there and is no symbolic link: choose another")
        device_end, port_end = os.openpty()
        tty.setraw(port_end)
        os.set_blocking(device_end, False)
        self._ends = (device_end, port_end)
        self._link.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._link.with_name(f"{self._link.name}.{os.getpid()}")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(os.ttyname(port_end))
        fresh.replace(self._link)

    def unplug(self) -> None:
        """Take the port away: whoever reads it sees it hang up."""
        if self._ends is None:
            return
        self._link.unlink(missing_ok=True)
        for end in self._ends:
            os.close(end)
        self._ends = None

    def has_room(self, count: int) -> bool:
        """Whether so many more bytes may wait for a reader; always, while there is no port."""
        return self._ends is None or _unread_bytes(self._ends[1]) + count <= UNREAD_LIMIT_BYTES

    def write(self, data: bytes) -> None:
        """Send bytes; without a port, or when the kernel has no room at all, they are lost."""
        if self._ends is not None:
            with contextlib.suppress(BlockingIOError):
                os.write(self._ends[0], data)

    def discard_unread(self) -> None:
        """Throw away what waits for a reader, as a real line does with what nobody reads."""
        if self._ends is not None:
            termios.tcflush(self._ends[1], termios.TCIFLUSH)


def _unread_bytes(port_end: int) -> int:
    answer = fcntl.ioctl(port_end, termios.FIONREAD, struct.pack("i", 0))
    count: int = struct.unpack("i", answer)[0]
    return count
