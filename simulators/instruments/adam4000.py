"""An ADAM-4000 module, from the ADAM-4000 Series User's Manual (chapter 5, appendix F).

Written from the manual without the driver: it shares no code with it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dosimetry_core.values import GenerationMode
from simulators.instruments.answering_line import AnsweringLine
from simulators.instruments.sensors import Sensors

SPANS: Mapping[str, tuple[float, float]] = {
    "0E": (0, 760),
    "0F": (0, 1370),
    "10": (-100, 400),
    "11": (0, 1000),
    "21": (0, 100),
    "24": (-200, 200),
}
"""Table 5-1, what a module here can be set to: J, K, T, E; Pt100 0 to 100 and -200 to 200 C."""

BAUD_9600 = "06"


@dataclass(frozen=True, slots=True)
class Kind:
    """A module: its name, its inputs, and which commands it knows."""

    inputs: int
    own_ranges: bool
    diagnoses: bool


KINDS: Mapping[str, Kind] = {
    "4015": Kind(6, own_ranges=True, diagnoses=True),
    "4018": Kind(8, own_ranges=False, diagnoses=False),
    "4018+": Kind(8, own_ranges=True, diagnoses=True),
}


class Adam4000Simulator:
    """One module.

    It says nothing at all to a command for another address, with a wrong checksum or with an error
    in its form; it answers ``?AA`` to a well-formed one that it does not know. It calls itself
    ``SIMTEST`` or ``SIMDEMO``.

    Attributes:
        sensors: what is wired to it.
        line: the wire.
    """

    def __init__(
        self,
        link: Path,
        *,
        kind: str = "4018+",
        address: int = 1,
        checksum: bool = False,
        type_code: str = "10",
        mode: GenerationMode = GenerationMode.DEMO,
    ) -> None:
        if mode is GenerationMode.REAL:
            raise ValueError("a simulated module cannot say REAL: choose TEST or DEMO")
        if kind not in KINDS or type_code not in SPANS:
            raise ValueError(f"kind is one of {', '.join(KINDS)}, type code of {', '.join(SPANS)}")
        self.kind: Final = KINDS[kind]
        self.sensors: Final = Sensors(self.kind.inputs)
        self.line: Final = AnsweringLine(link, self.answer)
        self.type_codes: Final = [type_code] * self.kind.inputs
        self.data_format = 0x40 if checksum else 0x00
        self._address: Final = f"{address:02X}"
        self._name: Final = f"SIM{mode.value}"
        self._received = b""

    def answer(self, asked: bytes) -> bytes:
        """What the module sends when it has received some more bytes."""
        *commands, self._received = (self._received + asked).split(b"\r")
        self._received = self._received[-64:]
        return b"".join(self._obey(command) for command in commands)

    def _obey(self, raw: bytes) -> bytes:
        if self.data_format & 0x40:
            raw, given = raw[:-2], raw[-2:]
            if given != b"%02X" % (sum(raw) % 256):
                return b""
        match = re.fullmatch(rb"([#$])([0-9A-F]{2})([0-9A-Z]{0,4})", raw)
        if match is None or match[2].decode() != self._address:
            return b""
        said = self._say(match[1].decode(), match[3].decode()).encode()
        if self.data_format & 0x40:
            said += b"%02X" % (sum(said) % 256)
        return said + b"\r"

    def _say(self, lead: str, command: str) -> str:
        said = self._data(command) if lead == "#" else self._setting(command)
        return said or f"?{self._address}"

    def _data(self, command: str) -> str:
        if not command:
            return ">" + "".join(self._value(n) for n in range(self.kind.inputs))
        if command.isdigit() and int(command) < self.kind.inputs:
            return ">" + self._value(int(command))
        return ""

    def _setting(self, command: str) -> str:
        told = ""
        single = re.fullmatch(r"8C([0-7])", command)
        if command == "M":
            told = self._name
        elif command == "2":
            code = "00" if self.kind.own_ranges else self.type_codes[0]
            told = f"{code}{BAUD_9600}{self.data_format:02X}"
        elif command == "B" and self.kind.diagnoses:
            told = f"{sum(1 << n for n in range(self.kind.inputs) if self._is_bad(n)):02X}"
        elif single and self.kind.own_ranges and int(single[1]) < self.kind.inputs:
            told = f"C{single[1]}R{self.type_codes[int(single[1])]}"
        return told and f"!{self._address}{told}"

    def _is_bad(self, number: int) -> bool:
        sensor = self.sensors[number]
        low_c, high_c = SPANS[self.type_codes[number]]
        return sensor.state == "OPEN" or not low_c <= sensor.temperature_c <= high_c

    def _value(self, number: int) -> str:
        sensor = self.sensors[number]
        low_c, high_c = SPANS[self.type_codes[number]]
        if sensor.temperature_c > high_c or sensor.state == "OPEN":
            return "+9999"
        if sensor.temperature_c < low_c:
            return "-0000"
        decimals = 2 if high_c < 1000 else 1
        return f"{sensor.temperature_c:+07.{decimals}f}"
