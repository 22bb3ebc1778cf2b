"""Freeze-thaw cycles: what counts, what does not, and what can never be known."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosimetry_core.values import CyclePhase, MeasurementValidity
from procedure_node.cycles import FoldRules, ProbeCycles, after_gap, after_reading
from procedure_node.events import EventTime, ProbeReading

START = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
IDLE, FREEZE, UNKNOWN = CyclePhase.IDLE, CyclePhase.FREEZE, CyclePhase.UNKNOWN
PASSIVE, ACTIVE = CyclePhase.PASSIVE_THAW, CyclePhase.ACTIVE_THAW
GAP = "GAP"
RULES = FoldRules(maximum_gap_s=5.0)


def at(second: float) -> EventTime:
    return EventTime(utc=START + timedelta(seconds=second), monotonic_ns=round(second * 1e9))


def reading(mode: str, tip_c: float | None, **changes: object) -> ProbeReading:
    given: dict[str, object] = {
        "device": "console-1",
        "sequence": 0,
        "probe": 1,
        "mode": mode,
        "power_percent": 100.0,
        "tip_temperature_c": tip_c,
        "gas_pressure_kpa": None,
        "validity": MeasurementValidity.VALID,
    }
    return ProbeReading.model_validate(given | changes)


def followed(*steps: tuple[float, str] | tuple[float, str, float]) -> ProbeCycles:
    """The cycles after steps of (second, mode or GAP[, tip temperature])."""
    cycles = ProbeCycles()
    for second, mode, *tip in steps:
        if mode == GAP:
            cycles = after_gap(cycles, at(second))
        else:
            said = reading(mode, tip[0] if tip else 20.0)
            cycles = after_reading(cycles, at(second), said, RULES)
    return cycles


def every_second(mode: str, first: int, last: int, tip_c: float = 20.0):
    return [(second, mode, tip_c) for second in range(first, last + 1)]


def spans(cycles: ProbeCycles, number: int = 1) -> list[tuple[CyclePhase, float, float | None]]:
    """The phases of a cycle as (phase, from second, to second)."""
    return [
        (
            span.phase,
            (span.started - START).total_seconds(),
            (span.ended - START).total_seconds() if span.ended else None,
        )
        for span in cycles.cycles[number - 1].phases
    ]


def test_nothing_is_known_before_the_first_reading():
    assert ProbeCycles().phase is UNKNOWN
    assert after_gap(ProbeCycles(), at(1)) == ProbeCycles()


@pytest.mark.parametrize(
    ("mode", "phase"),
    [
        ("OFF", IDLE),
        ("FREEZE", FREEZE),
        ("THAW", PASSIVE),
        ("HEAT", ACTIVE),
        ("STICK", CyclePhase.STICK),
        ("TEST", CyclePhase.TEST),
    ],
)
def test_the_phase_is_what_the_console_says(mode: str, phase: CyclePhase):
    cycles = followed((1, mode))
    assert (cycles.phase, cycles.phase_since) == (phase, at(1).utc)
    assert len(cycles.cycles) == (1 if phase is FREEZE else 0)


def test_a_cycle_is_a_freeze_with_the_thaw_that_follows():
    cycles = followed(
        *every_second("OFF", 0, 2),
        *every_second("FREEZE", 3, 12),
        *every_second("THAW", 13, 20),
        *every_second("HEAT", 21, 24),
        *every_second("OFF", 25, 30),
    )
    assert spans(cycles) == [(FREEZE, 3, 13), (PASSIVE, 13, 21), (ACTIVE, 21, 25)]
    [cycle] = cycles.cycles
    assert (cycle.number, cycle.started, cycle.ended) == (1, at(3).utc, at(25).utc)
    assert (cycle.freeze_s, cycle.unknown_s) == (10.0, 0.0)
    assert (cycles.phase, cycles.phase_since) == (IDLE, at(25).utc)
    assert cycles.open_cycle is None


def test_a_freeze_after_a_thaw_is_the_next_cycle():
    cycles = followed(
        *every_second("FREEZE", 0, 9),
        *every_second("THAW", 10, 17),
        *every_second("FREEZE", 18, 20),
    )
    assert [(c.number, c.freeze_s) for c in cycles.cycles] == [(1, 10.0), (2, 2.0)]
    assert cycles.cycles[0].ended == cycles.cycles[1].started == at(18).utc
    assert cycles.open_cycle == cycles.cycles[1]


@pytest.mark.parametrize("between", ["STICK", "OFF", "TEST"])
def test_a_freeze_without_a_thaw_before_it_is_the_same_cycle(between: str):
    cycles = followed(
        *every_second("FREEZE", 0, 4),
        *every_second(between, 5, 9),
        *every_second("FREEZE", 10, 14),
        (15, "THAW"),
    )
    assert spans(cycles) == [
        (FREEZE, 0, 5),
        (cycles.cycles[0].phases[1].phase, 5, 10),
        (FREEZE, 10, 15),
        (PASSIVE, 15, None),
    ]
    assert cycles.cycles[0].freeze_s == 10.0


def test_sticking_a_probe_begins_no_cycle():
    assert followed(*every_second("STICK", 0, 60, -20.0)).cycles == ()


def test_sticking_a_probe_after_a_thaw_ends_the_cycle():
    cycles = followed((0, "FREEZE"), (1, "THAW"), (2, "STICK"))
    assert cycles.cycles[0].ended == at(2).utc


def test_a_thaw_without_a_freeze_belongs_to_no_cycle():
    cycles = followed((0, "HEAT"), (1, "HEAT"), (2, "FREEZE"))
    assert spans(cycles) == [(FREEZE, 2, None)]


def test_the_coldest_readings_are_kept_for_each_phase_and_for_the_cycle():
    cycles = followed(
        (0, "FREEZE", 10.0), (1, "FREEZE", -140.0), (2, "THAW", -120.0), (3, "THAW", -60.0)
    )
    [cycle] = cycles.cycles
    assert [span.minimum_temperature_c for span in cycle.phases] == [-140.0, -120.0]
    assert cycle.minimum_temperature_c == -140.0


def test_time_below_minus_20_and_minus_40_is_interpolated_between_readings():
    cycles = followed(
        (0, "FREEZE", 0.0),
        (4, "FREEZE", -80.0),  # crosses -20 after 1 s and -40 after 2 s
        (8, "THAW", -80.0),
        (12, "THAW", 0.0),  # crosses -40 after 2 s and -20 after 3 s
        (16, "THAW", 5.0),
    )
    [cycle] = cycles.cycles
    assert cycle.below_minus20_s == pytest.approx(3 + 4 + 3)
    assert cycle.below_minus40_s == pytest.approx(2 + 4 + 2)


def test_the_gas_pressure_is_that_of_the_first_and_latest_reading_while_freezing():
    cycles = ProbeCycles()
    for second, (mode, kpa) in enumerate(
        [("OFF", 9.0), ("FREEZE", None), ("FREEZE", 8.0), ("FREEZE", 7.0), ("HEAT", 3.0)]
    ):
        said = reading(mode, -50.0, gas_pressure_kpa=kpa)
        cycles = after_reading(cycles, at(second), said, RULES)
    [cycle] = cycles.cycles
    assert (cycle.gas_pressure_start_kpa, cycle.gas_pressure_end_kpa) == (8.0, 7.0)


class TestWhatIsNotKnown:
    def test_a_gap_is_unknown_from_the_last_reading_to_the_next(self):
        cycles = followed(
            (0, "FREEZE", -50.0), (2, "FREEZE", -50.0), (4, GAP), (6, "FREEZE", -50.0), (7, "THAW")
        )
        assert spans(cycles) == [
            (FREEZE, 0, 2),
            (UNKNOWN, 2, 6),
            (FREEZE, 6, 7),
            (PASSIVE, 7, None),
        ]
        [cycle] = cycles.cycles
        assert (cycle.freeze_s, cycle.unknown_s) == (3.0, 4.0)

    def test_a_gap_counts_as_neither_freezing_nor_cold(self):
        cycles = followed((0, "FREEZE", -50.0), (1, GAP), (2, "FREEZE", -50.0))
        [cycle] = cycles.cycles
        assert (cycle.freeze_s, cycle.below_minus20_s, cycle.below_minus40_s) == (0.0, 0.0, 0.0)
        assert cycle.unknown_s == 2.0

    def test_the_phase_is_unknown_until_the_next_valid_reading(self):
        cycles = followed((0, "THAW"), (3, GAP))
        assert (cycles.phase, cycles.phase_since) == (UNKNOWN, at(0).utc)
        assert cycles.last_temperature_c is None

    def test_unknown_time_grows_while_it_lasts(self):
        cycles = followed((0, "FREEZE"), (3, GAP), (8, GAP))
        assert cycles.cycles[0].unknown_s == 8.0
        assert spans(cycles) == [(FREEZE, 0, 0), (UNKNOWN, 0, None)]

    def test_readings_too_far_apart_leave_unknown_time(self):
        cycles = followed((0, "FREEZE"), (5, "FREEZE"), (10.5, "FREEZE"))
        assert spans(cycles) == [(FREEZE, 0, 5), (UNKNOWN, 5, 10.5), (FREEZE, 10.5, None)]

    @pytest.mark.parametrize(
        ("validity", "tip_c"),
        [
            (MeasurementValidity.INVALID, None),
            (MeasurementValidity.QUESTIONABLE, -50.0),
            (MeasurementValidity.NA, -50.0),
        ],
    )
    def test_a_reading_that_is_not_valid_leaves_unknown_time(self, validity, tip_c):
        cycles = followed((0, "FREEZE", -50.0), (1, "FREEZE", -50.0))
        doubtful = reading("FREEZE", tip_c, validity=validity)
        cycles = after_reading(cycles, at(2), doubtful, RULES)
        assert cycles.last_reading_at == at(2).utc
        cycles = after_reading(cycles, at(3), reading("FREEZE", -50.0), RULES)
        assert spans(cycles) == [(FREEZE, 0, 1), (UNKNOWN, 1, 3), (FREEZE, 3, None)]

    def test_a_first_reading_that_is_not_valid_tells_nothing(self):
        doubtful = reading("FREEZE", None, validity=MeasurementValidity.INVALID)
        cycles = after_reading(ProbeCycles(), at(0), doubtful, RULES)
        assert (cycles.phase, cycles.cycles) == (UNKNOWN, ())

    def test_a_freeze_that_comes_back_as_a_thaw_is_one_cycle(self):
        cycles = followed((0, "FREEZE"), (1, GAP), (2, "THAW"))
        assert spans(cycles) == [(FREEZE, 0, 0), (UNKNOWN, 0, 2), (PASSIVE, 2, None)]

    def test_a_freeze_that_comes_back_is_not_a_second_one(self):
        cycles = followed((0, "FREEZE"), (1, "FREEZE"), (300, GAP), (600, "FREEZE"))
        assert len(cycles.cycles) == 1

    def test_a_thaw_that_comes_back_as_a_freeze_is_the_next_cycle(self):
        cycles = followed((0, "FREEZE"), (1, "THAW"), (2, "THAW"), (3, GAP), (9, "FREEZE"))
        assert spans(cycles, 1) == [(FREEZE, 0, 1), (PASSIVE, 1, 2), (UNKNOWN, 2, 9)]
        assert spans(cycles, 2) == [(FREEZE, 9, None)]
        assert cycles.cycles[0].unknown_s == 7.0

    def test_a_gap_outside_a_cycle_is_told_by_the_phase_alone(self):
        cycles = followed((0, "OFF"), (1, GAP))
        assert (cycles.phase, cycles.cycles) == (UNKNOWN, ())

    def test_a_wall_clock_set_back_leaves_time_unknown_until_it_has_caught_up(self):
        cycles = followed(
            (100, "FREEZE"), (101, "FREEZE"), (50, "FREEZE"), (51, "FREEZE"), (103, "FREEZE")
        )
        assert spans(cycles) == [(FREEZE, 100, 101), (UNKNOWN, 101, 103), (FREEZE, 103, None)]
        assert cycles.cycles[0].freeze_s == 1.0


STEPS = st.lists(
    st.tuples(
        st.floats(0.0, 8.0),
        st.sampled_from(["OFF", "FREEZE", "FREEZE", "THAW", "HEAT", "STICK", "INVALID", GAP]),
        st.floats(-150.0, 40.0),
    ),
    max_size=60,
)


@given(STEPS)
def test_the_phases_of_every_cycle_add_up_to_all_of_its_time(
    steps: list[tuple[float, str, float]],
):
    cycles = ProbeCycles()
    second = 0.0
    for pause_s, mode, tip_c in steps:
        second += pause_s
        if mode == GAP:
            cycles = after_gap(cycles, at(second))
        elif mode == "INVALID":
            doubtful = reading("FREEZE", None, validity=MeasurementValidity.INVALID)
            cycles = after_reading(cycles, at(second), doubtful, RULES)
        else:
            cycles = after_reading(cycles, at(second), reading(mode, tip_c), RULES)

    assert ProbeCycles.model_validate_json(cycles.model_dump_json()) == cycles
    assert [cycle.number for cycle in cycles.cycles] == list(range(1, len(cycles.cycles) + 1))
    for cycle in cycles.cycles:
        now = cycle.ended or cycles.accounted_until
        assert now is not None
        assert [span.ended for span in cycle.phases[:-1]] == [
            span.started for span in cycle.phases[1:]
        ]
        lasted = [
            (span.phase, ((span.ended or now) - span.started).total_seconds())
            for span in cycle.phases
        ]
        assert all(seconds >= 0 for _, seconds in lasted)
        known_s = sum(s for phase, s in lasted if phase is not UNKNOWN)
        freeze_s = sum(s for phase, s in lasted if phase is FREEZE)
        unknown_s = sum(s for phase, s in lasted if phase is UNKNOWN)
        total_s = (now - cycle.started).total_seconds()
        assert known_s + unknown_s == pytest.approx(total_s, abs=1e-3)
        assert cycle.freeze_s == pytest.approx(freeze_s, abs=1e-3)
        assert cycle.unknown_s == pytest.approx(unknown_s, abs=1e-3)
        assert -1e-6 <= cycle.below_minus40_s <= cycle.below_minus20_s + 1e-6
        assert cycle.below_minus20_s <= known_s + 1e-3
