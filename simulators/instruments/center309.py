"""A Center 309 / Voltcraft K204, from its data sheets; it shares no code with the driver."""

from pathlib import Path
from typing import Final

from dosimetry_core.values import GenerationMode
from simulators.instruments.answering_line import AnsweringLine
from simulators.instruments.sensors import Sensors

INPUTS = 4
LOW_C, HIGH_C, TENTHS_UP_TO_C = -200.0, 1370.0, 200.0


class Center309Simulator:
    """One instrument with its buttons.

    Every letter presses a button but K (model) and A (all data). Below zero it sends two's
    complement, which no data sheet says. It answers K with ``SIMTEST`` or ``SIMDEMO``.

    Attributes:
        sensors: what is plugged in.
        line: the wire.
        buttons: the letters of the buttons that are on: H hold, C Fahrenheit, R REL, T T1-T2, E
            recording.
        extremes: 0 none, 1 MAX, 2 MIN, 3 both.
        battery_is_low: whether it tells that it is.
    """

    def __init__(self, link: Path, *, mode: GenerationMode = GenerationMode.DEMO) -> None:
        if mode is GenerationMode.REAL:
            raise ValueError("a simulated thermometer cannot say REAL: choose TEST or DEMO")
        self.sensors: Final = Sensors(INPUTS)
        self.line: Final = AnsweringLine(link, self.answer)
        self.buttons: Final[set[str]] = set()
        self.extremes = 0
        self.battery_is_low = False
        self._model: Final = f"SIM{mode.value}"
        self._held_c: list[float] = []

    def answer(self, asked: bytes) -> bytes:
        """What the instrument sends when letters come."""
        return b"".join(self._press(chr(letter)) for letter in asked)

    def _press(self, letter: str) -> bytes:
        if letter == "K":
            return self._model.encode() + b"\r"
        if letter == "A":
            return self._frame()
        if letter == "M":
            self.extremes = (self.extremes + 1) % 4
        elif letter == "N":
            self.extremes = 0
        elif letter in "CEHRT":
            self.buttons.symmetric_difference_update(letter)
            self._held_c = [self.sensors[n].temperature_c for n in range(INPUTS)]
        return b""

    def _frame(self) -> bytes:
        words: list[int] = []
        overload = whole = 0
        for number in range(INPUTS):
            shown_c = self.sensors[number].temperature_c
            if "H" in self.buttons:
                shown_c = self._held_c[number]
            if self.sensors[number].state == "OPEN" or not LOW_C <= shown_c <= HIGH_C:
                overload |= 1 << number
                shown_c = 0.0
            shown = shown_c * 9 / 5 + 32 if "C" in self.buttons else shown_c
            if abs(shown) > TENTHS_UP_TO_C:
                whole |= 1 << number
                words.append(round(shown))
            else:
                words.append(round(shown * 10))
        shown_words = b"".join(word.to_bytes(2, "big", signed=True) for word in words)
        return b"".join(
            (
                bytes((0x02, self._flags(), 0x80, 0, 0, 0, 0)),
                shown_words,
                bytes(8),
                shown_words * 2,
                bytes((overload, 0, 0, 0, whole, 0x03)),
            )
        )

    def _flags(self) -> int:
        bits = {"E": 0x01, "T": 0x08, "R": 0x10, "H": 0x20}
        flags = sum(bit for letter, bit in bits.items() if letter in self.buttons)
        flags |= self.extremes << 1
        flags |= 0x40 if self.battery_is_low else 0
        return flags | (0 if "C" in self.buttons else 0x80)
