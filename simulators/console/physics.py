"""How probes, gas and tissue behave: simple, and in the ranges that are published.

An argon probe's tip falls to -120 to -165 C in more than 10 s and holds -140 to -150 C; helium
thaws it to +45 C (China Med Equip 2011; Cryobiology 2025 120:105274). The shapes and time constants
here are the simulator's own: they make pictures look right and predict nothing.
"""

import math

from drivers.telemetry import ConsoleMode

BODY_C = 36.5
PLATEAU_C = -140.0
HELIUM_C = 45.0
FREEZE_TIME_CONSTANT_S = 14.0
PASSIVE_TIME_CONSTANT_S = 60.0
ACTIVE_TIME_CONSTANT_S = 15.0
ICE_GROWTH_S = 300.0
ICE_MELT_PASSIVE_S = 900.0
ICE_MELT_ACTIVE_S = 150.0
ORGAN_TIME_CONSTANT_S = 60.0
FULL_COOLING_KPA = 17_000.0
"""Below this an argon supply cools less and less."""

LONGEST_STEP_S = 1.0
"""The ice is held constant within a step; finer steps change nothing that can be seen."""

COOLING_MODES: tuple[ConsoleMode, ...] = ("FREEZE", "STICK", "TEST")


class GasSupply:
    """A bottle of gas that loses pressure as it is used.

    Args:
        pressure_kpa: at the start.
        use_kpa_per_s: fall of the pressure while one probe runs at full power.
    """

    def __init__(self, pressure_kpa: float, use_kpa_per_s: float) -> None:
        self.pressure_kpa = pressure_kpa
        self._use_kpa_per_s = use_kpa_per_s

    def use(self, elapsed_s: float, power_percent: int) -> None:
        """Let one probe run for a time."""
        used_kpa = self._use_kpa_per_s * elapsed_s * power_percent / 100
        self.pressure_kpa = max(0.0, self.pressure_kpa - used_kpa)


class ProbePhysics:
    """One cryoprobe in tissue.

    Attributes:
        mode: what the console does with it.
        power_percent: 0 to 100.
        tip_c: true temperature of the tip, C.
        ice: how far its ice ball has grown, 0 (none) to 1 (all it can be).
    """

    def __init__(self) -> None:
        self.mode: ConsoleMode = "OFF"
        self.power_percent = 0
        self.tip_c = BODY_C
        self.ice = 0.0

    def advance(self, elapsed_s: float, argon: GasSupply, helium: GasSupply) -> None:
        """Let time pass; draws on the supply that the mode needs."""
        steps = max(1, math.ceil(elapsed_s / LONGEST_STEP_S))
        for _ in range(steps):
            self._step(elapsed_s / steps, argon, helium)

    def _step(self, step_s: float, argon: GasSupply, helium: GasSupply) -> None:
        if self.mode in COOLING_MODES:
            depth = math.sqrt(self.power_percent / 100)
            depth *= min(1.0, argon.pressure_kpa / FULL_COOLING_KPA)
            self._approach(BODY_C + (PLATEAU_C - BODY_C) * depth, FREEZE_TIME_CONSTANT_S, step_s)
            argon.use(step_s, self.power_percent)
            coldness = min(1.0, max(0.0, self.tip_c / PLATEAU_C))
            self.ice += (coldness - self.ice) * -math.expm1(-step_s / ICE_GROWTH_S)
        elif self.mode == "HEAT" and helium.pressure_kpa > 0:
            warmth = HELIUM_C * self.power_percent / 100
            self._approach(warmth, ACTIVE_TIME_CONSTANT_S, step_s)
            helium.use(step_s, self.power_percent)
            self.ice = max(0.0, self.ice - step_s / ICE_MELT_ACTIVE_S)
        else:
            surroundings_c = -1.0 if self.ice > 0 and self.tip_c < 0 else BODY_C
            self._approach(surroundings_c, PASSIVE_TIME_CONSTANT_S, step_s)
            self.ice = max(0.0, self.ice - step_s / ICE_MELT_PASSIVE_S)

    def _approach(self, target_c: float, time_constant_s: float, step_s: float) -> None:
        self.tip_c += (target_c - self.tip_c) * -math.expm1(-step_s / time_constant_s)


class OrganPhysics:
    """An organ with a thermometer in it, beside the ice.

    Attributes:
        temperature_c: true temperature, C.
        cooling_c: how much colder it gets beside the largest ice ball, C.
    """

    def __init__(self, cooling_c: float) -> None:
        self.temperature_c = BODY_C
        self.cooling_c = cooling_c

    def advance(self, elapsed_s: float, ice: float) -> None:
        """Let time pass beside ice of that size, 0 to 1."""
        target_c = BODY_C - self.cooling_c * ice
        share = -math.expm1(-elapsed_s / ORGAN_TIME_CONSTANT_S)
        self.temperature_c += (target_c - self.temperature_c) * share
