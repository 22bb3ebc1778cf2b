"""Cycles against the protocol's schedule: the clock, and what deviates."""

from datetime import UTC, datetime, timedelta

import pytest

from dosimetry_core.values import CyclePhase
from procedure_node.cycles import (
    FreezeThawCycle,
    NextStep,
    PhaseSpan,
    ProbeCycles,
    Schedule,
    clock_of,
    deviations,
    schedule_of,
)
from procedure_node.protocol import FreezeSchedule

START = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
WANTED = Schedule((600.0, 600.0), (480.0,))
LETTERS = {
    "F": CyclePhase.FREEZE,
    "T": CyclePhase.PASSIVE_THAW,
    "I": CyclePhase.IDLE,
    "?": CyclePhase.UNKNOWN,
}
RULES: dict[str, object] = {
    "cycles": 2,
    "freeze_minutes": 10.0,
    "thaw_minutes": 8.0,
    "tip_target_c": "unset",
    "tip_target_within_s": "unset",
    "ice_coverage_minimum_percent": "unset",
    "ice_margin_minimum_mm": "unset",
}
Told = list[tuple[str, float]]


def at(second: float) -> datetime:
    return START + timedelta(seconds=second)


def made(*cycles: Told, outside: float | None = None) -> ProbeCycles:
    """Cycles of (letter, s) spans, one after the other; the last is open unless ``outside``."""
    second = 0.0
    found: list[FreezeThawCycle] = []
    for number, told in enumerate(cycles, start=1):
        spans: list[PhaseSpan] = []
        started = second
        sums = dict.fromkeys("FTI?", 0.0)
        for letter, lasts_s in told:
            phase, begun = LETTERS[letter], second
            second += lasts_s
            sums[letter] += lasts_s
            spans.append(PhaseSpan(phase=phase, started=at(begun), ended=at(second)))
        is_open = number == len(cycles) and outside is None
        if is_open:
            spans[-1] = spans[-1].model_copy(update={"ended": None})
        found.append(
            FreezeThawCycle(
                number=number,
                started=at(started),
                ended=None if is_open else at(second),
                phases=tuple(spans),
                freeze_s=sums["F"],
                passive_thaw_s=sums["T"],
                idle_s=sums["I"],
                unknown_s=sums["?"],
            )
        )
    last = CyclePhase.IDLE if outside is not None else found[-1].phases[-1].phase
    return ProbeCycles(
        phase=last, cycles=tuple(found), accounted_until=at(second + (outside or 0.0))
    )


def test_the_schedule_of_a_protocol() -> None:
    assert schedule_of(FreezeSchedule.model_validate(RULES)) == WANTED
    some = FreezeSchedule.model_validate(RULES | {"thaw_minutes": "unset"})
    assert schedule_of(some) == Schedule((600.0, 600.0), (None,))
    assert schedule_of(FreezeSchedule.model_validate(RULES | {"cycles": "unset"})) is None


def test_each_cycle_has_its_own_times() -> None:
    rules = FreezeSchedule.model_validate(
        RULES | {"cycles": 3, "freeze_minutes": [3.0, 7.0, "unset"], "thaw_minutes": [3.0, 5.0]}
    )
    schedule = schedule_of(rules)
    assert schedule == Schedule((180.0, 420.0, None), (180.0, 300.0))
    assert rules.longest_freeze_minutes is None
    first_two: list[Told] = [[("F", 180), ("T", 180)], [("F", 60)]]
    clock = clock_of(made(*first_two), schedule, at(420))
    assert (clock.number, clock.remaining_s) == (2, 360.0)
    assert clock.next == NextStep("THAW", 2, 300.0)
    assert deviations(made(*first_two), schedule) == ()
    late = made([("F", 180), ("T", 180)], [("F", 180), ("T", 180)], [("F", 900)])
    assert [(each.kind, each.number, each.wanted_s) for each in deviations(late, schedule)] == [
        ("FREEZE_SHORT", 2, 420.0),
        ("THAW_SHORT", 2, 300.0),
    ]


def test_an_extra_freeze_is_to_last_as_the_longest() -> None:
    rules = FreezeSchedule.model_validate(RULES | {"freeze_minutes": [3.0, 7.0]})
    assert [rules.freeze_minutes_of(number) for number in (1, 2, 3)] == [3.0, 7.0, 7.0]


def test_before_the_first_freeze() -> None:
    idle = ProbeCycles(phase=CyclePhase.IDLE, accounted_until=START)
    clock = clock_of(idle, WANTED, START)
    assert (clock.step, clock.number, clock.of) == ("BEFORE", 0, 2)
    assert clock.next == NextStep("FREEZE", 1, 600.0)
    assert clock_of(ProbeCycles(), WANTED, START).step == "UNKNOWN"


def test_a_freeze_counts_down_and_goes_on_since_the_last_reading() -> None:
    clock = clock_of(made([("F", 100)]), WANTED, at(101))
    assert (clock.step, clock.elapsed_s, clock.remaining_s) == ("FREEZE", 101.0, 499.0)
    assert clock.next == NextStep("THAW", 1, 480.0)
    over = clock_of(made([("F", 700)]), WANTED, at(700))
    assert (over.remaining_s, over.elapsed_s) == (0.0, 700.0)


def test_a_gap_in_a_freeze_may_belong_to_it() -> None:
    clock = clock_of(made([("F", 100), ("?", 30), ("F", 50)]), WANTED, at(180))
    assert (clock.elapsed_s, clock.unknown_s, clock.remaining_s) == (150.0, 30.0, 450.0)


def test_what_is_not_known_now() -> None:
    clock = clock_of(made([("F", 100), ("?", 30)]), WANTED, at(130))
    assert (clock.step, clock.elapsed_s, clock.unknown_s) == ("UNKNOWN", 100.0, 30.0)


def test_a_freeze_that_is_broken_off_without_a_thaw() -> None:
    clock = clock_of(made([("F", 100), ("I", 30)]), WANTED, at(140))
    assert (clock.step, clock.remaining_s) == ("PAUSE", 500.0)


def test_a_thaw_counts_from_the_end_of_freezing() -> None:
    clock = clock_of(made([("F", 600), ("?", 20), ("T", 80)]), WANTED, at(700))
    assert (clock.step, clock.elapsed_s, clock.unknown_s) == ("THAW", 80.0, 20.0)
    assert (clock.wanted_s, clock.remaining_s) == (480.0, 400.0)
    assert clock.next == NextStep("FREEZE", 2, 600.0)
    off = clock_of(made([("F", 600), ("T", 100)], outside=50.0), WANTED, at(750))
    assert (off.step, off.elapsed_s) == ("THAW", 150.0)


def test_after_the_last_freeze_nothing_more_is_wanted() -> None:
    last = made([("F", 600), ("T", 480)], [("F", 600), ("T", 20)])
    clock = clock_of(last, WANTED, at(1700))
    assert (clock.step, clock.remaining_s, clock.next) == ("DONE", None, None)


def test_without_a_schedule_the_clock_still_runs() -> None:
    clock = clock_of(made([("F", 100)]), None, at(100))
    assert (clock.step, clock.of, clock.elapsed_s, clock.remaining_s) == ("FREEZE", None, 100, None)


@pytest.mark.parametrize(
    ("cycles", "kinds"),
    [
        ([[("F", 600), ("T", 480)], [("F", 600), ("T", 1)]], []),
        ([[("F", 571), ("T", 457)], [("F", 571), ("T", 1)]], []),
        ([[("F", 560), ("T", 480)], [("F", 600)]], ["FREEZE_SHORT"]),
        ([[("F", 560)]], []),
        ([[("F", 540), ("?", 20), ("F", 20), ("T", 1)]], []),
        ([[("F", 500), ("?", 20), ("F", 20), ("T", 1)]], ["FREEZE_SHORT"]),
        ([[("F", 640)]], ["FREEZE_LONG"]),
        ([[("F", 600), ("T", 300)], [("F", 1)]], ["THAW_SHORT"]),
        ([[("F", 600), ("?", 200), ("T", 300)], [("F", 1)]], []),
        ([[("F", 600), ("T", 480)]] * 2 + [[("F", 10)]], ["EXTRA_FREEZE"]),
        ([[("F", 100), ("T", 100)], [("F", 700)]], ["FREEZE_SHORT", "THAW_SHORT", "FREEZE_LONG"]),
    ],
)
def test_only_what_surely_deviates_is_told(cycles: list[Told], kinds: list[str]) -> None:
    assert [each.kind for each in deviations(made(*cycles), WANTED)] == kinds


def test_a_freeze_whose_start_nobody_saw_is_not_called_short() -> None:
    cycles = made([("F", 100), ("T", 1)])
    [cycle] = cycles.cycles
    for start_unknown_s, kinds in ((0.0, ["FREEZE_SHORT"]), (480.0, []), (None, [])):
        unseen = cycle.model_copy(update={"start_unknown_s": start_unknown_s})
        told = deviations(cycles.model_copy(update={"cycles": (unseen,)}), WANTED)
        assert [each.kind for each in told] == kinds


def test_nothing_deviates_from_a_schedule_that_is_unset() -> None:
    cycles = made([("F", 1), ("T", 1)], [("F", 1)])
    assert deviations(cycles, None) == ()
    assert deviations(cycles, Schedule((None, None), (None,))) == ()
