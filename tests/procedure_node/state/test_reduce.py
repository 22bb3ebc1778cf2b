"""Reducers: what a restart, simulated data and other procedures do to the state."""

from typing import Any

from dosimetry_core.values import CyclePhase, GenerationMode, Modality
from procedure_node.events import (
    AnalysisFailed,
    Event,
    EventTime,
    LinkChanged,
    NodeStarted,
    NodeStopped,
    Originator,
    ProbeAssigned,
    ScanReceived,
    SeedsFound,
    TelemetryGap,
)
from procedure_node.state import NodeState, reduce

STARTED = NodeStarted(session=2, software_version="0.1", room="CT1", settings_sha256="0" * 64)


def test_a_restart_forgets_links_and_leaves_a_gap_in_every_cycle(story: Any) -> None:
    story.opened().tell(LinkChanged(link="pacs", role="PACS", state="CONNECTED", reason="yes"))
    story.read("FREEZE", [-50.0, -100.0])
    assert story.state.procedure.probes["console-1/1"].cycles.phase is CyclePhase.FREEZE
    story.after(minutes=1).tell(STARTED)
    assert story.state.links == {}
    assert story.state.running
    cycles = story.state.procedure.probes["console-1/1"].cycles
    assert cycles.phase is CyclePhase.UNKNOWN
    story.tell(NodeStopped(reason="told to"))
    assert not story.state.running


def test_simulated_data_marks_a_real_procedure_for_good(story: Any) -> None:
    story.opened()
    assert story.state.procedure.mode is GenerationMode.REAL
    reading = story.read("FREEZE", [-50.0]).events[-1].payload
    story.tell(reading, mode=GenerationMode.DEMO)
    assert story.state.procedure.mode is GenerationMode.DEMO
    story.read("FREEZE", [-60.0])
    assert story.state.procedure.mode is GenerationMode.DEMO


def test_events_of_another_procedure_change_nothing_of_this_one(story: Any) -> None:
    story.opened().drawn(L1=10.0)
    before = story.state.procedure
    stranger = Event(
        time=EventTime(utc=story.now, monotonic_ns=0),
        originator=Originator(kind="PERSON", name="staff-7"),
        mode=GenerationMode.REAL,
        procedure_id="P0",
        payload=SeedsFound(series_uid="1.1", seeds=()),
    )
    assert reduce(story.state, stranger).procedure == before


def test_a_new_procedure_starts_from_nothing(story: Any) -> None:
    story.opened().drawn(L1=10.0).allocated("L1", Modality.SEEDS).scanned("1.1")
    story.opened()
    assert story.state.procedure.scans == {}
    assert story.state.procedure.allocations == {}


def test_images_that_come_late_make_a_scan_new_again(story: Any) -> None:
    story.opened().drawn(L1=10.0).allocated("L1", Modality.SEEDS)
    story.scanned("1.1").seen("1.1", L1=1).dosed("1.1", L1=120.0)
    received = story.state.procedure.scans["1.1"].received
    story.tell(received.model_copy(update={"image_count": 45, "content_sha256": "b" * 64}))
    scan = story.state.procedure.scans["1.1"]
    assert isinstance(scan.received, ScanReceived)
    assert (scan.seeds, scan.dose, scan.status) == (None, None, "RECEIVED")


def test_a_failed_step_takes_its_old_result_with_it_until_it_succeeds(story: Any) -> None:
    story.opened().scanned("1.1").seen("1.1", L1=1).dosed("1.1", L1=120.0)
    story.tell(AnalysisFailed(series_uid="1.1", step="DOSE", reason="no batch"))
    scan = story.state.procedure.scans["1.1"]
    assert scan.dose is None
    assert scan.failures == {"DOSE": "no batch"}
    story.dosed("1.1", L1=100.0)
    scan = story.state.procedure.scans["1.1"]
    assert scan.dose is not None
    assert scan.failures == {}


def test_a_gap_breaks_the_curve_of_its_device_only(story: Any) -> None:
    story.opened().read("FREEZE", [-50.0])
    story.tell(TelemetryGap(device="other", cause="SILENCE", lost_frames=None, reason="x"))
    curve = story.state.procedure.probes["console-1/1"].curve
    assert [p.temperature_c for p in curve.points()] == [-50.0]
    story.tell(TelemetryGap(device="console-1", cause="SILENCE", lost_frames=None, reason="x"))
    curve = story.state.procedure.probes["console-1/1"].curve
    assert [p.temperature_c for p in curve.points()] == [-50.0, None]


def test_a_probe_that_was_heard_before_it_is_assigned_keeps_its_cycles(story: Any) -> None:
    story.opened().read("FREEZE", [-50.0, -60.0])
    story.tell(ProbeAssigned(device="console-1", probe=1, lesion="L1", zone="WHOLE"))
    probe = story.state.procedure.probes["console-1/1"]
    assert (probe.lesion, len(probe.cycles.cycles)) == ("L1", 1)


def test_a_state_is_never_changed_in_place(story: Any) -> None:
    story.opened()
    before = story.state
    text = before.model_dump_json()
    story.drawn(L1=10.0).allocated("L1", Modality.SEEDS).scanned("1.1").read("FREEZE", [-1.0])
    assert before.model_dump_json() == text
    assert NodeState().model_dump_json() == NodeState().model_dump_json()
