"""A serial port read by the event loop itself: no thread waits on it (POSIX only)."""

import asyncio
import errno
import os

import serial

from drivers.serial_line.wire import BytesCallback, LostCallback

READ_BYTES = 4096
"""What the kernel's line discipline holds at most, so one read empties it."""


class SerialPort:
    """An open serial port. Make one with ``open_serial_port``."""

    def __init__(
        self, device: serial.Serial, on_bytes: BytesCallback, on_lost: LostCallback
    ) -> None:
        self._device: serial.Serial | None = device
        self._fd = device.fileno()
        self._on_bytes = on_bytes
        self._on_lost = on_lost
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._fd, self._read)

    def close(self) -> None:
        """Stop reading and close the port. Closing twice is harmless."""
        if self._device is not None:
            self._loop.remove_reader(self._fd)
            self._device.close()
            self._device = None

    def write(self, data: bytes) -> None:
        """Send a few bytes; a port that cannot take them all at once is lost."""
        if self._device is None:
            return
        try:
            sent = os.write(self._fd, data)
        except OSError as error:
            self._lose(f"the port cannot be written to: {error.strerror}")
            return
        if sent < len(data):
            self._lose("the port takes no more bytes: check its cable and its flow control")

    def _read(self) -> None:
        try:
            data = os.read(self._fd, READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._lose(f"the port was lost: {error.strerror}")
            return
        if data:
            self._on_bytes(data)
        else:
            self._lose("the port hung up")

    def _lose(self, reason: str) -> None:
        self.close()
        self._on_lost(reason)


async def open_serial_port(
    path: str, baudrate: int, on_bytes: BytesCallback, on_lost: LostCallback
) -> SerialPort:
    """Open ``path`` at ``baudrate``, 8 data bits, no parity, 1 stop bit, no flow control.

    The open itself runs in a worker thread, since a sick USB adapter can hold it for seconds; bytes
    that had arrived before are thrown away, and the port is locked against other programs.

    Raises:
        OSError: the port is not there, is not allowed or is in use; says which and what to do.
    """
    opening = asyncio.ensure_future(asyncio.to_thread(_open, path, baudrate))
    try:
        device = await asyncio.shield(opening)
    except asyncio.CancelledError:
        opening.add_done_callback(_close_late)
        raise
    return SerialPort(device, on_bytes, on_lost)


def _open(path: str, baudrate: int) -> serial.Serial:
    try:
        return serial.Serial(path, baudrate, timeout=0, exclusive=True)
    except (OSError, ValueError) as error:
        raise OSError(_advice(path, error)) from error


def _advice(path: str, error: Exception) -> str:
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.ENOENT:
        return f"there is no {path}: plug the device in, or correct its path in the settings"
    if number in (errno.EACCES, errno.EPERM):
        return f"{path} may not be opened: give the service's user the group that owns it"
    if number in (errno.EAGAIN, errno.EBUSY):
        return f"{path} is in use by another program: stop that program"
    return f"{path} cannot be opened as a serial port: {error}"


def _close_late(opening: "asyncio.Future[serial.Serial]") -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()
