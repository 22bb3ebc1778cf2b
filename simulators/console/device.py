"""The console itself: its sockets, its numbers and its clock, without a port."""

import random
from typing import TypeVar, get_args

from drivers.telemetry import (
    SEQUENCE_MODULUS,
    ConsoleMode,
    Frame,
    HelloFrame,
    ProbeFrame,
    SensorStatus,
    ThermometerFrame,
)
from simulators.console.physics import GasSupply, OrganPhysics, ProbePhysics
from simulators.console.settings import ConsoleSettings

Physics = TypeVar("Physics")

FIRMWARE = "sim-1"
HELLO_INTERVAL_S = 10.0
NOISE_C = 0.15
ARGON_KPA, ARGON_USE_KPA_PER_S = 31_000.0, 3.5
HELIUM_KPA, HELIUM_USE_KPA_PER_S = 16_000.0, 2.0
ORGAN_COOLING_C = 6.0
"""How much the first organ cools beside a full ice ball; the next ones are further away."""


class ConsoleDevice:
    """A console that makes frames when it is asked for them.

    Attributes:
        probes: by socket number.
        organs: by thermometer channel.
    """

    def __init__(self, settings: ConsoleSettings, chance: random.Random) -> None:
        self._settings = settings
        self._chance = chance
        self.probes = {n: ProbePhysics() for n in range(1, settings.probes + 1)}
        self.organs = {
            n: OrganPhysics(ORGAN_COOLING_C / n) for n in range(1, settings.thermometers + 1)
        }
        self._probe_sensors: dict[int, SensorStatus] = dict.fromkeys(self.probes, "OK")
        self._organ_sensors: dict[int, SensorStatus] = dict.fromkeys(self.organs, "OK")
        self._argon = GasSupply(ARGON_KPA, ARGON_USE_KPA_PER_S)
        self._helium = GasSupply(HELIUM_KPA, HELIUM_USE_KPA_PER_S)
        self._sequence = 0
        self._started_s = 0.0
        self._hello_s = -HELLO_INTERVAL_S
        self._clock_s = 0.0

    def set_mode(self, probe: int, mode: ConsoleMode, power_percent: int) -> None:
        """Set what a probe does.

        Raises:
            ValueError: there is no such probe or mode, or the power is not 0 to 100.
        """
        if mode not in get_args(ConsoleMode) or not 0 <= power_percent <= 100:
            raise ValueError(f"mode {mode!r} at {power_percent} percent cannot be set")
        physics = _existing(self.probes, probe, "probe")
        physics.mode, physics.power_percent = mode, power_percent

    def set_cooling(self, channel: int, cooling_c: float) -> None:
        """Say how much colder an organ gets beside a full ice ball, C."""
        _existing(self.organs, channel, "thermometer channel").cooling_c = cooling_c

    def set_probe_sensor(self, probe: int, status: SensorStatus) -> None:
        """Break or mend a probe's thermocouple."""
        _existing(self.probes, probe, "probe")
        self._probe_sensors[probe] = status

    def set_thermometer_sensor(self, channel: int, status: SensorStatus) -> None:
        """Break or mend a thermometer."""
        _existing(self.organs, channel, "thermometer channel")
        self._organ_sensors[channel] = status

    def restart(self, now_s: float) -> None:
        """Start anew: numbers and clock from zero, as after a power cut; tissue stays as it is."""
        self._sequence = 0
        self._started_s = now_s
        self._hello_s = now_s - HELLO_INTERVAL_S
        for probe in self.probes.values():
            probe.mode, probe.power_percent = "OFF", 0

    def advance(self, elapsed_s: float) -> None:
        """Let time pass in the physics."""
        for probe in self.probes.values():
            probe.advance(elapsed_s, self._argon, self._helium)
        largest_ice = max((probe.ice for probe in self.probes.values()), default=0.0)
        for organ in self.organs.values():
            organ.advance(elapsed_s, largest_ice)

    def frames(self, now_s: float, *, clock_runs: bool) -> list[Frame]:
        """All that the console says at one instant, by its clock unless that stands still."""
        if clock_runs:
            self._clock_s = now_s - self._started_s
        said: list[Frame] = []
        if now_s - self._hello_s >= HELLO_INTERVAL_S:
            self._hello_s = now_s
            said.append(self._hello())
        said += [self._probe(number) for number in self.probes]
        said += [self._thermometer(number) for number in self.organs]
        return said

    def _hello(self) -> HelloFrame:
        return HelloFrame(
            generation_mode=self._settings.generation_mode,
            sequence=self._next_sequence(),
            device_time_ms=self._clock_ms,
            device_id=self._settings.device_id,
            firmware=FIRMWARE,
            probes=tuple(self.probes),
            thermometers=tuple(self.organs),
        )

    def _probe(self, number: int) -> ProbeFrame:
        physics, sensor = self.probes[number], self._probe_sensors[number]
        supply = self._helium if physics.mode == "HEAT" else self._argon
        return ProbeFrame(
            generation_mode=self._settings.generation_mode,
            sequence=self._next_sequence(),
            device_time_ms=self._clock_ms,
            probe=number,
            mode=physics.mode,
            power_percent=physics.power_percent,
            tip_temperature_c=self._measured(physics.tip_c) if sensor == "OK" else None,
            gas_pressure_kpa=round(supply.pressure_kpa),
            sensor=sensor,
        )

    def _thermometer(self, number: int) -> ThermometerFrame:
        sensor = self._organ_sensors[number]
        temperature_c = self._measured(self.organs[number].temperature_c)
        return ThermometerFrame(
            generation_mode=self._settings.generation_mode,
            sequence=self._next_sequence(),
            device_time_ms=self._clock_ms,
            channel=number,
            temperature_c=temperature_c if sensor == "OK" else None,
            sensor=sensor,
        )

    @property
    def _clock_ms(self) -> int:
        return round(self._clock_s * 1000)

    def _measured(self, true_c: float) -> float:
        return true_c + self._chance.gauss(0.0, NOISE_C)

    def _next_sequence(self) -> int:
        sequence = self._sequence
        self._sequence = (sequence + 1) % SEQUENCE_MODULUS
        return sequence


def _existing(numbered: dict[int, Physics], number: int, what: str) -> Physics:
    if number not in numbered:
        raise ValueError(f"there is no {what} {number}: there are {sorted(numbered)}")
    return numbered[number]
