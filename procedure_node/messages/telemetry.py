"""Messages of cryoprobes and thermometers."""

from typing import Literal

from pydantic import AwareDatetime

from dosimetry_core.values import CyclePhase, MeasurementValidity, ZoneKind
from procedure_node.events import ConsoleMode, Fact
from procedure_node.messages.base import Message, PublicText


class ProbeReadingMessage(Message):
    """One telemetry frame of a cryoprobe, and the zone that the probe is in.

    ``sequence`` and ``device_time_s`` are the device's own.
    """

    kind: Literal["probe-reading"] = "probe-reading"
    version: Literal[1] = 1
    device: str
    probe: int
    sequence: int
    device_time_s: float | None
    console_mode: ConsoleMode
    power_percent: float
    tip_temperature_c: float | None
    gas_pressure_kpa: float | None
    validity: MeasurementValidity
    reason: PublicText
    lesion: str | None
    zone: ZoneKind | None


class SensorReadingMessage(Message):
    """One reading of a thermometer channel, and the structure that the sensor is at."""

    kind: Literal["sensor-reading"] = "sensor-reading"
    version: Literal[1] = 1
    device: str
    channel: int
    sequence: int
    device_time_s: float | None
    temperature_c: float | None
    validity: MeasurementValidity
    reason: PublicText
    structure: str | None


class CycleBody(Fact):
    """One freeze with the thaw that follows it.

    Times below a temperature count known time only; ``unknown_s`` says how much is not known.
    """

    number: int
    started: AwareDatetime
    ended: AwareDatetime | None
    minimum_temperature_c: float | None
    freeze_s: float
    below_minus20_s: float
    below_minus40_s: float
    unknown_s: float


class ProbeCycleMessage(Message):
    """The phase that a probe is in, and its freeze-thaw cycles so far.

    Sent when the phase, the number of cycles or the probe's place changes; the running times in it
    are those of that moment or of the last renewal.
    """

    kind: Literal["probe-cycle"] = "probe-cycle"
    version: Literal[1] = 1
    device: str
    probe: int
    lesion: str | None
    zone: ZoneKind | None
    phase: CyclePhase
    phase_since: AwareDatetime | None
    cycles: tuple[CycleBody, ...]
