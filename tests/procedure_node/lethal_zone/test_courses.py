"""What the model is told that probes did, where nobody heard them too."""

from datetime import UTC, datetime, timedelta

from dosimetry_core.values import CyclePhase, ZoneKind
from procedure_node.courses import CourseSpell
from procedure_node.lethal_zone.courses import Courses, courses_of
from procedure_node.lethal_zone.request import PlacedProbe
from procedure_node.lethal_zone.words import gap_words

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
FREEZE, UNKNOWN = CyclePhase.FREEZE, CyclePhase.UNKNOWN
HEAT, IDLE, THAW = CyclePhase.ACTIVE_THAW, CyclePhase.IDLE, CyclePhase.PASSIVE_THAW


def courses(*spells: tuple[float, CyclePhase], power: float = 80.0, scale: float = 1.0) -> Courses:
    probe = PlacedProbe(
        name="console-1/1",
        zone=ZoneKind.WHOLE,
        cryoprobe="IceRod",
        tip_mm=(0.0, 0.0, 0.0),
        direction=(0.0, 0.0, 1.0),
        spells=tuple(
            CourseSpell(
                since=START + timedelta(seconds=at),
                phase=phase,
                power_percent=power if phase is FREEZE else 0.0,
            )
            for at, phase in spells
        ),
    )
    return courses_of((probe,), START, scale)


def done(course: tuple) -> list[tuple[float, CyclePhase, float]]:
    (only,) = course
    return [(spell.start_s, spell.phase, spell.power) for spell in only]


def test_what_was_heard_is_the_same_in_all_three() -> None:
    heard = courses((0, FREEZE), (600, THAW), (700, HEAT), (800, IDLE))
    assert heard.all_is_known
    assert done(heard.likely) == [
        (0.0, FREEZE, 0.8),
        (600.0, IDLE, 0.0),
        (700.0, HEAT, 0.0),
        (800.0, IDLE, 0.0),
    ]


def test_between_two_freezes_it_may_have_frozen_or_thawed() -> None:
    heard = courses((0, FREEZE), (100, UNKNOWN), (130, FREEZE))
    assert done(heard.likely)[1] == (100.0, FREEZE, 0.8)
    assert done(heard.least)[1] == (100.0, HEAT, 0.0)
    assert done(heard.most)[1] == (100.0, FREEZE, 1.0)
    assert heard.unknown_s(600.0) == 30.0


def test_a_freeze_that_ended_unseen_may_have_ended_at_once_or_late() -> None:
    heard = courses((0, FREEZE), (100, UNKNOWN), (130, THAW))
    assert done(heard.likely)[1] == (100.0, IDLE, 0.0)
    assert done(heard.most)[1] == (100.0, FREEZE, 1.0)


def test_a_freeze_that_began_unseen_may_have_begun_at_once() -> None:
    heard = courses((0, FREEZE), (100, IDLE), (200, UNKNOWN), (230, FREEZE))
    assert done(heard.most)[2] == (200.0, FREEZE, 1.0)
    assert done(heard.likely)[2] == (200.0, IDLE, 0.0)


def test_a_probe_that_is_idle_before_and_after_was_idle() -> None:
    assert courses((0, FREEZE), (100, IDLE), (200, UNKNOWN), (900, IDLE)).all_is_known


def test_when_a_gap_ends_its_past_may_change_and_only_that() -> None:
    silent = courses((0, FREEZE), (100, UNKNOWN))
    ended = courses((0, FREEZE), (100, UNKNOWN), (130, THAW))
    went_on = courses((0, FREEZE), (100, UNKNOWN), (130, FREEZE))
    assert done(silent.likely)[1] == (100.0, FREEZE, 0.8)
    assert silent.agrees(went_on, 120.0)
    assert silent.agrees(ended, 100.0)
    assert not silent.agrees(ended, 120.0)


def test_gaps_are_told_in_the_clocks_time() -> None:
    heard = courses((0, FREEZE), (10, UNKNOWN), (14, FREEZE), (20, UNKNOWN), scale=10.0)
    assert done(heard.likely)[1][0] == 100.0
    (words,) = gap_words(heard.gaps, 10.0)
    assert "no readings of it for 4 s, it is not heard now" in words
