"""Phases of a probe whose console tells no mode: what the temperature shows, and what it cannot."""

import math
import random
from datetime import UTC, datetime, timedelta

import pytest

from dosimetry_core.values import CyclePhase, MeasurementValidity
from procedure_node.cycles import FoldRules, ProbeCycles, after_gap, after_reading
from procedure_node.events import EventTime, ProbeReading
from simulators.console.physics import GasSupply, ProbePhysics

START = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
RULES = FoldRules(maximum_gap_s=11.0)
IDLE, FREEZE, UNKNOWN = CyclePhase.IDLE, CyclePhase.FREEZE, CyclePhase.UNKNOWN
PASSIVE, ACTIVE = CyclePhase.PASSIVE_THAW, CyclePhase.ACTIVE_THAW


class Tip:
    """A tip that is read without a mode, and what is made of it."""

    def __init__(self, noise_c: float = 0.0, every_s: float = 1.0) -> None:
        self.cycles = ProbeCycles()
        self.second = 0.0
        self.every_s = every_s
        self._noise_c = noise_c
        self._chance = random.Random(7)

    def read(self, *celsius: float) -> "Tip":
        for each in celsius:
            self.second += self.every_s
            told = ProbeReading(
                device="console-1",
                sequence=0,
                probe=1,
                mode=None,
                power_percent=None,
                tip_temperature_c=each + self._chance.gauss(0.0, self._noise_c),
                gas_pressure_kpa=None,
                validity=MeasurementValidity.VALID,
            )
            self.cycles = after_reading(self.cycles, self._at, told, RULES)
        return self

    def gap(self, seconds: float) -> "Tip":
        self.second += seconds
        self.cycles = after_gap(self.cycles, self._at)
        return self

    @property
    def _at(self) -> EventTime:
        utc = START + timedelta(seconds=self.second)
        return EventTime(utc=utc, monotonic_ns=round(self.second * 1e9))

    @property
    def phase(self) -> CyclePhase:
        return self.cycles.phase


def decay(start_c: float, goal_c: float, tau_s: float, lasts_s: int) -> list[float]:
    return [goal_c + (start_c - goal_c) * math.exp(-t / tau_s) for t in range(lasts_s)]


def frozen(noise_c: float = 0.0) -> Tip:
    return Tip(noise_c).read(*[36.0] * 20, *decay(36.0, -140.0, 14.0, 120))


def test_too_few_readings_tell_nothing() -> None:
    assert Tip().read(36.0, 36.0).phase is UNKNOWN
    assert Tip().read(36.0, 36.0, 36.0).phase is IDLE


def test_a_freeze_begins_when_the_tip_falls_below_zero() -> None:
    cycles = frozen().cycles
    assert cycles.phase is FREEZE
    assert 20 < (cycles.cycles[0].started - START).total_seconds() < 30
    assert cycles.cycles[0].start_unknown_s == 0.0


def test_less_power_is_no_thaw() -> None:
    tip = frozen().read(*decay(-140.0, -80.0, 20.0, 40))
    assert [span.phase for span in tip.cycles.cycles[0].phases] == [FREEZE, UNKNOWN]
    tip.read(*[-80.0] * 40)
    assert tip.phase is FREEZE
    assert len(tip.cycles.cycles) == 1


def test_gas_that_gets_slowly_weaker_is_still_a_freeze() -> None:
    tip = frozen().read(*[-140.0 + 0.05 * t for t in range(600)])
    assert [span.phase for span in tip.cycles.cycles[0].phases] == [FREEZE]


def test_a_passive_thaw_that_holds_at_the_melting_ice() -> None:
    tip = frozen().read(*decay(-140.0, -1.0, 60.0, 400))
    assert [span.phase for span in tip.cycles.cycles[0].phases] == [FREEZE, UNKNOWN, PASSIVE]
    tip.read(*decay(-1.0, 37.0, 120.0, 200))
    assert tip.phase is IDLE
    assert tip.cycles.cycles[0].ended is not None


def test_an_active_thaw_is_told_by_its_heat() -> None:
    tip = frozen().read(*decay(-140.0, 45.0, 15.0, 90))
    assert tip.phase is ACTIVE
    tip.read(*decay(45.0, 37.0, 20.0, 60))
    assert tip.phase is IDLE


def test_a_second_freeze_after_a_thaw_is_the_second_cycle() -> None:
    tip = frozen().read(*decay(-140.0, -1.0, 60.0, 400), *decay(-1.0, -140.0, 14.0, 120))
    assert tip.phase is FREEZE
    assert [cycle.number for cycle in tip.cycles.cycles] == [1, 2]


def test_after_a_gap_nothing_is_known_until_the_slope_is() -> None:
    tip = frozen().gap(30.0)
    assert tip.phase is UNKNOWN
    assert tip.read(-140.0, -140.0).phase is UNKNOWN
    assert tip.read(-140.0).phase is FREEZE
    assert len(tip.cycles.cycles) == 1


def test_a_cold_tip_that_was_found_so_is_not_called_anything() -> None:
    assert Tip().read(*[-10.0] * 60).phase is UNKNOWN


@pytest.mark.parametrize("every_s", [1.0, 5.0])
def test_a_session_at_the_console_is_told_as_its_modes_are(every_s: float) -> None:
    """A 10-8-10 session with noise, beside what the console's modes say of the same readings."""
    probe, argon, helium = ProbePhysics(), GasSupply(31e3, 3.5), GasSupply(16e3, 2.0)
    tip, truth = Tip(noise_c=0.5, every_s=every_s), ProbeCycles()
    plan = (("OFF", 60), ("FREEZE", 600), ("THAW", 480), ("FREEZE", 600), ("HEAT", 240))
    for mode, lasts_s in plan:
        probe.mode, probe.power_percent = mode, 0 if mode == "OFF" else 100
        for _ in range(round(lasts_s / every_s)):
            probe.advance(every_s, argon, helium)
            tip.read(probe.tip_c)
            told = ProbeReading(
                device="console-1",
                sequence=0,
                probe=1,
                mode=mode,
                power_percent=100.0,
                tip_temperature_c=probe.tip_c,
                gas_pressure_kpa=None,
                validity=MeasurementValidity.VALID,
            )
            at = EventTime(utc=START + timedelta(seconds=tip.second), monotonic_ns=0)
            truth = after_reading(truth, at, told, RULES)
    assert len(tip.cycles.cycles) == len(truth.cycles) == 2
    for found, true in zip(tip.cycles.cycles, truth.cycles, strict=True):
        # The slope follows the tip by about half its window, at either end of a freeze.
        assert found.freeze_s == pytest.approx(true.freeze_s, abs=15.0)
        assert abs((found.started - true.started).total_seconds()) < 15.0
    assert tip.cycles.cycles[1].active_thaw_s > 60.0
    assert tip.cycles.cycles[0].active_thaw_s == 0.0


def test_noise_makes_no_phases_of_its_own() -> None:
    tip = frozen(noise_c=1.0).read(*[-140.0] * 900)
    assert [span.phase for span in tip.cycles.cycles[0].phases] == [FREEZE]
    tip = Tip(noise_c=1.0).read(*[36.0] * 900)
    assert (tip.phase, tip.cycles.cycles) == (IDLE, ())
