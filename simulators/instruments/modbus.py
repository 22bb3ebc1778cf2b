"""An ICP DAS tM-TH8 that speaks Modbus RTU, from its manual and the Modbus specification.

Written without the driver: it shares no code with it.
"""

import struct
from pathlib import Path
from typing import Final

from dosimetry_core.values import GenerationMode
from simulators.instruments.answering_line import AnsweringLine
from simulators.instruments.sensors import Sensors

INPUTS = 8
LOW_C, HIGH_C = -50.0, 150.0
OVER, UNDER = 32767, -32768
REQUEST_BYTES = 8
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 1, 2, 3


class ModbusSimulator:
    """One module with eight thermistors of user type 70.

    It says nothing to another address or to a wrong CRC, and answers what it does not know with an
    exception. Asked who made it, it says ``SIMTEST`` or ``SIMDEMO``.

    Attributes:
        sensors: what is wired to it.
        line: the wire.
        coils: settings by address: 266 Celsius, 268 engineering format.
        type_codes: of each input.
    """

    def __init__(
        self, link: Path, *, unit: int = 1, mode: GenerationMode = GenerationMode.DEMO
    ) -> None:
        if mode is GenerationMode.REAL:
            raise ValueError("a simulated module cannot say REAL: choose TEST or DEMO")
        self.sensors: Final = Sensors(INPUTS)
        self.line: Final = AnsweringLine(link, self.answer)
        self.coils: Final = {256: 1, 257: 0, 266: 1, 268: 1}
        self.type_codes: Final = [0x70] * INPUTS
        self._unit: Final = unit
        self._vendor: Final = f"SIM{mode.value}".encode()
        self._received = b""

    def answer(self, asked: bytes) -> bytes:
        """What the module sends when it has received some more bytes.

        A real one tells frames apart by quiet on the line; this one by their length and CRC.
        """
        self._received = (self._received + asked)[-64:]
        for start in range(len(self._received)):
            for length in (REQUEST_BYTES, REQUEST_BYTES - 1):
                frame = self._received[start : start + length]
                if len(frame) == length and _crc(frame) == 0:
                    self._received = self._received[start + length :]
                    return self._obey(frame[:-2]) if frame[0] == self._unit else b""
        return b""

    def _obey(self, body: bytes) -> bytes:
        function = body[1]
        if function == 0x2B:
            objects = bytes((0, len(self._vendor))) + self._vendor
            said = body[:4] + b"\x01\x00\x00\x01" + objects
        elif function not in (1, 2, 3, 4):
            said = bytes((self._unit, function | 0x80, ILLEGAL_FUNCTION))
        else:
            address, count = struct.unpack(">HH", body[2:6])
            said = self._read(function, address, count)
        return said + _crc(said).to_bytes(2, "little")

    def _read(self, function: int, address: int, count: int) -> bytes:
        refusal = bytes((self._unit, function | 0x80))
        if not 1 <= count <= INPUTS:
            return refusal + bytes((ILLEGAL_VALUE,))
        numbers = [self._number(function, address + n) for n in range(count)]
        if None in numbers:
            return refusal + bytes((ILLEGAL_ADDRESS,))
        known = [number for number in numbers if number is not None]
        if function in (1, 2):
            data = bytes((sum(bit << n for n, bit in enumerate(known)),))
        else:
            data = b"".join(struct.pack(">H", number & 0xFFFF) for number in known)
        return bytes((self._unit, function, len(data))) + data

    def _number(self, function: int, address: int) -> int | None:
        if function == 1 and address in self.coils:
            return self.coils[address]
        if function in (1, 2) and 128 <= address < 128 + INPUTS:
            return int(self._is_bad(address - 128))
        if function in (3, 4) and 0 <= address < INPUTS:
            return self._value(address)
        if function == 3 and 256 <= address < 256 + INPUTS:
            return self.type_codes[address - 256]
        return None

    def _is_bad(self, number: int) -> bool:
        sensor = self.sensors[number]
        return sensor.state == "OPEN" or not LOW_C <= sensor.temperature_c <= HIGH_C

    def _value(self, number: int) -> int:
        """Hundredths of a degree; an open thermistor is a very cold one."""
        sensor = self.sensors[number]
        if sensor.state == "OPEN" or sensor.temperature_c < LOW_C:
            return UNDER
        return OVER if sensor.temperature_c > HIGH_C else round(sensor.temperature_c * 100)


def _crc(data: bytes) -> int:
    """CRC of the Modbus specification; over a frame with its own CRC it is 0."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc
