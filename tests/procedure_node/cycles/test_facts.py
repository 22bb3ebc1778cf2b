"""Facts of a cycle: power, cooling, cold, thaw, gas, and how much of them is known."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosimetry_core.values import CyclePhase, MeasurementValidity
from procedure_node.cycles import FoldRules, ProbeCycles, after_gap, after_reading
from procedure_node.events import EventTime, ProbeReading

START = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
RULES = FoldRules(maximum_gap_s=5.0, limits_c=(-20.0, -40.0, -100.0))


def at(second: float) -> EventTime:
    return EventTime(utc=START + timedelta(seconds=second), monotonic_ns=round(second * 1e9))


def reading(mode: str | None, tip_c: float | None, **changes: object) -> ProbeReading:
    given: dict[str, object] = {
        "device": "console-1",
        "sequence": 0,
        "probe": 1,
        "mode": mode,
        "power_percent": None if mode is None else 100.0,
        "tip_temperature_c": tip_c,
        "gas_pressure_kpa": None,
        "validity": MeasurementValidity.VALID,
    }
    return ProbeReading.model_validate(given | changes)


def followed(*steps: tuple[float, str, float]) -> ProbeCycles:
    cycles = ProbeCycles()
    for second, mode, tip_c in steps:
        if mode == "GAP":
            cycles = after_gap(cycles, at(second))
        else:
            cycles = after_reading(cycles, at(second), reading(mode, tip_c), RULES)
    return cycles


FALL = ((0, "OFF", 36.0), (2, "FREEZE", 20.0), (6, "FREEZE", -60.0), (10, "FREEZE", -140.0))


def test_the_time_to_each_limit_counts_from_the_start_of_freezing():
    [cycle] = followed(*FALL).cycles
    assert [(b.limit_c, b.after_s, b.exact) for b in cycle.times_below] == [
        (-20.0, 2.0, True),
        (-40.0, 3.0, True),
        (-100.0, 6.0, True),
    ]
    assert [b.known_s for b in cycle.times_below] == pytest.approx([6.0, 5.0, 2.0])


def test_the_cooling_rate_is_the_mean_fall_to_minus_40():
    [cycle] = followed(*FALL).cycles
    assert cycle.cooling_c_per_min == pytest.approx((20 + 40) / 3 * 60)


@pytest.mark.parametrize(
    "steps",
    [
        ((0, "FREEZE", 20.0), (4, "FREEZE", -60.0)),
        ((0, "OFF", 36.0), (1, "FREEZE", -50.0), (2, "FREEZE", -60.0)),
        ((0, "OFF", 36.0), (1, "FREEZE", 10.0), (2, "GAP", 0.0), (3, "FREEZE", -60.0)),
        ((0, "OFF", 36.0), (1, "FREEZE", 10.0), (2, "FREEZE", -30.0)),
    ],
    ids=["start not watched", "started below", "gap in the fall", "never there"],
)
def test_a_fall_that_was_not_watched_has_no_rate(steps: tuple[tuple[float, str, float], ...]):
    [cycle] = followed(*steps).cycles
    assert cycle.cooling_c_per_min is None


def test_a_limit_that_is_met_after_a_gap_was_met_then_at_most():
    [cycle] = followed(
        (0, "OFF", 36.0), (1, "FREEZE", 20.0), (3, "GAP", 0.0), (4, "FREEZE", -50.0)
    ).cycles
    below = {b.limit_c: (b.after_s, b.exact) for b in cycle.times_below}
    assert below == {-20.0: (3.0, False), -40.0: (3.0, False), -100.0: (None, False)}


def test_how_early_a_freeze_began_unseen():
    assert followed((0, "FREEZE", 10.0)).cycles[0].start_unknown_s is None
    assert followed((0, "OFF", 10.0), (1, "FREEZE", 10.0)).cycles[0].start_unknown_s == 0.0
    gap = followed((0, "OFF", 36.0), (1, "GAP", 0.0), (4, "FREEZE", 10.0))
    assert gap.cycles[0].start_unknown_s == 4.0
    assert gap.outside_unknown_s == 4.0


def test_power_is_the_mean_over_time_of_what_was_told():
    cycles = ProbeCycles()
    for second, percent in ((0, 0.0), (1, 100.0), (4, 40.0), (6, None), (8, None)):
        mode = "OFF" if second == 0 else "FREEZE"
        told = reading(mode, -50.0, power_percent=percent)
        cycles = after_reading(cycles, at(second), told, RULES)
    [span] = cycles.cycles[0].phases
    assert (span.power_known_s, span.mean_power_percent) == (5.0, (3 * 100 + 2 * 40) / 5)


def test_how_far_a_thaw_came_before_the_next_freeze():
    cycles = followed(
        *FALL,
        (12, "THAW", -60.0),
        (15, "THAW", -1.0),
        (18, "HEAT", 0.0),
        (20, "HEAT", 25.0),
        (21, "FREEZE", 24.0),
        (22, "THAW", -5.0),
        (23, "OFF", -5.0),
    )
    first, second = cycles.cycles
    assert first.thawed_at == (at(18).utc, at(20).utc)
    assert (first.warmest_thaw_c, second.warmest_thaw_c) == (25.0, -5.0)
    assert second.thawed_at == (None, None)
    assert (first.passive_thaw_s, first.active_thaw_s) == (6.0, 3.0)


def test_the_known_share_of_a_cycle():
    [cycle] = followed(
        (0, "OFF", 36.0), (1, "FREEZE", 0.0), (4, "FREEZE", -60.0), (5, "GAP", 0.0), (7, "THAW", 0)
    ).cycles
    assert (cycle.freeze_s, cycle.unknown_s, cycle.known_share) == (3.0, 3.0, 0.5)


def test_gas_pressures_are_kept_now_and_then_for_one_freeze():
    cycles = ProbeCycles()
    for second in range(400):
        told = reading("FREEZE", -100.0, gas_pressure_kpa=20000.0 - second)
        cycles = after_reading(cycles, at(second), told, RULES)
    assert len(cycles.gas) == 19
    assert cycles.gas[-1][1] == 20000.0 - 390
    cycles = after_reading(cycles, at(400), reading("THAW", -100.0), RULES)
    assert cycles.gas == ()


MODES = [None, "OFF", "FREEZE", "FREEZE", "THAW", "HEAT", "STICK", "TEST", "BAD", "GAP"]
STREAM = st.lists(
    st.tuples(
        st.floats(-2.0, 8.0),
        st.sampled_from(MODES),
        st.floats(-200.0, 60.0),
        st.one_of(st.none(), st.floats(0.0, 40000.0)),
        st.one_of(st.none(), st.floats(0.0, 100.0)),
    ),
    max_size=80,
)


@given(STREAM)
def test_sums_of_any_stream_are_its_time_and_say_how_much_is_known(
    stream: list[tuple[float, str | None, float, float | None, float | None]],
):
    """Readings in any order of modes, with gaps, bad values and a clock that goes back."""
    cycles, second = ProbeCycles(), 100.0
    for pause_s, mode, tip_c, pressure_kpa, percent in stream:
        second += pause_s
        if mode == "GAP":
            cycles = after_gap(cycles, at(second))
            continue
        bad = mode == "BAD"
        told = reading(
            "FREEZE" if bad else mode,
            None if bad else tip_c,
            validity=MeasurementValidity.INVALID if bad else MeasurementValidity.VALID,
            gas_pressure_kpa=pressure_kpa,
            power_percent=percent,
        )
        cycles = after_reading(cycles, at(second), told, RULES)
    assert ProbeCycles.model_validate_json(cycles.model_dump_json()) == cycles
    for cycle in cycles.cycles:
        until = cycle.ended or cycles.accounted_until
        assert until is not None
        lasted_s = (until - cycle.started).total_seconds()
        known = (cycle.freeze_s, cycle.passive_thaw_s, cycle.active_thaw_s, cycle.idle_s)
        assert sum(known) + cycle.unknown_s == pytest.approx(lasted_s, abs=1e-3)
        assert 0.0 <= cycle.known_share <= 1.0
        unknown_spans_s = sum(
            ((span.ended or until) - span.started).total_seconds()
            for span in cycle.phases
            if span.phase is CyclePhase.UNKNOWN
        )
        assert cycle.unknown_s == pytest.approx(unknown_spans_s, abs=1e-3)
        for below in cycle.times_below:
            assert -1e-6 <= below.known_s <= sum(known) + 1e-3
            assert below.after_s is None or 0.0 <= below.after_s <= lasted_s + 1e-3
            assert below.after_s is not None or not below.exact
        for span in cycle.phases:
            assert span.power_known_s <= lasted_s + 1e-3
            assert span.mean_power_percent is None or 0 <= span.mean_power_percent <= 100.001
