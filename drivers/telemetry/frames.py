"""The three frames of the protocol, each to and from its exact bytes."""

from dataclasses import dataclass
from typing import Self

from drivers.telemetry import fields
from drivers.telemetry.envelope import KIND, Header, frame_words, split_frame
from drivers.telemetry.fields import ConsoleMode, FrameError, SensorStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeFrame(Header):
    """One cryoprobe at one instant.

    Attributes:
        probe: 1 to 64, the number on the console's socket.
        mode: what the console is doing with this probe.
        power_percent: 0 to 100 of the console's full gas flow or heat.
        tip_temperature_c: at the probe's tip, 0.1 C; None when ``sensor`` is not OK.
        gas_pressure_kpa: of the supply that feeds this probe; None where it is not measured.
        sensor: state of the tip's thermocouple.

    Raises:
        FrameError: a value does not fit its field.
    """

    probe: int
    mode: ConsoleMode
    power_percent: int
    tip_temperature_c: float | None
    gas_pressure_kpa: int | None
    sensor: SensorStatus = "OK"

    def __post_init__(self) -> None:
        self.check_header()
        fields.check_range(self.probe, "probe", 1, fields.MAX_CHANNEL)
        fields.check_range(self.power_percent, "power", 0, 100)
        if self.gas_pressure_kpa is not None:
            fields.check_range(self.gas_pressure_kpa, "pressure", 0, fields.MAX_PRESSURE_KPA)
        tip_c = fields.check_measured(self.tip_temperature_c, self.sensor, "tip temperature")
        object.__setattr__(self, "tip_temperature_c", tip_c)

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        """The frame in ``raw``, from ``$`` to line feed; raises FrameError."""
        head, rest = split_frame(raw, "PROBE", 6)
        probe, mode, power, tip, pressure, sensor = rest
        return cls(
            generation_mode=head.generation_mode,
            sequence=head.sequence,
            device_time_ms=head.device_time_ms,
            probe=fields.unsigned(probe, "probe", 1, fields.MAX_CHANNEL),
            mode=fields.console_mode(mode),
            power_percent=fields.unsigned(power, "power", 0, 100),
            tip_temperature_c=fields.temperature_c(tip) if tip else None,
            gas_pressure_kpa=(
                fields.unsigned(pressure, "pressure", 0, fields.MAX_PRESSURE_KPA)
                if pressure
                else None
            ),
            sensor=fields.sensor_status(sensor),
        )

    def to_bytes(self) -> bytes:
        """The frame's one form on the wire."""
        return self.wire(
            "PROBE",
            self.probe,
            self.mode,
            self.power_percent,
            _decimal(self.tip_temperature_c),
            "" if self.gas_pressure_kpa is None else self.gas_pressure_kpa,
            self.sensor,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ThermometerFrame(Header):
    """One thermometer channel at one instant.

    Attributes:
        channel: 1 to 64.
        temperature_c: 0.1 C; None when ``sensor`` is not OK.
        sensor: state of the channel's sensor.

    Raises:
        FrameError: a value does not fit its field.
    """

    channel: int
    temperature_c: float | None
    sensor: SensorStatus = "OK"

    def __post_init__(self) -> None:
        self.check_header()
        fields.check_range(self.channel, "channel", 1, fields.MAX_CHANNEL)
        temperature_c = fields.check_measured(self.temperature_c, self.sensor)
        object.__setattr__(self, "temperature_c", temperature_c)

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        """The frame in ``raw``, from ``$`` to line feed; raises FrameError."""
        head, (channel, temperature, sensor) = split_frame(raw, "THERM", 3)
        return cls(
            generation_mode=head.generation_mode,
            sequence=head.sequence,
            device_time_ms=head.device_time_ms,
            channel=fields.unsigned(channel, "channel", 1, fields.MAX_CHANNEL),
            temperature_c=fields.temperature_c(temperature) if temperature else None,
            sensor=fields.sensor_status(sensor),
        )

    def to_bytes(self) -> bytes:
        """The frame's one form on the wire."""
        return self.wire("THERM", self.channel, _decimal(self.temperature_c), self.sensor)


@dataclass(frozen=True, slots=True, kw_only=True)
class HelloFrame(Header):
    """What the device is, sent first after it starts and then from time to time.

    Attributes:
        device_id: 1 to 24 of A-Z a-z 0-9 . _ -, a serial number, never a person.
        firmware: 1 to 16 of the same.
        probes: numbers of the probe sockets, ascending.
        thermometers: numbers of the thermometer channels, ascending.

    Raises:
        FrameError: a value does not fit its field.
    """

    device_id: str
    firmware: str
    probes: tuple[int, ...]
    thermometers: tuple[int, ...]

    def __post_init__(self) -> None:
        self.check_header()
        fields.check_words(self.device_id, self.firmware)
        fields.check_channels(self.probes, "probes")
        fields.check_channels(self.thermometers, "thermometers")

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        """The frame in ``raw``, from ``$`` to line feed; raises FrameError."""
        head, (device_id, firmware, probes, thermometers) = split_frame(raw, "HELLO", 4)
        return cls(
            generation_mode=head.generation_mode,
            sequence=head.sequence,
            device_time_ms=head.device_time_ms,
            device_id=device_id,
            firmware=firmware,
            probes=fields.channel_list(probes, "probes"),
            thermometers=fields.channel_list(thermometers, "thermometers"),
        )

    def to_bytes(self) -> bytes:
        """The frame's one form on the wire."""
        return self.wire(
            "HELLO",
            self.device_id,
            self.firmware,
            ";".join(str(number) for number in self.probes),
            ";".join(str(number) for number in self.thermometers),
        )


Frame = ProbeFrame | ThermometerFrame | HelloFrame

_KINDS: dict[str, type[ProbeFrame] | type[ThermometerFrame] | type[HelloFrame]] = {
    "PROBE": ProbeFrame,
    "THERM": ThermometerFrame,
    "HELLO": HelloFrame,
}


def parse_frame(raw: bytes) -> Frame:
    """The frame in ``raw``, from ``$`` to line feed, whatever its kind.

    Raises:
        FrameError: ``raw`` is no frame; the message says what is wrong with it.
    """
    kind = frame_words(raw)[KIND]
    if kind not in _KINDS:
        raise FrameError(f"frame type {kind!r} is not one of {', '.join(_KINDS)}")
    return _KINDS[kind].from_bytes(raw)


def _decimal(temperature_c: float | None) -> str:
    return "" if temperature_c is None else f"{temperature_c:.1f}"
