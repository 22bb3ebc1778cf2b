"""A simulated console that runs: its physics in time, its frames on a port, its faults on cue."""

import asyncio
import contextlib
import random
from collections import deque
from types import TracebackType
from typing import Final, Self

from drivers.telemetry import ConsoleMode
from simulators.console.device import ConsoleDevice
from simulators.console.faults import Fault, FaultKind, FaultPlan
from simulators.console.faulty_line import FaultyLine, Piece
from simulators.console.plan_file import PlanError
from simulators.console.pseudo_terminal import PseudoTerminal
from simulators.console.script import Script, Step
from simulators.console.settings import ConsoleSettings

FULL_POWER_PERCENT = 100
STICK_POWER_PERCENT = 10

UNREAD_FOR_S = 0.5
"""Bytes that wait so long have no reader; a busy reader comes sooner."""

ROOM_CHECK_S = 0.005
"""How often a full port is looked at: a reader empties it in less."""


class ConsoleSimulator:
    """A console on a pseudo-terminal, for as long as it is entered with ``async with``.

    Args:
        settings: what the console is.
        faults: what goes wrong when.
        script: what its operator does when.

    Raises:
        PlanError: the script names a probe or channel that is not there.
    """

    def __init__(
        self,
        settings: ConsoleSettings,
        faults: FaultPlan | None = None,
        script: Script = (),
    ) -> None:
        chance = random.Random(settings.seed)  # noqa: S311 - makes noise, guards nothing
        self.settings: Final = settings
        self.device: Final = ConsoleDevice(settings, chance)
        self._faults: Final = faults or FaultPlan()
        self._line: Final = FaultyLine(self._faults, chance)
        self._port: Final = PseudoTerminal(settings.link)
        self._script: Final = deque(script)
        self._check_script()
        self._wake: Final = asyncio.Event()
        self._started_s = 0.0
        self._advanced_s = 0.0
        self._full_since_s: float | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._started_s = asyncio.get_running_loop().time()
        self._port.plug()
        self._task = asyncio.create_task(self._run(), name=f"console {self.settings.device_id}")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if self._task is not None:
                self._task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await self._task
        finally:
            self._port.unplug()

    @property
    def elapsed_s(self) -> float:
        """Time since the simulator started, s, by the clock."""
        return asyncio.get_running_loop().time() - self._started_s

    def freeze(self, probe: int | None = None, power_percent: int = FULL_POWER_PERCENT) -> None:
        """Freeze with a probe, or with all of them."""
        self.set_mode("FREEZE", probe, power_percent)

    def thaw(self, probe: int | None = None) -> None:
        """Turn the gas off and let the tissue warm a probe, or all of them."""
        self.set_mode("THAW", probe, 0)

    def heat(self, probe: int | None = None, power_percent: int = FULL_POWER_PERCENT) -> None:
        """Thaw with helium, a probe or all of them."""
        self.set_mode("HEAT", probe, power_percent)

    def stick(self, probe: int | None = None, power_percent: int = STICK_POWER_PERCENT) -> None:
        """Hold a probe, or all of them, in place with a little ice."""
        self.set_mode("STICK", probe, power_percent)

    def test(self, probe: int | None = None, power_percent: int = FULL_POWER_PERCENT) -> None:
        """Check a probe, or all of them, before it is placed."""
        self.set_mode("TEST", probe, power_percent)

    def off(self, probe: int | None = None) -> None:
        """Turn a probe off, or all of them."""
        self.set_mode("OFF", probe, 0)

    def set_mode(self, mode: ConsoleMode, probe: int | None, power_percent: int) -> None:
        """Set the mode of a probe, or of all of them; ValueError for one that is not there."""
        for number in self.device.probes if probe is None else (probe,):
            self.device.set_mode(number, mode, power_percent)

    def begin_fault(
        self,
        kind: FaultKind,
        *,
        for_s: float | None = None,
        probability: float = 1.0,
        delay_s: float = 2.0,
    ) -> None:
        """Let something go wrong from now on, for a while or until ``end_fault``; see ``Fault``."""
        self._faults.begin(
            Fault(
                kind=kind,
                at_s=self.elapsed_s,
                for_s=for_s,
                probability=probability,
                delay_s=delay_s,
            )
        )
        self._wake.set()

    def end_fault(self, kind: FaultKind) -> None:
        """Let it be well again."""
        self._faults.end(kind, self.elapsed_s)
        self._wake.set()

    async def wait(self) -> None:
        """Wait for as long as the simulator runs; raises what ended it."""
        if self._task is not None:
            await asyncio.shield(self._task)

    async def _run(self) -> None:
        waiting: deque[Piece] = deque()
        next_tick_s = 0.0
        while True:
            now_s = self.elapsed_s
            while self._script and self._script[0].at_s <= now_s:
                self._do(self._script.popleft())
            if self._faults.take_restarts(now_s):
                self.device.restart(now_s)
            self._plug_or_unplug(now_s)
            if now_s >= next_tick_s:
                waiting.extend(self._tick(now_s))
                next_tick_s = max(next_tick_s + self.settings.period_s, now_s)
            await self._sleep_until(
                min(
                    next_tick_s,
                    self._send(waiting, now_s),
                    self._faults.next_change_s(now_s),
                    self._script[0].at_s if self._script else next_tick_s,
                )
            )

    async def _sleep_until(self, due_s: float) -> None:
        self._wake.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, due_s - self.elapsed_s)):
                await self._wake.wait()

    def _tick(self, now_s: float) -> list[Piece]:
        self.device.advance((now_s - self._advanced_s) * self.settings.speed)
        self._advanced_s = now_s
        if self._faults.find("silence", now_s):
            return []
        clock_runs = self._faults.find("freeze-clock", now_s) is None
        frames = self.device.frames(now_s, clock_runs=clock_runs)
        return self._line.carry([frame.to_bytes() for frame in frames], now_s)

    def _send(self, waiting: deque[Piece], now_s: float) -> float:
        """Send what is due and finds room; returns when to come again."""
        while waiting:
            piece = waiting[0]
            if piece.due_s > now_s:
                return piece.due_s
            if self._port.has_room(len(piece.data)):
                self._full_since_s = None
            elif self._full_since_s is None:
                self._full_since_s = now_s
                return now_s + ROOM_CHECK_S
            elif now_s - self._full_since_s < UNREAD_FOR_S:
                return now_s + ROOM_CHECK_S
            else:
                self._port.discard_unread()
            self._port.write(waiting.popleft().data)
        return float("inf")

    def _plug_or_unplug(self, now_s: float) -> None:
        if self._faults.find("unplug", now_s):
            self._port.unplug()
        else:
            self._port.plug()

    def _check_script(self) -> None:
        for step in self._script:
            if step.probe is not None and step.probe not in self.device.probes:
                raise PlanError(f"at {step.at_s} s: there is no probe {step.probe}")
            if step.channel is not None and step.channel not in self.device.organs:
                raise PlanError(f"at {step.at_s} s: there is no thermometer channel {step.channel}")

    def _do(self, step: Step) -> None:
        power = step.power_percent
        match step.do:
            case "freeze":
                self.freeze(step.probe, power or FULL_POWER_PERCENT)
            case "heat":
                self.heat(step.probe, power or FULL_POWER_PERCENT)
            case "test":
                self.test(step.probe, power or FULL_POWER_PERCENT)
            case "stick":
                self.stick(step.probe, power or STICK_POWER_PERCENT)
            case "thaw":
                self.thaw(step.probe)
            case "off":
                self.off(step.probe)
            case "cooling":
                self.device.set_cooling(step.channel or 0, step.cooling_c)
            case "sensor" if step.probe is not None:
                self.device.set_probe_sensor(step.probe, step.status)
            case "sensor":
                self.device.set_thermometer_sensor(step.channel or 0, step.status)
