"""A console that says the lines of a profile, which it reads by itself, without the driver."""

import asyncio
import re
import tomllib
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from dosimetry_core.values import GenerationMode
from simulators.console import PseudoTerminal
from simulators.instruments.sensors import Sensors

ENDS = {"CR": "\r", "LF": "\n", "CRLF": "\r\n"}
PSI_PER_KPA = 0.1450377377


@dataclass(slots=True)
class Probe:
    """One probe of the console: mode and power as the node calls them, tip in C, gas in kPa."""

    mode: str = "OFF"
    power_percent: int = 0
    tip_c: float | None = 36.5
    gas_kpa: float = 24_000.0


class LineConsoleSimulator:
    """A console on a pseudo-terminal that says all of its lines every ``period_s``.

    Before each line it says that it is simulated, ``SIMULATED TEST`` or ``SIMULATED DEMO``, since
    a console has no mark of its own. It knows the checks SUM8 and XOR8.

    Attributes:
        probes: by number.
        sensors: its thermometer channels, from 0.
        clock_s: what its clock shows; set ``clock_runs`` to stop it.
    """

    def __init__(
        self,
        link: Path,
        profile: Path,
        *,
        probes: int = 2,
        mode: GenerationMode = GenerationMode.DEMO,
        period_s: float = 1.0,
    ) -> None:
        if mode is GenerationMode.REAL:
            raise ValueError("a simulated console cannot say REAL: choose TEST or DEMO")
        self._profile: Final[dict[str, Any]] = tomllib.loads(profile.read_text(encoding="utf-8"))
        self._mark: Final = f"SIMULATED {mode.value}"
        self._end: Final = ENDS[self._profile["terminator"]]
        self._period_s: Final = period_s
        self._port: Final = PseudoTerminal(link)
        self._task: asyncio.Task[None] | None = None
        self.probes: Final = {n: Probe() for n in range(1, probes + 1)}
        self.sensors: Final = Sensors(2)
        self.clock_s = 0.0
        self.clock_runs = True

    @property
    def line(self) -> Self:
        """Itself: enter it to be on the line."""
        return self

    async def __aenter__(self) -> Self:
        self._port.plug()
        self._task = asyncio.create_task(self._talk(), name="line console")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._port.unplug()

    def round(self) -> bytes:
        """All that it says at one instant."""
        said: list[str] = []
        for line in self._profile["line"]:
            meanings = {field["is"] for field in line.get("fields", {}).values()}
            if "PROBE" in meanings:
                said += [self._checked(self._render(line, probe=n)) for n in self.probes]
            elif "CHANNEL" in meanings:
                numbers = range(1, len(self.sensors) + 1)
                said += [self._checked(self._render(line, channel=n)) for n in numbers]
            else:
                said.append(self._checked(self._render(line)))
        return "".join(f"{self._mark} {text}{self._end}" for text in said).encode("ascii")

    async def _talk(self) -> None:
        while True:
            data = self.round()
            if not self._port.has_room(len(data)):
                self._port.discard_unread()
            self._port.write(data)
            await asyncio.sleep(self._period_s)
            if self.clock_runs:
                self.clock_s += self._period_s

    def _checked(self, text: str) -> str:
        check = self._profile.get("checksum")
        if check is None:
            return text
        data = text.encode("ascii")
        value = sum(data) % 256 if check["kind"] == "SUM8" else reduce(lambda a, b: a ^ b, data)
        return f"{check.get('start', '')}{text}{check.get('separator', '')}{value:02X}"

    def _render(self, line: dict[str, Any], *, probe: int = 0, channel: int = 0) -> str:
        def field(match: re.Match[str]) -> str:
            return self._field(line["fields"][match[1]], probe, channel)

        return re.sub(r"\{(\w+)\}", field, line["pattern"])

    def _field(self, field: dict[str, Any], probe: int, channel: int) -> str:
        on = self.probes.get(field.get("probe", probe), Probe())
        sensor = self.sensors[field.get("channel", channel or 1) - 1]
        scale = field.get("scale", 1.0)
        gas = on.gas_kpa * (PSI_PER_KPA if field.get("unit") == "psi" else 1.0)
        said = {
            "PROBE": lambda: str(probe),
            "CHANNEL": lambda: str(channel),
            "MODE": lambda: next(w for w, mode in field["words"].items() if mode == on.mode),
            "POWER": lambda: f"{on.power_percent / scale:.0f}",
            "GAS_PRESSURE": lambda: f"{gas / scale:.1f}",
            "CLOCK": lambda: self._clock(field.get("unit", "s")),
            "TIP": lambda: _temperature(on.tip_c, field),
            "TEMPERATURE": lambda: _temperature(
                sensor.temperature_c if sensor.state == "OK" else None, field
            ),
            "IGNORE": lambda: "READY",
        }
        return said[field["is"]]()

    def _clock(self, unit: str) -> str:
        if unit == "h:m:s":
            whole = int(self.clock_s)
            return f"{whole // 3600 % 24:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
        return f"{self.clock_s:.1f}" if unit == "s" else f"{self.clock_s * 1000:.0f}"


def _temperature(celsius: float | None, field: dict[str, Any]) -> str:
    if celsius is None:
        return next(word for word, fault in field["faults"].items() if fault == "OPEN")
    shown = {"C": celsius, "F": celsius * 1.8 + 32.0, "K": celsius + 273.15}
    return f"{shown[field.get('unit', 'C')] / field.get('scale', 1.0):.1f}"
