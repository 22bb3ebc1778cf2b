"""Center 304/309, Voltcraft K204: hand-held thermometers with four type K thermocouples.

Voltcraft, data sheets "304,309 protocol of serial interface" and "309" (docs/instruments.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dosimetry_core.values import GenerationMode, Timestamp
from drivers.instruments.needs import Measures, check_holds, mode_of
from drivers.instruments.polling import Question
from drivers.serial_line import Heard, judged
from drivers.telemetry import FrameError, ThermometerSample

MODEL, READINGS = Question(b"K", "K", silence_is_an_answer=True), Question(b"A", "A")
"""The only commands that are ever sent: every other one presses a button of the instrument."""

FRAME_BYTES = 45
START, END = 0x02, 0x03
INPUTS = 4
LOW_C, HIGH_C = -200.0, 1370.0
"""The meter's range; the bead probes that come with it are for -50 to 200 C."""

_REFUSED = (
    (0x20, 0x20, "the instrument is on hold: it shows an old value"),
    (0x80, 0x00, "the instrument is set to Fahrenheit: set it to Celsius"),
    (0x08, 0x08, "the instrument shows T1-T2 and not the temperatures"),
    (0x10, 0x10, "the instrument shows relative temperatures (REL)"),
)
"""Bits of byte 2, what they are when the frame cannot be used, and why."""
_EXTREMES, _LOW_BATTERY = 0x06, 0x40
_OVERLOAD, _WHOLE_DEGREES = 39, 43
"""Indices of the bytes with one bit for each input: out of range; not to be divided by ten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Center309Channel:
    """One input, 1 to 4 (T1 to T4), as ``channel`` 1 to 64 of the node; what its sensor is in."""

    input: int
    channel: int
    measures: Measures


@dataclass(frozen=True, slots=True, kw_only=True)
class Center309Options:
    """One instrument.

    Attributes:
        channels: the inputs that are read.
        below_zero_checked: a person compared a reading below zero with the instrument's display.

    Raises:
        ValueError: a value does not fit, or the range cannot hold what a channel measures.
    """

    channels: tuple[Center309Channel, ...]
    below_zero_checked: bool = False

    def __post_init__(self) -> None:
        if not self.channels:
            raise ValueError("no channel is set: at least one input must be read")
        for each in self.channels:
            if not (1 <= each.input <= INPUTS and 1 <= each.channel <= 64):
                raise ValueError("an input is from 1 to 4, a channel from 1 to 64")
            what = f"channel {each.channel} (thermocouple K)"
            check_holds(each.measures, LOW_C, HIGH_C, what)
        for numbers in ([c.input for c in self.channels], [c.channel for c in self.channels]):
            if len(set(numbers)) < len(numbers):
                raise ValueError("two channels have the same input or the same channel number")


class Center309:
    """An instrument for a ``PolledDialogue``.

    Args:
        device: the link's name.
        node_mode: how readings are marked unless the instrument says that it is simulated.
        options: which inputs are read.
    """

    advice = "check that the instrument is on (it turns itself off), its cable is in, at 9600 bit/s"
    introduction: Sequence[Question] = (MODEL,)
    round: Sequence[Question] = (READINGS,)

    def __init__(self, device: str, node_mode: GenerationMode, options: Center309Options) -> None:
        self._device: Final = device
        self._node_mode: Final = node_mode
        self._options: Final = options
        self._mode = node_mode
        self._model = ""
        self._sequence = 0

    def find(self, question: Question, pending: bytes) -> tuple[int, int] | None:
        """A model ends with CR; a frame is all that came once it is as long as a frame.

        Nothing in a frame proves that it is whole: what comes with noise around it is refused,
        since a start and an end at the right distance can be found in noise too.
        """
        if question is MODEL:
            end = pending.find(b"\r")
            return None if end < 0 else (0, end + 1)
        return None if len(pending) < FRAME_BYTES else (0, len(pending))

    def take(self, question: Question, answer: bytes, at: Timestamp) -> Heard | None:
        """Read an answer; every frame gives a reading of each channel."""
        if question is MODEL:
            self._model = _model(answer)
            self._mode = mode_of(self._model, self._node_mode)
            return None
        check_frame(answer)
        unusable = _unusable(answer[1])
        samples = tuple(self._sample(each, answer, unusable, at) for each in self._options.channels)
        self._sequence += 1
        return Heard(
            generation_mode=self._mode,
            samples=samples,
            identity=f"thermometer {self._model or 'that does not tell its model'}",
        )

    def _sample(
        self, channel: Center309Channel, frame: bytes, unusable: str, at: Timestamp
    ) -> ThermometerSample:
        temperature_c, fault = read_input(frame, channel.input)
        if unusable:
            temperature_c, fault = None, unusable
        doubt = ""
        if frame[1] & _LOW_BATTERY:
            doubt = "the instrument's battery is low"
        elif temperature_c is not None and temperature_c < 0 and not self._below_zero_known:
            doubt = "how this instrument sends a temperature below zero has not been checked"
        validity, reason = judged(temperature_c, fault, doubt)
        return ThermometerSample(
            timestamp=at,
            device=self._device,
            generation_mode=self._mode,
            sequence=self._sequence,
            channel=channel.channel,
            temperature_c=temperature_c,
            validity=validity,
            reason=reason,
        )

    @property
    def _below_zero_known(self) -> bool:
        return self._options.below_zero_checked


def check_frame(frame: bytes) -> None:
    """Refuse what cannot be a frame with a FrameError."""
    if len(frame) != FRAME_BYTES:
        raise FrameError(f"{len(frame)} bytes came, a frame has {FRAME_BYTES}")
    if frame[0] != START or frame[-1] != END:
        raise FrameError("a frame begins with 02 and ends with 03 hex")
    if any(byte >> INPUTS for byte in frame[_OVERLOAD : _WHOLE_DEGREES + 1]):
        raise FrameError("a bit is set for an input that the instrument does not have")


def read_input(frame: bytes, number: int) -> tuple[float | None, str]:
    """Temperature of an input from 1, C, or None and why there is none."""
    bit = 1 << (number - 1)
    if frame[_OVERLOAD] & bit:
        return None, "out of the instrument's range, or no sensor (OL)"
    start = 5 + 2 * number
    tenths = int.from_bytes(frame[start : start + 2], "big", signed=True)
    temperature_c = float(tenths) if frame[_WHOLE_DEGREES] & bit else tenths / 10
    if not LOW_C <= temperature_c <= HIGH_C:
        return None, f"the instrument gives {temperature_c:g} C, which it cannot read"
    return temperature_c, ""


def _unusable(flags: int) -> str:
    for mask, found, why in _REFUSED:
        if flags & mask == found:
            return why
    if flags & _EXTREMES:
        return "the instrument shows a maximum or minimum (MAX/MIN)"
    return ""


def _model(answer: bytes) -> str:
    body = answer.removesuffix(b"\r")
    if not 3 <= len(body) <= 8 or not body.isalnum():
        raise FrameError(f"{answer!r} is no model number")
    return body.decode("ascii")
