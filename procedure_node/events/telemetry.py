"""What consoles and thermometers say, and what they failed to say."""

from typing import Literal

from dosimetry_core.values import MeasurementValidity
from procedure_node.events.base import Payload

ConsoleMode = Literal["OFF", "FREEZE", "THAW", "HEAT", "STICK", "TEST"]


class ProbeReading(Payload):
    """One probe's telemetry frame. THAW is passive (gas off), HEAT is active thawing.

    ``mode`` and ``power_percent`` are None where the console does not tell them.
    """

    kind: Literal["probe-reading"] = "probe-reading"
    version: Literal[1] = 1
    device: str
    sequence: int
    probe: int
    mode: ConsoleMode | None
    power_percent: float | None
    tip_temperature_c: float | None
    gas_pressure_kpa: float | None
    validity: MeasurementValidity
    reason: str = ""


class ThermometerReading(Payload):
    """One thermometer channel's reading; ``temperature_c`` is None unless it is a number."""

    kind: Literal["thermometer-reading"] = "thermometer-reading"
    version: Literal[1] = 1
    device: str
    sequence: int
    channel: int
    temperature_c: float | None
    validity: MeasurementValidity
    reason: str = ""


class TelemetryGap(Payload):
    """Readings that should have come did not: what happened meanwhile stays UNKNOWN for ever."""

    kind: Literal["telemetry-gap"] = "telemetry-gap"
    version: Literal[1] = 1
    device: str
    cause: Literal["SILENCE", "LOST_FRAMES", "LINK_LOST", "DEVICE_CLOCK"]
    lost_frames: int | None
    reason: str


class BytesRejected(Payload):
    """Bytes that no frame could be made of; they are kept in quarantine."""

    kind: Literal["bytes-rejected"] = "bytes-rejected"
    version: Literal[1] = 1
    device: str
    byte_count: int
    reason: str
    quarantine_file: str
