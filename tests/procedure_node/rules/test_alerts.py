"""Alert conditions: raised once, cleared when gone, never cleared by ignorance."""

from typing import Any

import pytest

from dosimetry_core.values import MeasurementValidity, Modality
from procedure_node.events import (
    AlertAcknowledged,
    AlertCleared,
    AlertRaised,
    LinkChanged,
    ProbeAssigned,
    ProbeReading,
    ProcedureClosed,
    RecordRejected,
    ScanRefused,
    SensorAssigned,
    TelemetryGap,
    ThermometerReading,
    TreatmentFinished,
)
from procedure_node.rules import judge


def judged(story: Any) -> Any:
    """Journals what the rules conclude now."""
    for payload in judge(story.state, story.now):
        story.tell(payload)
    return story


def present(story: Any) -> dict[str, str]:
    judged(story)
    alerts = story.state.procedure.alerts
    return {key: a.raised.priority for key, a in alerts.items() if a.present}


def connected(story: Any, link: str, role: str) -> Any:
    return story.tell(LinkChanged(link=link, role=role, state="CONNECTED", reason="hello"))


@pytest.fixture
def seeded(story: Any) -> Any:
    story.opened().drawn(L1=10.0).allocated("L1", Modality.SEEDS).reported("L1", 3)
    return story.after(minutes=1).scanned("1.1").seen("1.1", L1=3).dosed("1.1", L1=90.0)


def test_judging_twice_says_nothing_new(seeded: Any) -> None:
    assert judge(seeded.state, seeded.now)
    judged(seeded)
    assert judge(seeded.state, seeded.now) == []


def test_under_coverage_alarms_only_when_the_target_is_finished(seeded: Any) -> None:
    assert present(seeded) == {}
    seeded.tell(TreatmentFinished(lesion="L1", zone="WHOLE"))
    assert present(seeded) == {"target-under-covered:L1": "MEDIUM"}
    text = seeded.state.procedure.alerts["target-under-covered:L1"].raised.text
    assert "D90 90.0 of 110 Gy" in text


def test_under_coverage_is_resolved_by_dose_but_not_by_ignorance(seeded: Any) -> None:
    seeded.tell(TreatmentFinished(lesion="L1", zone="WHOLE"))
    assert "target-under-covered:L1" in present(seeded)

    seeded.after(minutes=1).reported("L1", 2)
    alerts = present(seeded)
    assert "target-under-covered:L1" in alerts, "not knowing must not clear it"
    assert "coverage-unknown:L1" in alerts

    seeded.after(minutes=1).scanned("1.2").seen("1.2", L1=5).dosed("1.2", L1=130.0)
    assert present(seeded) == {}
    assert not seeded.state.procedure.alerts["target-under-covered:L1"].present


def finished(story: Any) -> Any:
    return story.tell(TreatmentFinished(lesion="L1", zone="WHOLE"))


def test_a_target_that_may_not_be_covered_by_the_errors_of_its_dose_is_told(seeded: Any) -> None:
    finished(seeded).dosed("1.1", L1=120.0).banded("1.1", L1=(104.0, 190.0))
    assert present(seeded) == {"coverage-within-error:L1": "LOW"}
    text = seeded.state.procedure.alerts["coverage-within-error:L1"].raised.text
    assert "D90 120.0 Gy may be 104.0, 110 is wanted" in text
    assert seeded.state.procedure.coverage["L1"].verdict == "COVERED"

    seeded.dosed("1.1", L1=130.0)
    assert "coverage-within-error:L1" in present(seeded), "the new band is not there yet"
    seeded.banded("1.1", L1=(181.0, 200.0))
    assert present(seeded) == {}


def test_a_target_that_is_under_by_its_figure_is_under_whatever_its_band(seeded: Any) -> None:
    finished(seeded).banded("1.1", L1=(80.0, 130.0))
    assert present(seeded) == {"target-under-covered:L1": "MEDIUM"}


def test_an_organ_that_may_be_over_its_limit_is_told(seeded: Any) -> None:
    seeded.dosed("1.1", L1=120.0, GALLBLADDER=50.0).banded("1.1", GALLBLADDER=(40.0, 57.0))
    assert present(seeded) == {"organ-within-error:GALLBLADDER": "LOW"}
    text = seeded.state.procedure.alerts["organ-within-error:GALLBLADDER"].raised.text
    assert "D2cc 50.0 Gy may be 57.0, limit 55 Gy" in text

    seeded.dosed("1.1", L1=120.0, GALLBLADDER=51.0)
    assert "organ-within-error:GALLBLADDER" in present(seeded), "the new band is not there yet"
    seeded.dosed("1.1", L1=120.0, GALLBLADDER=60.0)
    assert present(seeded) == {"organ-over-limit:GALLBLADDER": "HIGH"}


def test_an_organ_over_its_limit_is_a_high_alert(seeded: Any) -> None:
    seeded.dosed("1.1", L1=120.0, GALLBLADDER=60.0)
    assert present(seeded) == {"organ-over-limit:GALLBLADDER": "HIGH"}
    text = seeded.state.procedure.alerts["organ-over-limit:GALLBLADDER"].raised.text
    assert "D2cc 60.0 Gy, limit 55 Gy" in text
    assert "D0.1cc" not in text


def test_an_organ_over_its_limit_is_not_cleared_by_a_scan_that_lacks_seeds(seeded: Any) -> None:
    seeded.dosed("1.1", L1=120.0, GALLBLADDER=60.0)
    assert "organ-over-limit:GALLBLADDER" in present(seeded)
    seeded.after(minutes=1).scanned("1.2").seen("1.2", L1=2)
    seeded.dosed("1.2", L1=120.0, GALLBLADDER=50.0)
    assert "organ-over-limit:GALLBLADDER" in present(seeded)
    seeded.seen("1.2", L1=3)
    assert "organ-over-limit:GALLBLADDER" not in present(seeded)


def test_seeds_that_differ_from_the_report_alarm(seeded: Any) -> None:
    seeded.seen("1.1", L1=2)
    assert "seed-count-mismatch:L1" in present(seeded)


def test_a_report_after_the_scan_is_no_mismatch(seeded: Any) -> None:
    seeded.after(minutes=1).reported("L1", 2)
    assert "seed-count-mismatch:L1" not in present(seeded)


def test_a_seed_away_from_every_target_alarms(seeded: Any) -> None:
    seeded.seen("1.1", L1=3, stray=1)
    assert "seed-outside-targets:scan" in present(seeded)


@pytest.fixture
def freezing(story: Any) -> Any:
    story.opened().drawn(L2=10.0).allocated("L2", Modality.CRYO)
    connected(story, "console-1", "CONSOLE")
    return story.tell(ProbeAssigned(device="console-1", probe=1, lesion="L2", zone="WHOLE"))


def test_a_freeze_that_does_not_get_cold_in_time_alarms(freezing: Any) -> None:
    freezing.read("FREEZE", [-20.0] * 59)
    assert present(freezing) == {}
    freezing.read("FREEZE", [-30.0] * 3)
    assert present(freezing) == {"freeze-too-slow:console-1/1": "MEDIUM"}
    freezing.read("FREEZE", [-120.0])
    assert present(freezing) == {}


def test_a_freeze_that_is_cut_short_alarms_until_it_is_repeated(freezing: Any) -> None:
    freezing.read("OFF", [36.0]).read("FREEZE", [-120.0] * 30).read("THAW", [-60.0])
    assert present(freezing) == {"thaw-early:console-1/1": "MEDIUM"}
    freezing.read("FREEZE", [-120.0])
    assert present(freezing) == {"thaw-too-short:L2": "MEDIUM"}


def test_a_whole_freeze_does_not_alarm(freezing: Any) -> None:
    freezing.read("FREEZE", [-120.0] * 601).read("THAW", [-60.0])
    assert present(freezing) == {}


def test_a_gap_does_not_clear_a_slow_freeze(freezing: Any) -> None:
    freezing.read("FREEZE", [-20.0] * 63)
    assert "freeze-too-slow:console-1/1" in present(freezing)
    freezing.tell(
        TelemetryGap(device="console-1", cause="SILENCE", lost_frames=None, reason="silence")
    )
    assert "freeze-too-slow:console-1/1" in present(freezing)


def therm(story: Any, temperature: float | None, validity: str = "VALID") -> Any:
    return story.tell(
        ThermometerReading(
            device="therm-1",
            sequence=len(story.events),
            channel=1,
            temperature_c=temperature,
            validity=MeasurementValidity(validity),
            reason="" if validity == "VALID" else "open wire",
        )
    )


@pytest.fixture
def at_organ(story: Any) -> Any:
    story.opened()
    connected(story, "therm-1", "THERMOMETER")
    return story.tell(SensorAssigned(device="therm-1", channel=1, structure="GALLBLADDER"))


def stays(at_organ: Any, celsius: float, validity: str = "VALID") -> dict[str, str]:
    """What is present once a temperature has lasted longer than alerts take to come and go."""
    for _ in range(3):
        judged(therm(at_organ, celsius, validity)).after(seconds=4)
    return present(therm(at_organ, celsius, validity))


def test_a_cold_organ_is_a_high_alert_that_a_broken_sensor_does_not_clear(at_organ: Any) -> None:
    assert "organ-sensor-cold:GALLBLADDER" not in present(therm(at_organ, 30.0))
    assert stays(at_organ, 8.0) == {"organ-sensor-cold:GALLBLADDER": "HIGH"}

    alerts = present(therm(at_organ, None, "INVALID"))
    assert alerts == {"organ-sensor-cold:GALLBLADDER": "HIGH", "data-stale:therm-1/1": "MEDIUM"}

    assert stays(at_organ, 22.0) == {}


def test_a_sensor_that_falls_silent_is_stale(at_organ: Any) -> None:
    assert present(therm(at_organ, 30.0)) == {}
    assert present(at_organ.after(seconds=6)) == {"data-stale:therm-1/1": "MEDIUM"}


def test_a_lost_device_gives_one_alert_not_one_for_each_sensor(at_organ: Any) -> None:
    therm(at_organ, 30.0).tell(
        LinkChanged(link="therm-1", role="THERMOMETER", state="DISCONNECTED", reason="unplugged")
    )
    assert present(at_organ.after(seconds=60)) == {"device-lost:therm-1": "MEDIUM"}
    connected(at_organ, "therm-1", "THERMOMETER")
    assert stays(at_organ, 30.0) == {}


def test_a_console_lost_while_it_freezes_is_a_high_alert(freezing: Any) -> None:
    freezing.read("FREEZE", [-120.0])
    freezing.tell(
        LinkChanged(link="console-1", role="CONSOLE", state="CONNECTING", reason="unplugged")
    )
    assert present(freezing)["device-lost:console-1"] == "HIGH"


def test_a_thermometer_lost_while_its_probe_freezes_is_a_high_alert(freezing: Any) -> None:
    freezing.tell(ProbeAssigned(device="tips", probe=1, lesion="L2", zone="WHOLE"))
    for tip_c in (20.0, -20.0, -60.0, -90.0, -120.0):
        freezing.after(seconds=1).tell(
            ProbeReading(
                device="tips",
                sequence=1,
                probe=1,
                mode=None,
                power_percent=None,
                tip_temperature_c=tip_c,
                gas_pressure_kpa=None,
                validity=MeasurementValidity.VALID,
            )
        )
    lost = LinkChanged(link="tips", role="THERMOMETER", state="CONNECTING", reason="unplugged")
    freezing.tell(lost, TelemetryGap(device="tips", cause="LINK_LOST", lost_frames=None, reason=""))
    assert present(freezing)["device-lost:tips"] == "HIGH"
    alert = freezing.state.procedure.alerts["device-lost:tips"]
    assert "Temperatures of probes, and of organs if it has any" in alert.raised.text


def test_a_refused_scan_is_told_until_a_good_one_comes(seeded: Any) -> None:
    seeded.dosed("1.1", L1=120.0)
    seeded.tell(ScanRefused(series_uid="1.9", reasons=("gantry tilt of 12 degrees",)))
    assert present(seeded) == {"scan-refused:scan": "LOW"}
    seeded.after(minutes=1).scanned("1.10").seen("1.10", L1=3).dosed("1.10", L1=120.0)
    assert present(seeded) == {}


def test_a_localiser_is_no_fault(seeded: Any) -> None:
    seeded.dosed("1.1", L1=120.0)
    reasons = ("every image is a localiser, not a slice",)
    seeded.tell(ScanRefused(series_uid="1.9", reasons=reasons, is_localiser=True))
    assert present(seeded) == {}


def test_an_alert_that_comes_again_keeps_its_past(seeded: Any) -> None:
    seeded.seen("1.1", L1=2)
    judged(seeded)
    seeded.seen("1.1", L1=3)
    judged(seeded)
    seeded.seen("1.1", L1=2)
    judged(seeded)
    procedure = seeded.state.procedure
    assert procedure.alerts["seed-count-mismatch:L1"].present
    assert [a.raised.alert_id for a in procedure.past_alerts] == ["seed-count-mismatch:L1"]


def test_after_closing_only_the_record_is_judged(seeded: Any) -> None:
    seeded.tell(TreatmentFinished(lesion="L1", zone="WHOLE"))
    judged(seeded)
    seeded.tell(ProcedureClosed(outcome="COMPLETED"))
    seeded.after(hours=2)
    assert judge(seeded.state, seeded.now) == []
    seeded.tell(RecordRejected(procedure_id="P1", reason="unknown field"))
    (alert,) = judge(seeded.state, seeded.now)
    assert isinstance(alert, AlertRaised)
    assert alert.condition == "record-rejected"


def test_cleared_alerts_say_why(seeded: Any) -> None:
    seeded.seen("1.1", L1=2)
    judged(seeded)
    seeded.seen("1.1", L1=3)
    cleared = [p for p in judge(seeded.state, seeded.now) if isinstance(p, AlertCleared)]
    assert [c.alert_id for c in cleared] == ["seed-count-mismatch:L1"]
    assert cleared[0].reason


def test_a_scan_that_is_being_analysed_is_no_alarm_for_a_while(seeded: Any) -> None:
    seeded.dosed("1.1", L1=120.0).tell(TreatmentFinished(lesion="L1", zone="WHOLE"))
    seeded.after(minutes=1).scanned("1.2")
    assert present(seeded) == {}
    assert present(seeded.after(seconds=61)) == {"coverage-unknown:L1": "LOW"}


def test_a_reading_in_doubt_raises_the_alarm_but_does_not_clear_it(at_organ: Any) -> None:
    assert "organ-sensor-cold:GALLBLADDER" in stays(at_organ, 8.0, "QUESTIONABLE")
    assert "organ-sensor-cold:GALLBLADDER" in present(therm(at_organ, 30.0, "QUESTIONABLE"))
    assert "organ-sensor-cold:GALLBLADDER" not in stays(at_organ, 30.0)


def test_an_acknowledgement_does_not_outlive_an_escalation(freezing: Any) -> None:
    lost = LinkChanged(link="console-1", role="CONSOLE", state="CONNECTING", reason="unplugged")
    judged(freezing.tell(lost))
    freezing.tell(AlertAcknowledged(alert_id="device-lost:console-1"))
    freezing.read("FREEZE", [-50.0])
    judged(freezing)
    alert = freezing.state.procedure.alerts["device-lost:console-1"]
    assert (alert.raised.priority, alert.acknowledged_by) == ("HIGH", None)


def test_readings_from_before_the_clock_was_set_back_are_stale(at_organ: Any) -> None:
    therm(at_organ, 30.0)
    at_organ.after(minutes=-5)
    assert present(at_organ) == {"data-stale:therm-1/1": "MEDIUM"}
