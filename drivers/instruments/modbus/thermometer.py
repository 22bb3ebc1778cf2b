"""A Modbus RTU thermometer: what it is asked, and what its answers say, by its register map."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dosimetry_core.values import GenerationMode, Timestamp
from drivers.instruments.modbus.frame import (
    BIT_FUNCTIONS,
    Read,
    check_exception,
    data_of,
    find_answer,
    identification,
    vendor_of,
)
from drivers.instruments.modbus.register_map import RegisterMap, SensorRange
from drivers.instruments.needs import Measures, check_holds, mode_of
from drivers.instruments.polling import Question
from drivers.serial_line import Heard, judged
from drivers.telemetry import FrameError, ThermometerSample


@dataclass(frozen=True, slots=True, kw_only=True)
class ModbusChannel:
    """One input, from 0, set to a type code, as ``channel`` 1 to 64 of the node."""

    input: int
    channel: int
    type_code: str
    measures: Measures


@dataclass(frozen=True, slots=True, kw_only=True)
class ModbusOptions:
    """One instrument.

    Attributes:
        registers: its kind.
        unit: its address, 1 to 247.
        channels: the inputs that are read.

    Raises:
        ValueError: a value does not fit, or a range cannot hold what its channel measures.
    """

    registers: RegisterMap
    unit: int
    channels: tuple[ModbusChannel, ...]

    def __post_init__(self) -> None:
        if not 1 <= self.unit <= 247:
            raise ValueError(f"unit {self.unit} is not from 1 to 247")
        if not self.channels:
            raise ValueError("no channel is set: at least one input must be read")
        for each in self.channels:
            if not (0 <= each.input < self.registers.inputs and 1 <= each.channel <= 64):
                last = self.registers.inputs - 1
                raise ValueError(f"an input is from 0 to {last}, a channel from 1 to 64")
            range_ = self.range_of(each)
            what = f"channel {each.channel} (type {each.type_code}, {range_.sensor})"
            check_holds(each.measures, range_.low_c, range_.high_c, what)
        for numbers in ([c.input for c in self.channels], [c.channel for c in self.channels]):
            if len(set(numbers)) < len(numbers):
                raise ValueError("two channels have the same input or the same channel number")

    def range_of(self, channel: ModbusChannel) -> SensorRange:
        """What an input reads as it is set."""
        codes = self.registers.types.code
        if channel.type_code not in codes:
            raise ValueError(
                f"{self.registers.name} has no type {channel.type_code}, but {', '.join(codes)}"
            )
        return codes[channel.type_code]


class ModbusThermometer:
    """An instrument for a ``PolledDialogue``.

    Args:
        device: the link's name.
        node_mode: how readings are marked unless the instrument says that it is simulated.
        options: its kind, address and channels.
    """

    def __init__(self, device: str, node_mode: GenerationMode, options: ModbusOptions) -> None:
        self._device: Final = device
        self._node_mode: Final = node_mode
        self._options: Final = options
        self._map: Final = options.registers
        self._mode = node_mode
        self._status: Sequence[int] = ()
        self._sequence = 0
        self._identify: Final = identification(options.unit)
        self._requirements: Final = {
            Read(each.function, each.address, 1): each for each in self._map.requires
        }
        status = self._map.read_status
        reads = [*self._requirements, self._map.read_types, self._map.read_temperatures]
        reads += [] if status is None else [status]
        self._reads: Final = {read.question(options.unit): read for read in reads}

    @property
    def advice(self) -> str:
        """It is silent to a wrong address or CRC."""
        return (
            f"check that the instrument is on, that its address is {self._options.unit}, its speed "
            "and its wires, and that it is set to Modbus RTU"
        )

    @property
    def introduction(self) -> Sequence[Question]:
        """Whether it is simulated, set up as the map needs it, and its type codes."""
        reads = (*self._requirements, self._map.read_types)
        return (self._identify, *(read.question(self._options.unit) for read in reads))

    @property
    def round(self) -> Sequence[Question]:
        """The state of the inputs, where it is told apart, then the temperatures."""
        status = self._map.read_status
        reads = ([] if status is None else [status]) + [self._map.read_temperatures]
        return [read.question(self._options.unit) for read in reads]

    def find(self, question: Question, pending: bytes) -> tuple[int, int] | None:
        """The first frame from this address, to this question, with a right CRC."""
        return find_answer(question, pending)

    def take(self, question: Question, answer: bytes, at: Timestamp) -> Heard | None:
        """Read an answer; readings come with the temperatures."""
        if question == self._identify:
            self._mode = mode_of(vendor_of(answer), self._node_mode)
            return None
        check_exception(answer)
        read = self._reads[question]
        data = data_of(answer, read)
        if read == self._map.read_temperatures:
            return self._readings(data, at)
        numbers = _numbers(data, read)
        if read == self._map.read_types:
            self._check_types(numbers)
        elif read in self._requirements:
            needed = self._requirements[read]
            if numbers[0] != needed.value:
                raise FrameError(f"{needed.why} (it has {numbers[0]}, not {needed.value})")
        else:
            self._status = numbers
        return None

    def _check_types(self, codes: Sequence[int]) -> None:
        for each in self._options.channels:
            if codes[each.input] != int(each.type_code, 16):
                raise FrameError(
                    f"input {each.input} is set to type {codes[each.input]:X}, and the settings "
                    f"say {each.type_code}: set the instrument's type, or correct the settings"
                )

    def _readings(self, data: bytes, at: Timestamp) -> Heard:
        letter = {"INT16": "h", "UINT16": "H", "FLOAT32": "f"}[self._map.temperatures.type]
        numbers = struct.unpack(f">{self._map.inputs}{letter}", data)
        samples = tuple(
            self._sample(each, numbers[each.input], at) for each in self._options.channels
        )
        self._sequence += 1
        identity = f"{self._map.title} at address {self._options.unit}"
        return Heard(generation_mode=self._mode, samples=samples, identity=identity)

    def _sample(self, channel: ModbusChannel, number: float, at: Timestamp) -> ThermometerSample:
        temperature_c, fault = self._judge(channel, number)
        validity, reason = judged(temperature_c, fault)
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

    def _judge(self, channel: ModbusChannel, number: float) -> tuple[float | None, str]:
        where, range_ = self._map.temperatures, self._options.range_of(channel)
        if self._map.status is not None and (state := self._status[channel.input]):
            meaning = self._map.status.meanings.get(str(state), "in a state that is not known")
            return None, f"the instrument says that this input is {meaning}"
        if number in where.over:
            return None, f"over the range of {range_.sensor} ({range_.high_c:g} C)"
        if number in where.under:
            return None, f"under the range of {range_.sensor} ({range_.low_c:g} C)"
        temperature_c = round(number * where.scale, 3) + 0.0
        if not range_.low_c <= temperature_c <= range_.high_c:
            return None, (
                f"the instrument gives {temperature_c:g} C, which {range_.sensor} cannot read "
                f"({range_.low_c:g} to {range_.high_c:g} C)"
            )
        return temperature_c, ""


def _numbers(data: bytes, read: Read) -> Sequence[int]:
    if read.function in BIT_FUNCTIONS:
        return [data[n // 8] >> n % 8 & 1 for n in range(read.count)]
    return struct.unpack(f">{read.count}H", data)
