"""The driver reads a Modbus server of other hands, over a null modem of two pseudo-terminals."""

import asyncio
import os
import tty
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pymodbus import FramerType
from pymodbus.server import ModbusSerialServer
from pymodbus.simulator import DataType, SimData, SimDevice

from drivers.instruments import Pace
from drivers.telemetry import RejectedBytes, ThermometerSample
from tests.drivers.instruments.modbus.conftest import UNIT, dialogue

COILS = {266: True, 268: True}
HUNDREDTHS = [3650, -1225 & 0xFFFF, 32767, 0, 0, 0, 0, 0]
PT = DataType.REGISTERS


@pytest.fixture
async def null_modem(tmp_path: Path) -> AsyncIterator[tuple[Path, Path]]:
    """Two ports; what is written to the one is read from the other."""
    loop = asyncio.get_running_loop()
    pairs = [os.openpty() for _ in range(2)]
    for (master, slave), (other, _) in zip(pairs, reversed(pairs), strict=True):
        tty.setraw(slave)
        loop.add_reader(master, lambda m=master, o=other: os.write(o, os.read(m, 4096)))
    ports = tmp_path / "driver", tmp_path / "server"
    for port, (_, slave) in zip(ports, pairs, strict=True):
        port.symlink_to(os.ttyname(slave))
    yield ports
    for master, slave in pairs:
        loop.remove_reader(master)
        os.close(master)
        os.close(slave)


def device() -> SimDevice:
    """Registers of a tM-TH8 set up as the map needs it, with eight thermistors of type 70."""
    coils = [SimData(266, values=[True, False, True], datatype=DataType.BITS)]
    inputs = [SimData(128, values=[False, False, True] + [False] * 5, datatype=DataType.BITS)]
    holding = [SimData(256, values=[0x70] * 8, datatype=PT)]
    return SimDevice(
        UNIT, simdata=(coils, inputs, holding, [SimData(0, values=HUNDREDTHS, datatype=PT)])
    )


async def test_a_server_of_other_hands_is_read(null_modem, listen, told) -> None:
    driver, port = null_modem
    server = ModbusSerialServer(device(), framer=FramerType.RTU, port=str(port), baudrate=9600)
    serving = asyncio.create_task(server.serve_forever())
    try:
        await listen(dialogue(pace=Pace(poll_s=0.05, answer_s=2.0, gap_s=0.01)), driver)
        await told.until(lambda t: len(t.of(ThermometerSample)) >= 6)
    finally:
        await server.shutdown()
        await asyncio.gather(serving, return_exceptions=True)
    assert [(s.channel, s.temperature_c) for s in told.of(ThermometerSample)[:3]] == [
        (1, 36.5),
        (2, -12.25),
        (3, None),
    ]
    assert "wire is open" in told.of(ThermometerSample)[2].reason
    assert told.of(RejectedBytes) == []
