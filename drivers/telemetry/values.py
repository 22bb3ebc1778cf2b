"""What a telemetry link tells its listener."""

from dataclasses import dataclass
from typing import Literal

from dosimetry_core.values import (
    ConnectionState,
    GenerationMode,
    MeasurementValidity,
    Timestamp,
)
from drivers.telemetry.fields import ConsoleMode

GapCause = Literal["SILENCE", "LOST_FRAMES", "LINK_LOST", "DEVICE_CLOCK"]
LinkRole = Literal["CONSOLE", "THERMOMETER"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _LinkValue:
    """What every value carries.

    Attributes:
        timestamp: host clocks when the bytes arrived or the thing was noticed, and the device's.
        device: the link's configured name.
        generation_mode: as the device marked it, else as configured; None where neither is known.
    """

    timestamp: Timestamp
    device: str
    generation_mode: GenerationMode | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeSample(_LinkValue):
    """One probe's frame, judged. ``reason`` says why ``validity`` is not VALID.

    ``mode`` and ``power_percent`` are None where the console does not tell them.
    """

    sequence: int
    probe: int
    mode: ConsoleMode | None
    power_percent: int | None
    tip_temperature_c: float | None
    gas_pressure_kpa: int | None
    validity: MeasurementValidity
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThermometerSample(_LinkValue):
    """One thermometer channel's frame, judged. ``reason`` says why ``validity`` is not VALID."""

    sequence: int
    channel: int
    temperature_c: float | None
    validity: MeasurementValidity
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap(_LinkValue):
    """Between the last sample and the next one, what happened is not known.

    ``lost_frames`` is how many frames of the device, of any kind, are missing; None if unknown.
    """

    cause: GapCause
    lost_frames: int | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedBytes(_LinkValue):
    """Bytes or frames that were not used. They are kept in ``quarantine_file``."""

    byte_count: int
    reason: str
    quarantine_file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkStateChanged(_LinkValue):
    """The link is now in ``state``, for ``reason``."""

    role: LinkRole
    state: ConnectionState
    reason: str


TelemetryValue = ProbeSample | ThermometerSample | Gap | RejectedBytes | LinkStateChanged
