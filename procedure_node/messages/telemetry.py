"""Messages of cryoprobes and thermometers."""

from typing import Literal

from pydantic import AwareDatetime

from dosimetry_core.values import CyclePhase, MeasurementValidity, ZoneKind
from procedure_node.cycles import TimeBelow
from procedure_node.events import ConsoleMode, Fact
from procedure_node.messages.base import Message, PublicText


class ProbeReadingMessage(Message):
    """One telemetry frame of a cryoprobe, and the zone that the probe is in.

    ``sequence`` and ``device_time_s`` are the device's own; ``console_mode`` and ``power_percent``
    are null where the console does not tell them.
    """

    kind: Literal["probe-reading"] = "probe-reading"
    version: Literal[1] = 1
    device: str
    probe: int
    sequence: int
    device_time_s: float | None
    console_mode: ConsoleMode | None
    power_percent: float | None
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

    All sums of seconds count known time only; ``unknown_s`` says how much is not known, and
    ``known_share`` (0 to 1) what part of the cycle is. ``start_unknown_s`` is how much earlier
    freezing may have begun unseen, null where nobody can say. ``below`` tells of each limit how
    long, and how soon after the start of freezing (at most so, unless ``exact``).
    """

    number: int
    started: AwareDatetime
    ended: AwareDatetime | None
    start_unknown_s: float | None
    minimum_temperature_c: float | None
    warmest_thaw_c: float | None
    cooling_c_per_min: float | None
    freeze_s: float
    passive_thaw_s: float
    active_thaw_s: float
    idle_s: float
    below: tuple[TimeBelow, ...]
    below_minus20_s: float
    below_minus40_s: float
    unknown_s: float
    known_share: float
    gas_pressure_start_kpa: float | None
    gas_pressure_end_kpa: float | None


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
