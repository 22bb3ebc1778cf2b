import asyncio
import errno
import os
import re
import stat
from pathlib import Path

import pytest
import serial

from drivers.serial_line import open_serial_port


async def opened(path: Path):
    return await open_serial_port(str(path), 115_200, lambda _: None, lambda _: None)


async def test_a_port_that_is_not_there_says_so(tmp_path: Path):
    with pytest.raises(OSError, match=re.escape(f"there is no {tmp_path / 'gone'}: plug")):
        await opened(tmp_path / "gone")


async def test_a_file_is_no_port(tmp_path: Path):
    path = tmp_path / "file"
    path.write_text("")
    with pytest.raises(OSError, match="cannot be opened as a serial port"):
        await opened(path)


async def test_a_port_in_use_says_so_and_is_free_once_closed():
    master, slave = os.openpty()
    path = Path(os.ttyname(slave))
    try:
        first = await opened(path)
        with pytest.raises(OSError, match="in use by another program"):
            await opened(path)
        first.close()
        first.close()
        (await opened(path)).close()
    finally:
        os.close(master)
        os.close(slave)


async def test_a_port_that_is_not_allowed_says_so(monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object, **__: object) -> None:
        raise serial.SerialException(errno.EACCES, "could not open port")

    monkeypatch.setattr(serial, "Serial", refuse)
    with pytest.raises(OSError, match="/dev/ttyUSB0 may not be opened: give the service's user"):
        await opened(Path("/dev/ttyUSB0"))


async def test_bytes_arrive_in_order_and_the_loss_is_told_once():
    master, slave = os.openpty()
    heard = bytearray()
    lost: list[str] = []
    settled = asyncio.Event()

    def on_bytes(data: bytes) -> None:
        heard.extend(data)
        if len(heard) == 3000:
            settled.set()

    def on_lost(reason: str) -> None:
        lost.append(reason)
        settled.set()

    port = await open_serial_port(os.ttyname(slave), 115_200, on_bytes, on_lost)
    sent = bytes(n % 251 for n in range(3000))
    os.write(master, sent)
    await asyncio.wait_for(settled.wait(), 20)
    assert bytes(heard) == sent
    settled.clear()
    os.close(master)
    os.close(slave)
    await asyncio.wait_for(settled.wait(), 20)
    assert len(lost) == 1
    assert lost[0].startswith("the port ")
    port.close()


async def test_a_port_opened_too_late_is_closed_again():
    master, slave = os.openpty()
    path = Path(os.ttyname(slave))
    try:
        opening = asyncio.create_task(opened(path))
        await asyncio.sleep(0)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        await asyncio.get_running_loop().shutdown_default_executor()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert _open_descriptors(path) == 1
    finally:
        os.close(master)
        os.close(slave)


def _open_descriptors(path: Path) -> int:
    device = path.stat().st_rdev
    count = 0
    for entry in Path("/proc/self/fd").iterdir():
        try:
            status = entry.stat()
        except OSError:
            continue
        count += stat.S_ISCHR(status.st_mode) and status.st_rdev == device
    return count
