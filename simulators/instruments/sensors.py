"""What is wired to a simulated instrument: sensors in tissue that cools beside ice."""

import math
from dataclasses import dataclass
from typing import Literal

State = Literal["OK", "OPEN"]

BODY_C = 36.5
COOLING_TIME_S = 120.0


@dataclass(slots=True)
class Sensor:
    """One sensor.

    Attributes:
        temperature_c: what it is in, C.
        state: whether its wire is whole.
        cools_to_c: where the tissue around it is going, C.
    """

    temperature_c: float = BODY_C
    state: State = "OK"
    cools_to_c: float = BODY_C


class Sensors:
    """The sensors of one instrument, by input from 0."""

    def __init__(self, count: int) -> None:
        self._sensors = [Sensor(cools_to_c=BODY_C - 12.0 / (n + 1)) for n in range(count)]

    def __len__(self) -> int:
        return len(self._sensors)

    def __getitem__(self, number: int) -> Sensor:
        return self._sensors[number]

    def advance(self, elapsed_s: float) -> None:
        """Let the tissue cool for a time."""
        share = -math.expm1(-elapsed_s / COOLING_TIME_S)
        for sensor in self._sensors:
            sensor.temperature_c += (sensor.cools_to_c - sensor.temperature_c) * share
