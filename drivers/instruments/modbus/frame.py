"""Frames of Modbus RTU: questions that only read, and their answers.

MODBUS Application Protocol V1.1b3, sections 6.1 to 6.4 and 6.21; MODBUS over Serial Line V1.02,
section 2.5.1 and appendix B.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from drivers.instruments.crc16_modbus import crc16_modbus
from drivers.instruments.polling import Question
from drivers.telemetry import FrameError

IDENTIFY = 0x2B
_READ_DEVICE_IDENTIFICATION, _BASIC, _VENDOR = 0x0E, 0x01, 0x00
BIT_FUNCTIONS = (1, 2)
"""Coils and discrete inputs; 3 and 4 are holding and input registers. None of the four writes."""

_EXCEPTIONS = {
    1: "it does not know the function",
    2: "it has no such register",
    3: "it does not take the count",
    4: "it failed",
    6: "it is busy",
}


@dataclass(frozen=True, slots=True)
class Read:
    """A block of registers or bits: function 1 to 4, first address from 0, and how many."""

    function: int
    address: int
    count: int

    @property
    def data_bytes(self) -> int:
        """Bytes of the data in an answer."""
        bits = self.function in BIT_FUNCTIONS
        return (self.count + 7) // 8 if bits else 2 * self.count

    def question(self, unit: int) -> Question:
        """What asks for it."""
        body = bytes((unit, self.function))
        body += self.address.to_bytes(2, "big") + self.count.to_bytes(2, "big")
        name = f"function {self.function} at {self.address} ({self.count})"
        return Question(sealed(body), name)


def identification(unit: int) -> Question:
    """What asks who made it; an instrument that does not know the question may stay silent."""
    body = bytes((unit, IDENTIFY, _READ_DEVICE_IDENTIFICATION, _BASIC, _VENDOR))
    return Question(sealed(body), "device identification", silence_is_an_answer=True)


def sealed(body: bytes) -> bytes:
    """A frame: the body, and its CRC, low byte first."""
    return body + crc16_modbus(body).to_bytes(2, "little")


def find_answer(question: Question, pending: bytes) -> tuple[int, int] | None:
    """Begin and end of the first sound answer to a question: what proves it is its CRC."""
    unit, function = question.data[0], question.data[1]
    found = [
        (start, start + length)
        for header in (function, function | 0x80)
        for start in _starts(pending, bytes((unit, header)))
        if _is_sound(pending[start:], length := _length(pending[start:]))
    ]
    return min(found, default=None)


def _starts(pending: bytes, head: bytes) -> Iterator[int]:
    start = pending.find(head)
    while start >= 0:
        yield start
        start = pending.find(head, start + 1)


def _is_sound(frame: bytes, length: int) -> bool:
    return 5 <= length <= len(frame) and sealed(frame[: length - 2]) == frame[:length]


def data_of(answer: bytes, read: Read) -> bytes:
    """The data of an answer whose CRC is right.

    Raises:
        FrameError: the instrument refuses the question, or the count is another.
    """
    check_exception(answer)
    if answer[2] != read.data_bytes or len(answer) != read.data_bytes + 5:
        raise FrameError(f"{answer[2]} bytes of data came, {read.data_bytes} were asked for")
    return answer[3:-2]


def check_exception(answer: bytes) -> None:
    """Refuse an answer that says no with a FrameError."""
    if answer[1] & 0x80:
        why = _EXCEPTIONS.get(answer[2], "it gives no reason that is known")
        raise FrameError(f"the instrument refuses function {answer[1] & 0x7F}: {why}")


def vendor_of(answer: bytes) -> str:
    """The vendor's name in an identification; empty where the instrument does not tell."""
    if answer[1] & 0x80 or len(answer) < 12 or answer[8] != _VENDOR:
        return ""
    return answer[10 : 10 + answer[9]].decode("ascii", "replace")


def _length(frame: bytes) -> int:
    """Length that an answer says it has; too short, so that it is not sound, while it is cut."""
    if frame[1] & 0x80:
        return 5
    if frame[1] != IDENTIFY:
        return 5 + frame[2] if len(frame) > 2 else 0
    at = 8
    for _ in range(frame[7] if len(frame) > 7 else 0):
        at += 2 + (frame[at + 1] if len(frame) > at + 1 else 0)
    return at + 2
