"""Probes that look right: in the published ranges, smooth, and the same at every pace."""

import pytest

from simulators.console.physics import GasSupply, OrganPhysics, ProbePhysics


class Bench:
    """One probe and its gases."""

    def __init__(self, argon_kpa: float = 31_000.0, helium_kpa: float = 16_000.0) -> None:
        self.probe = ProbePhysics()
        self.argon = GasSupply(argon_kpa, 3.5)
        self.helium = GasSupply(helium_kpa, 2.0)

    def run(self, mode: str, power: int, seconds: int, step_s: float = 1.0) -> list[float]:
        self.probe.mode, self.probe.power_percent = mode, power
        tips = []
        for _ in range(round(seconds / step_s)):
            self.probe.advance(step_s, self.argon, self.helium)
            tips.append(self.probe.tip_c)
        return tips


def test_a_freeze_reaches_minus_120_within_a_minute_and_holds_minus_140():
    tips = Bench().run("FREEZE", 100, 600)
    assert tips[9] > -100
    assert tips[59] < -120
    assert tips == sorted(tips, reverse=True)
    assert tips[-1] == pytest.approx(-140, abs=1)


def test_less_power_freezes_less():
    plateaus = [Bench().run("FREEZE", power, 300)[-1] for power in (25, 50, 100)]
    assert plateaus == sorted(plateaus, reverse=True)


def test_an_empty_bottle_freezes_less():
    assert Bench(argon_kpa=8_000).run("FREEZE", 100, 120)[-1] > -80


def test_a_passive_thaw_is_slow_and_rests_just_below_zero_while_there_is_ice():
    bench = Bench()
    bench.run("FREEZE", 100, 600)
    tips = bench.run("THAW", 0, 480)
    assert tips[59] < -20
    assert -5 < tips[-1] < 0
    assert bench.probe.ice > 0


def test_a_passive_thaw_ends_at_the_bodys_temperature():
    bench = Bench()
    bench.run("FREEZE", 100, 120)
    assert bench.run("THAW", 0, 3_000)[-1] == pytest.approx(36.5, abs=0.5)
    assert bench.probe.ice == 0


def test_an_active_thaw_is_fast_and_ends_at_most_at_plus_45():
    bench = Bench()
    bench.run("FREEZE", 100, 600)
    tips = bench.run("HEAT", 100, 120)
    assert tips[59] > 20
    assert max(tips) <= 45
    assert bench.helium.pressure_kpa < 16_000


def test_without_helium_an_active_thaw_is_a_passive_one():
    empty, passive = Bench(helium_kpa=0.0), Bench()
    for bench in (empty, passive):
        bench.run("FREEZE", 100, 60)
    assert empty.run("HEAT", 100, 60) == passive.run("THAW", 0, 60)


def test_gas_is_used_by_freezing_and_never_below_nothing():
    bench = Bench(argon_kpa=100.0)
    bench.run("OFF", 0, 60)
    assert bench.argon.pressure_kpa == 100.0
    bench.run("FREEZE", 100, 600)
    assert bench.argon.pressure_kpa == 0.0


def test_the_pace_of_the_simulator_does_not_change_the_physics():
    slow, fast = Bench(), Bench()
    assert slow.run("FREEZE", 100, 100, 0.5)[-1] == pytest.approx(
        fast.run("FREEZE", 100, 100, 20.0)[-1], abs=0.5
    )
    assert slow.probe.ice == pytest.approx(fast.probe.ice, abs=0.01)


def test_an_organ_cools_beside_ice_and_warms_without():
    organ = OrganPhysics(cooling_c=30.0)
    for _ in range(600):
        organ.advance(1.0, ice=1.0)
    assert organ.temperature_c == pytest.approx(6.5, abs=0.1)
    for _ in range(600):
        organ.advance(1.0, ice=0.0)
    assert organ.temperature_c == pytest.approx(36.5, abs=0.1)
