"""From a console's port to freeze-thaw cycles, with a cable that comes out while it freezes."""

import asyncio
from pathlib import Path

from dosimetry_core.values import CyclePhase
from drivers.backoff import Backoff
from drivers.serial_line import SerialLinkOptions, TelemetryLink
from drivers.telemetry import TelemetryValue
from procedure_node.cycles import FoldRules, ProbeCycles, after_gap, after_reading
from procedure_node.events import ProbeReading, TelemetryGap
from procedure_node.intake import event_time, payload_of
from simulators.console import ConsoleSettings, ConsoleSimulator

PATIENCE_S = 20.0


class Fold:
    """Probe 1's cycles, folded as values come."""

    def __init__(self) -> None:
        self.cycles = ProbeCycles()
        self._changed = asyncio.Event()

    def __call__(self, value: TelemetryValue) -> None:
        payload, at = payload_of(value), event_time(value.timestamp)
        if isinstance(payload, TelemetryGap):
            self.cycles = after_gap(self.cycles, at)
        elif isinstance(payload, ProbeReading) and payload.probe == 1:
            self.cycles = after_reading(self.cycles, at, payload, FoldRules(PATIENCE_S))
        self._changed.set()

    async def until(self, phase: CyclePhase, colder_than_c: float = 100.0) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while self.cycles.phase is not phase or not (
                self.cycles.last_temperature_c is None
                or self.cycles.last_temperature_c < colder_than_c
            ):
                self._changed.clear()
                await self._changed.wait()


async def test_a_cable_that_comes_out_while_freezing_leaves_one_cycle_with_unknown_time(
    tmp_path: Path,
):
    settings = ConsoleSettings(link=tmp_path / "console", probes=1, period_s=0.02, speed=100.0)
    options = SerialLinkOptions(
        name="console-1",
        path=str(settings.link),
        quarantine_directory=tmp_path / "quarantine",
        silence_s=PATIENCE_S,
    )
    fold = Fold()
    async with ConsoleSimulator(settings) as simulator, asyncio.TaskGroup() as group:
        link = TelemetryLink(options, fold, backoff=Backoff(0.01, 0.05))
        listening = group.create_task(link.run())
        await fold.until(CyclePhase.IDLE)
        simulator.freeze(1)
        await fold.until(CyclePhase.FREEZE, colder_than_c=-100.0)
        simulator.begin_fault("unplug")
        await fold.until(CyclePhase.UNKNOWN)
        simulator.end_fault("unplug")
        await fold.until(CyclePhase.FREEZE)
        simulator.thaw(1)
        await fold.until(CyclePhase.PASSIVE_THAW)
        simulator.heat(1)
        await fold.until(CyclePhase.ACTIVE_THAW)
        simulator.off(1)
        await fold.until(CyclePhase.IDLE)
        listening.cancel()

    [cycle] = fold.cycles.cycles
    assert [span.phase for span in cycle.phases] == [
        CyclePhase.FREEZE,
        CyclePhase.UNKNOWN,
        CyclePhase.FREEZE,
        CyclePhase.PASSIVE_THAW,
        CyclePhase.ACTIVE_THAW,
    ]
    assert cycle.ended is not None
    assert cycle.minimum_temperature_c is not None
    assert cycle.minimum_temperature_c < -100
    total_s = (cycle.ended - cycle.started).total_seconds()
    assert 0 < cycle.unknown_s < total_s - cycle.freeze_s
    assert 0 < cycle.below_minus40_s < cycle.below_minus20_s < total_s - cycle.unknown_s
