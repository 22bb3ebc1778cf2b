import math
from dataclasses import replace

import pytest

from dosimetry_core.bioheat import (
    Cryoprobe,
    CryoprobeModel,
    EffectiveBoundary,
    HeatSink,
    ProbeSpell,
)
from dosimetry_core.bioheat.probe import changes_between, spell_at, wall_temperature_c
from dosimetry_core.values import CyclePhase

BOUNDARY = EffectiveBoundary(1.2, -100.0, 10.0, 15.0, 20.0)
COURSE = (
    ProbeSpell(10.0, CyclePhase.FREEZE),
    ProbeSpell(110.0, CyclePhase.FREEZE, 0.5),
    ProbeSpell(210.0, CyclePhase.PASSIVE_THAW),
    ProbeSpell(310.0, CyclePhase.ACTIVE_THAW),
    ProbeSpell(410.0, CyclePhase.UNKNOWN),
    ProbeSpell(420.0, CyclePhase.FREEZE, 0.0),
)


def wall_c(at_s: float) -> float | None:
    return wall_temperature_c(BOUNDARY, COURSE, at_s, 37.0)


def test_a_wall_follows_what_the_probe_does() -> None:
    assert wall_c(5.0) is None
    assert wall_c(10.0) == pytest.approx(37.0)
    assert wall_c(30.0) == pytest.approx(-100.0 + 137.0 * math.exp(-1))
    full_c = -100.0 + 137.0 * math.exp(-5)
    half_c = 37.0 - 0.5 * 137.0
    assert wall_c(130.0) == pytest.approx(half_c + (full_c - half_c) * math.exp(-1))
    assert wall_c(250.0) is None
    assert wall_c(330.0) == pytest.approx(15.0 + 22.0 * math.exp(-1))
    assert wall_c(415.0) is None
    assert wall_c(500.0) is None
    at_once = replace(BOUNDARY, cooling_time_s=0.0)
    assert wall_temperature_c(at_once, COURSE, 10.0, 37.0) == pytest.approx(-100.0)


def test_changes_are_told_in_order_with_the_end() -> None:
    other = (ProbeSpell(50.0, CyclePhase.FREEZE), ProbeSpell(110.0, CyclePhase.IDLE))
    assert changes_between((COURSE, other), 10.0, 210.0) == [50.0, 110.0, 210.0]
    assert spell_at(COURSE, 9.0) is None
    assert spell_at(COURSE, 110.0) == COURSE[1]


def test_a_probe_of_a_kind_lies_behind_its_tip() -> None:
    probe = CryoprobeModel("kind", 20.0, 3.0, BOUNDARY).placed(
        "7", (1.0, 2.0, 3.0), (0.0, 3.0, 4.0)
    )
    assert probe.unit_towards_tip == pytest.approx([0.0, 0.6, 0.8])
    assert probe.middle_mm == pytest.approx([1.0, 2.0 - 13 * 0.6, 3.0 - 13 * 0.8])


def test_what_cannot_be_is_refused() -> None:
    for change, told in (
        ({"radius_mm": 0.0}, "radius_mm of a probe"),
        ({"freeze_c": -200.0}, "freeze_c of a probe"),
        ({"freeze_sd_c": -1.0}, "freeze_sd_c of a probe"),
        ({"active_thaw_c": -5.0}, "active_thaw_c of a probe"),
        ({"cooling_time_s": float("nan")}, "cooling_time_s of a probe"),
    ):
        with pytest.raises(ValueError, match=told):
            replace(BOUNDARY, **change)
    with pytest.raises(ValueError, match="power_w of a probe"):
        HeatSink(1.0, -1.0)
    with pytest.raises(ValueError, match="radius_mm of a probe"):
        HeatSink(50.0, 1.0)
    with pytest.raises(ValueError, match="power of a spell"):
        ProbeSpell(0.0, CyclePhase.FREEZE, 1.5)
    with pytest.raises(ValueError, match="start_s of a spell"):
        ProbeSpell(math.inf, CyclePhase.FREEZE)
    for tip, along, active_mm, behind_mm, told in (
        ((math.nan, 0, 0), (0, 0, 1), 20.0, 3.0, "must be finite"),
        ((0, 0, 0), (0, 0, 0), 20.0, 3.0, "has no length"),
        ((0, 0, 0), (0, 0, 1), 0.0, 3.0, "active_length_mm"),
        ((0, 0, 0), (0, 0, 1), 20.0, -1.0, "behind_tip_mm"),
    ):
        with pytest.raises(ValueError, match=f"probe 1: .*{told}"):
            Cryoprobe("1", tip, along, active_mm, behind_mm, BOUNDARY)
