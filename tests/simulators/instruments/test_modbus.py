"""The simulated module is read by a client of other hands, and is silent where it must be."""

from pathlib import Path

import pytest
from pymodbus import FramerType
from pymodbus.client import AsyncModbusSerialClient

from dosimetry_core.values import GenerationMode
from simulators.instruments import ModbusSimulator

UNIT = 7


def module(link: Path = Path("unused")) -> ModbusSimulator:
    made = ModbusSimulator(link, unit=UNIT, mode=GenerationMode.TEST)
    made.sensors[1].temperature_c = -12.25
    made.sensors[2].state = "OPEN"
    return made


async def test_a_client_of_other_hands_reads_every_register(tmp_path: Path) -> None:
    port = tmp_path / "modbus"
    async with module(port).line:
        client = AsyncModbusSerialClient(str(port), framer=FramerType.RTU, baudrate=9600)
        assert await client.connect()
        try:
            inputs = await client.read_input_registers(0, count=8, device_id=UNIT)
            states = await client.read_discrete_inputs(128, count=8, device_id=UNIT)
            types = await client.read_holding_registers(256, count=8, device_id=UNIT)
            celsius = await client.read_coils(266, count=1, device_id=UNIT)
            beyond = await client.read_input_registers(100, count=1, device_id=UNIT)
            told = await client.read_device_information(read_code=1, object_id=0, device_id=UNIT)
        finally:
            client.close()
    assert inputs.registers[:3] == [3650, -1225 & 0xFFFF, 0x8000]
    assert states.bits[:4] == [False, False, True, False]
    assert types.registers == [0x70] * 8
    assert celsius.bits[0] is True
    assert (beyond.isError(), beyond.exception_code) == (True, 2)
    assert told.information[0] == b"SIMTEST"


@pytest.mark.parametrize(
    "asked",
    [
        "07 04 0000 0001 0000",  # a wrong CRC
        "08 04 0000 0001 3153",  # another unit
        "0704",
    ],
)
def test_it_is_silent_to_another_unit_and_a_wrong_crc(asked: str) -> None:
    assert module().answer(bytes.fromhex(asked)) == b""


def test_it_never_says_real() -> None:
    with pytest.raises(ValueError, match="cannot say REAL"):
        ModbusSimulator(Path("unused"), mode=GenerationMode.REAL)
