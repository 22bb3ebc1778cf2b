"""What the operator of the simulated console does and when, as data."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from drivers.telemetry import SensorStatus
from simulators.console.plan_file import PlanError, check_number, read_plan

Act = Literal["freeze", "thaw", "heat", "stick", "test", "off", "cooling", "sensor"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One act.

    Attributes:
        at_s: when, s since the simulator started, by the clock (not sped up).
        do: ``freeze``, ``thaw``, ``heat``, ``stick``, ``test`` and ``off`` set a probe's mode;
            ``cooling`` says how near the ice a thermometer is; ``sensor`` breaks or mends one.
        probe: number of the probe; None for all of them.
        channel: number of the thermometer channel, for ``cooling`` and ``sensor``.
        power_percent: 1 to 100, for modes that have a power; their usual power unless given.
        cooling_c: see ``OrganPhysics``.
        status: for ``sensor``.

    Raises:
        PlanError: a value is missing or out of its range.
    """

    at_s: float
    do: Act
    probe: int | None = None
    channel: int | None = None
    power_percent: int | None = None
    cooling_c: float = 0.0
    status: SensorStatus = "OK"

    def __post_init__(self) -> None:
        if self.do not in get_args(Act):
            raise PlanError(f"do {self.do!r} is not one of {', '.join(get_args(Act))}")
        if self.status not in get_args(SensorStatus):
            raise PlanError(
                f"status {self.status!r} is not one of {', '.join(get_args(SensorStatus))}"
            )
        check_number(self, "at_s", 0.0)
        check_number(self, "power_percent", 1.0, 100.0)
        check_number(self, "cooling_c", 0.0, 200.0)
        check_number(self, "probe", 1.0)
        check_number(self, "channel", 1.0)
        if self.do == "cooling" and self.channel is None:
            raise PlanError("cooling needs a channel, for example channel = 1")
        if self.do == "sensor" and (self.channel is None) == (self.probe is None):
            raise PlanError("sensor needs a probe or a channel, for example probe = 1")


Script = tuple[Step, ...]


def read_script(path: Path) -> Script:
    """The script in a file of ``[[step]]`` tables with the attributes of ``Step`` as keys.

    Raises:
        PlanError: the file cannot be read or a table is wrong; says where and why.
    """
    return tuple(sorted(read_plan(path, "step", Step), key=lambda step: step.at_s))
