"""Courses: what a probe did when, as far as anybody knows."""

from datetime import UTC, datetime
from typing import Any

from dosimetry_core.values import CyclePhase, MeasurementValidity
from procedure_node.courses import CourseSpell
from procedure_node.events import ProbeReading, TelemetryGap

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def reading(mode: str, power: float | None = 100.0, tip_c: float = -80.0) -> ProbeReading:
    return ProbeReading(
        device="console-1",
        sequence=1,
        probe=1,
        mode=mode,
        power_percent=power,
        tip_temperature_c=tip_c,
        gas_pressure_kpa=20000.0,
        validity=MeasurementValidity.VALID,
    )


def course(story: Any) -> list[tuple[float, CyclePhase, float]]:
    spells: tuple[CourseSpell, ...] = story.state.procedure.probes["console-1/1"].course
    return [((s.since - START).total_seconds(), s.phase, s.power_percent) for s in spells]


def test_a_course_begins_with_the_first_freeze_and_keeps_what_changes(story: Any) -> None:
    story.opened().tell(reading("OFF", 0.0, 30.0)).after(seconds=1)
    story.tell(reading("FREEZE")).after(seconds=1).tell(reading("FREEZE", 98.5)).after(seconds=1)
    story.tell(reading("FREEZE", 60.0)).after(seconds=1).tell(reading("HEAT", 40.0))
    assert course(story) == [
        (1.0, CyclePhase.FREEZE, 100.0),
        (3.0, CyclePhase.FREEZE, 60.0),
        (4.0, CyclePhase.ACTIVE_THAW, 0.0),
    ]


def test_a_console_that_does_not_tell_its_power_freezes_at_full(story: Any) -> None:
    story.opened().tell(reading("FREEZE", None))
    assert course(story) == [(0.0, CyclePhase.FREEZE, 100.0)]


def test_a_gap_is_unknown_from_the_last_reading_on(story: Any) -> None:
    story.opened().tell(reading("FREEZE")).after(seconds=1).tell(reading("FREEZE"))
    story.after(seconds=3).tell(
        TelemetryGap(device="console-1", cause="SILENCE", lost_frames=None, reason="silent")
    )
    assert course(story)[1:] == [(1.0, CyclePhase.UNKNOWN, 0.0)]
    story.after(seconds=2).tell(reading("FREEZE"))
    assert course(story)[2:] == [(6.0, CyclePhase.FREEZE, 100.0)]


def test_readings_that_did_not_come_are_a_gap_even_if_nobody_told(story: Any) -> None:
    story.opened().tell(reading("FREEZE")).after(seconds=40).tell(reading("FREEZE"))
    assert course(story) == [
        (0.0, CyclePhase.FREEZE, 100.0),
        (0.0, CyclePhase.UNKNOWN, 0.0),
        (40.0, CyclePhase.FREEZE, 100.0),
    ]
