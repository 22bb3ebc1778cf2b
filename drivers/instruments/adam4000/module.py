"""One ADAM-4000 module: what it is asked, and what its answers say.

Advantech, ADAM-4000 Series User's Manual, chapter 5: $AAM, $AA2, $AA8Ci, $AAB, #AA, #AAN. None of
these changes anything in the module, and no other command is ever sent.
"""

import re
from collections.abc import Sequence
from typing import Final

from dosimetry_core.values import GenerationMode, Timestamp
from drivers.instruments.adam4000.frame import body_of, find_answer, question
from drivers.instruments.adam4000.options import Adam4000Channel, Adam4000Options
from drivers.instruments.adam4000.values import read_value, split_values
from drivers.instruments.needs import mode_of
from drivers.instruments.polling import Question
from drivers.serial_line import Heard, judged
from drivers.telemetry import FrameError, ThermometerSample

_CONFIGURATION = re.compile(r"([0-9A-F]{2})([0-9A-F]{2})([0-9A-F]{2})")
_BLIND = "this module cannot tell an open wire"
_FORMAT_BITS, _CHECKSUM_BIT = 0x03, 0x40


class Adam4000:
    """An instrument for a ``PolledDialogue``.

    Args:
        device: the link's name.
        node_mode: how readings are marked unless the module says that it is simulated.
        options: how the module is set up.
    """

    def __init__(self, device: str, node_mode: GenerationMode, options: Adam4000Options) -> None:
        self._device: Final = device
        self._node_mode: Final = node_mode
        self._options: Final = options
        self._address: Final = f"{options.address:02X}"
        self._mode = node_mode
        self._name = ""
        self._flagged = 0
        self._sequence = 0
        self._ranges: Final = {f"${self._address}8C{c.input}": c for c in options.channels}
        single = len(options.channels) == 1
        self._read: Final = (
            f"#{self._address}{options.channels[0].input}" if single else f"#{self._address}"
        )

    @property
    def advice(self) -> str:
        """A module tells no error: it is silent."""
        return (
            f"the module at address {self._address} is silent when its address, baud rate or "
            "checksum setting is another, or its two wires are swapped"
        )

    @property
    def introduction(self) -> Sequence[Question]:
        """Name, configuration, and the range of each input where it has its own."""
        asked = [f"${self._address}M", f"${self._address}2"]
        if self._options.module.own_ranges:
            asked += self._ranges
        return [self._question(each) for each in asked]

    @property
    def round(self) -> Sequence[Question]:
        """The state of the wires where the module tells it, then the temperatures."""
        diagnosis = [f"${self._address}B"] if self._options.module.diagnoses else []
        return [self._question(each) for each in (*diagnosis, self._read)]

    def find(self, question: Question, pending: bytes) -> tuple[int, int] | None:  # noqa: D102
        return find_answer(pending)

    def take(self, question: Question, answer: bytes, at: Timestamp) -> Heard | None:
        """Read an answer; readings come with that to the last question of a round."""
        body = body_of(answer, with_checksum=self._options.checksum)
        if body.startswith("?"):
            raise FrameError(f"the module at address {self._address} refuses {question.name}")
        if question.name == self._read:
            return self._readings(_after(body, ">"), at)
        told = _after(body, f"!{self._address}")
        match question.name[3:]:
            case "M":
                self._mode = mode_of(told, self._node_mode)
                self._name = told
            case "2":
                self._check_configuration(told)
            case "B":
                self._flagged = _hexadecimal(told)
            case _:
                self._check_range(self._ranges[question.name], told)
        return None

    def _question(self, body: str) -> Question:
        return Question(question(body, with_checksum=self._options.checksum), body)

    def _check_configuration(self, told: str) -> None:
        match = _CONFIGURATION.fullmatch(told)
        if match is None:
            raise FrameError(f"{told!r} is no configuration (type, baud rate, format)")
        format_ = int(match[3], 16)
        if format_ & _FORMAT_BITS:
            raise FrameError("the module gives no engineering units: set its data format to 00")
        if bool(format_ & _CHECKSUM_BIT) != self._options.checksum:
            raise FrameError("the module's checksum setting is not the one in the settings")
        if not self._options.module.own_ranges:
            for each in self._options.channels:
                self._check_range(each, f"C{each.input}R{match[1]}")

    def _check_range(self, channel: Adam4000Channel, told: str) -> None:
        if told != f"C{channel.input}R{channel.range_code}":
            raise FrameError(
                f"input {channel.input} is set to range {told[-2:]!r}, and the settings say "
                f"{channel.range_code}: set the module's range, or correct the settings"
            )

    def _readings(self, data: str, at: Timestamp) -> Heard:
        channels = self._options.channels
        if len(channels) == 1:
            values = dict(zip((channels[0].input,), split_values(data, 1), strict=True))
        else:
            values = dict(enumerate(split_values(data, self._options.module.inputs)))
        samples = tuple(self._sample(each, values[each.input], at) for each in channels)
        self._sequence += 1
        identity = f"{self._name} at address {self._address}"
        return Heard(generation_mode=self._mode, samples=samples, identity=identity)

    def _sample(self, channel: Adam4000Channel, value: str, at: Timestamp) -> ThermometerSample:
        temperature_c, fault = read_value(value, channel.range)
        if self._flagged >> channel.input & 1:
            temperature_c = None
            fault = f"the module tells an open wire or a value out of range (it gives {value})"
        blind = "" if self._options.module.diagnoses else _BLIND
        validity, reason = judged(temperature_c, fault, blind)
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


def _after(body: str, start: str) -> str:
    if not body.startswith(start):
        raise FrameError(f"{body!r} is no answer to what was asked: it should begin with {start}")
    return body.removeprefix(start)


def _hexadecimal(told: str) -> int:
    if not re.fullmatch(r"[0-9A-F]{2}", told):
        raise FrameError(f"{told!r} is not the state of the wires (two hexadecimal digits)")
    return int(told, 16)
