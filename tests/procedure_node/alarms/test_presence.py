"""Delays, causes and escalation: from what is wrong to what is told, by a clock of the test's."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from procedure_node.alarms import CONDITIONS, CONSEQUENCES, with_causes
from procedure_node.events import (
    AlertAcknowledged,
    AlertCleared,
    AlertDelayEnded,
    AlertDelayStarted,
    AlertEscalated,
    AlertRaised,
    LinkChanged,
    SensorAssigned,
)
from procedure_node.rules import judge
from procedure_node.rules.conditions import present
from procedure_node.rules.presence import alert_changes
from procedure_node.state import ProcedureState

ORGAN = "organ-sensor-cold:GALLBLADDER"


def cold(text: str = "cold") -> Any:
    return present("organ-sensor-cold", "GALLBLADDER", text=text)


def over(text: str = "over") -> Any:
    return present("organ-over-limit", "GALLBLADDER", text=text)


OVER = "organ-over-limit:GALLBLADDER"


def chilled(story: Any) -> Any:
    """A procedure in which the cold organ is told."""
    changes(story.opened(), cold())
    assert kinds(changes(story.after(seconds=3), cold())) == ["alert-raised"]
    return story


def changes(story: Any, *findings: Any) -> list[Any]:
    """What the findings change now, journalled."""
    told = list(alert_changes(story.state.procedure, iter(findings), story.now))
    story.tell(*told)
    again = list(alert_changes(story.state.procedure, iter(findings), story.now))
    assert again == [], "said once is enough"
    return told


def kinds(told: list[Any]) -> list[str]:
    return [payload.kind for payload in told]


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A condition that must last 5 s before it is told."""
    patched = {**CONDITIONS, "thaw-early": replace(CONDITIONS["thaw-early"], raise_after_s=5.0)}
    monkeypatch.setattr("procedure_node.alarms.registry.CONDITIONS", patched)


def test_a_condition_without_a_delay_is_told_at_once(story: Any) -> None:
    assert kinds(changes(story.opened(), over())) == ["alert-raised"]


def test_it_is_gone_only_when_it_stays_away(story: Any) -> None:
    chilled(story)
    assert changes(story) == [AlertDelayStarted(alert_id=ORGAN, towards="ABSENT")]
    assert story.state.procedure.alerts[ORGAN].present
    assert changes(story.after(seconds=2)) == []
    assert changes(story, cold()) == [AlertDelayEnded(alert_id=ORGAN)]
    assert kinds(changes(story.after(seconds=2))) == ["alert-delay-started"]
    (cleared,) = changes(story.after(seconds=3))
    assert isinstance(cleared, AlertCleared)
    assert story.state.procedure.alert_delays == {}


def test_a_flicker_raises_no_second_alarm(story: Any) -> None:
    told: list[Any] = []
    chilled(story)
    for _ in range(20):
        told += changes(story.after(seconds=1))
        told += changes(story.after(seconds=1), cold())
    assert sum(isinstance(t, AlertRaised) for t in told) == 0
    assert not any(isinstance(t, AlertCleared) for t in told)


@pytest.mark.usefixtures("slow")
def test_a_condition_with_a_delay_is_told_when_it_has_lasted(story: Any) -> None:
    thaw = present("thaw-early", "console-1/1", text="thawed")
    begun = changes(story.opened(), thaw)
    assert begun == [AlertDelayStarted(alert_id="thaw-early:console-1/1", towards="PRESENT")]
    assert story.state.procedure.alerts == {}
    assert changes(story.after(seconds=4), thaw) == []
    assert kinds(changes(story)) == ["alert-delay-ended"], "it went away: nothing is told"
    changes(story.after(seconds=1), thaw)
    assert kinds(changes(story.after(seconds=5), thaw)) == ["alert-raised"]
    assert story.state.procedure.alert_delays == {}


def test_a_high_alarm_that_nobody_acknowledges_is_escalated_once(story: Any) -> None:
    changes(story.opened(), over())
    assert changes(story.after(seconds=59), over()) == []
    (escalated,) = changes(story.after(seconds=1), over())
    assert escalated == AlertEscalated(alert_id=OVER, after_s=60.0)
    assert changes(story.after(seconds=600), over()) == []
    assert story.state.procedure.alerts[OVER].escalated_at is not None


def test_an_acknowledged_alarm_is_not_escalated(story: Any) -> None:
    changes(story.opened(), over())
    story.tell(AlertAcknowledged(alert_id=OVER, reason="seen, warming it"))
    assert changes(story.after(seconds=600), over()) == []
    alert = story.state.procedure.alerts[OVER]
    assert (alert.acknowledged_by, alert.acknowledged_reason) == ("staff-7", "seen, warming it")


def test_a_medium_alarm_is_never_escalated(story: Any) -> None:
    lost = present("device-lost", "therm-1", text="lost")
    changes(story.opened(), lost)
    assert changes(story.after(hours=1), lost) == []


def raised(alert_id: str) -> tuple[str, AlertRaised]:
    condition, _, subject = alert_id.partition(":")
    return alert_id, present(condition, subject, text="x").alert


def causes(*alert_ids: str) -> dict[str, str | None]:
    found = with_causes(dict(raised(one) for one in alert_ids))
    return {key: alert.caused_by for key, alert in found.items()}


@pytest.mark.parametrize(
    ("cause", "effects"),
    [
        ("device-lost:therm-1", ["data-stale:therm-1/1", "device-lost:part serial therm-1"]),
        ("device-lost:pacs", ["device-lost:part study watch", "coverage-unknown:L1"]),
        ("device-lost:broker", ["device-lost:part mqtt"]),
        ("device-lost:edc", ["device-lost:part edc"]),
        ("device-lost:part display", ["device-lost:display"]),
        ("analysis-failed:scan", ["coverage-unknown:L1", "coverage-unknown:L3/CORE"]),
        ("structures-refused:structures", ["planning-ct-missing:structures"]),
        ("registration-failed:L3", ["coverage-unknown:L3/CORE"]),
    ],
)
def test_one_cause_gives_one_alarm(cause: str, effects: list[str]) -> None:
    assert causes(cause, *effects) == {cause: None, **dict.fromkeys(effects, cause)}


def test_an_effect_of_one_device_is_not_laid_to_another() -> None:
    found = causes("device-lost:therm-1", "data-stale:therm-2/1", "data-stale:therm-11/1")
    assert set(found.values()) == {None}


def test_a_chain_leads_to_its_beginning() -> None:
    found = causes("coverage-unknown:L1", "planning-ct-missing:structures", "analysis-failed:scan")
    assert found["coverage-unknown:L1"] == "analysis-failed:scan"
    assert found["planning-ct-missing:structures"] == "analysis-failed:scan"


def test_what_is_wrong_with_the_patient_is_never_a_mere_consequence() -> None:
    every = causes(*(f"{condition}:L1" for condition in CONDITIONS), "device-lost:pacs")
    patient = {c.id for c in CONDITIONS.values() if c.kind == "PHYSIOLOGICAL"}
    assert patient
    for alert_id, cause in every.items():
        assert cause is None or alert_id.partition(":")[0] not in patient


def test_every_pair_of_the_table_speaks_of_registered_conditions() -> None:
    for one in CONSEQUENCES:
        for pattern in (one.cause, one.effect):
            assert any(name in pattern for name in CONDITIONS), pattern
        assert one.why


def test_a_lost_thermometer_makes_its_silence_a_consequence_until_it_is_back(story: Any) -> None:
    """The link is told lost after the readings have fallen silent, and works again before them."""

    def judged(at: datetime) -> ProcedureState:
        story.tell(*judge(story.state, at))
        return story.state.procedure

    story.opened().tell(SensorAssigned(device="therm-1", channel=1, structure="GALLBLADDER"))
    story.tell(LinkChanged(link="therm-1", role="THERMOMETER", state="CONNECTED", reason="hello"))
    stale = "data-stale:therm-1/1"
    assert judged(story.now).alerts[stale].raised.caused_by is None
    lost = LinkChanged(link="therm-1", role="THERMOMETER", state="DISCONNECTED", reason="unplugged")
    story.after(seconds=1).tell(lost)
    alerts = judged(story.now).alerts
    assert alerts["device-lost:therm-1"].present
    assert alerts[stale].raised.caused_by == "device-lost:therm-1"
