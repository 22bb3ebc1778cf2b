"""Signals are derived from state and time: on, latched, acknowledged, off; paused or heard."""

from datetime import timedelta
from typing import Any

import pytest

from procedure_node.alarms import pause_left_s, signal_of, sounding_priority
from procedure_node.events import (
    AlarmsPaused,
    AlarmsResumed,
    AlertAcknowledged,
    AlertCleared,
    AlertEscalated,
    SoundChecked,
)
from procedure_node.rules.conditions import present

COLD, LOST, LOW = (
    present("organ-sensor-cold", "GALLBLADDER", text="cold").alert,
    present("device-lost", "therm-1", text="lost").alert,
    present("needle-count-mismatch", "L1 N1", text="mismatch").alert,
)


def signal(story: Any, alert_id: str) -> Any:
    procedure = story.state.procedure
    return signal_of(procedure.alerts[alert_id], procedure.alarm_pause, story.now)


def heard(story: Any) -> str | None:
    procedure = story.state.procedure
    return sounding_priority(procedure.alerts.values(), procedure.alarm_pause, story.now)


@pytest.fixture
def alarmed(story: Any) -> Any:
    return story.opened().tell(COLD, LOST, LOW)


def test_a_new_alarm_is_on_flashes_and_sounds(alarmed: Any) -> None:
    told = signal(alarmed, COLD.alert_id)
    assert (told.presence, told.flashes, told.sounds, told.is_escalated) == (
        "ON",
        True,
        True,
        False,
    )
    assert not signal(alarmed, LOW.alert_id).flashes, "low is a constant light"
    assert heard(alarmed) == "HIGH"


def test_an_acknowledged_alarm_neither_flashes_nor_sounds_and_stays(alarmed: Any) -> None:
    alarmed.tell(AlertAcknowledged(alert_id=COLD.alert_id))
    told = signal(alarmed, COLD.alert_id)
    assert (told.presence, told.flashes, told.sounds) == ("ACKNOWLEDGED", False, False)
    assert heard(alarmed) == "MEDIUM"


def test_a_latching_alarm_stays_until_it_is_acknowledged_and_others_do_not(alarmed: Any) -> None:
    for alert in (COLD, LOST):
        alarmed.tell(AlertCleared(alert_id=alert.alert_id, reason="gone"))
    assert signal(alarmed, COLD.alert_id).presence == "LATCHED"
    assert signal(alarmed, COLD.alert_id).sounds
    assert signal(alarmed, LOST.alert_id).presence == "OFF"
    alarmed.tell(AlertAcknowledged(alert_id=COLD.alert_id))
    assert signal(alarmed, COLD.alert_id).presence == "OFF"


def test_a_pause_is_for_the_alarms_that_are_there_and_ends_by_itself(alarmed: Any) -> None:
    alarmed.after(seconds=1).tell(AlarmsPaused(seconds=60, reason="talking to the patient"))
    assert heard(alarmed) is None
    assert signal(alarmed, COLD.alert_id).flashes, "only the sound is paused"
    alarmed.after(seconds=10)
    assert pause_left_s(alarmed.state.procedure.alarm_pause, alarmed.now) == 50.0
    new = present("seed-lost", "4", text="lost").alert
    alarmed.tell(new)
    assert heard(alarmed) == "MEDIUM", "a later one is heard"
    alarmed.after(seconds=50)
    assert heard(alarmed) == "HIGH"
    assert pause_left_s(alarmed.state.procedure.alarm_pause, alarmed.now) == 0.0


def test_a_pause_can_be_ended(alarmed: Any) -> None:
    alarmed.after(seconds=1).tell(AlarmsPaused(seconds=60, reason=""), AlarmsResumed())
    assert heard(alarmed) == "HIGH"


def test_who_paused_resumed_and_checked_is_in_the_audit(alarmed: Any) -> None:
    alarmed.tell(
        AlarmsPaused(seconds=60, reason="talking"),
        AlarmsResumed(),
        SoundChecked(heard=True),
        AlertAcknowledged(alert_id=COLD.alert_id, reason="warming it"),
    )
    last = alarmed.state.procedure.audit[-4:]
    assert [(entry.act, entry.by, entry.detail) for entry in last] == [
        ("alarms-paused", "staff-7", "talking"),
        ("alarms-resumed", "staff-7", ""),
        ("sound-checked", "staff-7", "heard"),
        ("alert-acknowledged", "staff-7", "warming it"),
    ]
    assert alarmed.state.procedure.sound_checked_at == alarmed.now


def test_a_sound_that_was_not_heard_is_not_checked(alarmed: Any) -> None:
    alarmed.tell(SoundChecked(heard=True), SoundChecked(heard=False))
    assert alarmed.state.procedure.sound_checked_at is None


def test_a_consequence_has_no_signal_of_its_own(alarmed: Any) -> None:
    follows = LOST.model_copy(update={"caused_by": "device-lost:hub"})
    alarmed.tell(follows)
    told = signal(alarmed, LOST.alert_id)
    assert (told.presence, told.flashes, told.sounds) == ("OFF", False, False)


def test_an_escalated_alarm_is_so_until_it_is_acknowledged(alarmed: Any) -> None:
    alarmed.after(seconds=60).tell(AlertEscalated(alert_id=COLD.alert_id, after_s=60.0))
    assert signal(alarmed, COLD.alert_id).is_escalated
    alarmed.tell(AlertAcknowledged(alert_id=COLD.alert_id))
    assert not signal(alarmed, COLD.alert_id).is_escalated


def test_a_second_occurrence_begins_anew(alarmed: Any) -> None:
    alarmed.tell(
        AlertEscalated(alert_id=COLD.alert_id, after_s=60.0),
        AlertAcknowledged(alert_id=COLD.alert_id),
        AlertCleared(alert_id=COLD.alert_id, reason="gone"),
    )
    alarmed.after(minutes=1).tell(COLD)
    told = signal(alarmed, COLD.alert_id)
    assert (told.presence, told.is_escalated) == ("ON", False)
    assert alarmed.now - alarmed.state.procedure.alerts[COLD.alert_id].raised_at == timedelta(0)
