"""Time windows, deviations with their reasons, and a protocol changed on the way."""

from datetime import timedelta

import pytest

from dosimetry_core.values import Modality
from procedure_node.core.derive import derive
from procedure_node.events import (
    DeviationExplained,
    DeviationNoted,
    ProbeAssigned,
    ProcedureClosed,
    ProtocolChanged,
    TargetAllocated,
)
from procedure_node.protocol import UNSET, TimeWindow
from procedure_node.rules import new_deviations, step_times, window_states


def status(story, name="verification scan"):
    states = window_states(story.state.procedure, story.now)
    return next(state.status for state in states if state.window.name == name)


def noted(story):
    """Deviations as the node's core would journal them now."""
    due = [p for p in derive(story.state, story.now) if isinstance(p, DeviationNoted)]
    story.tell(*due)
    return [deviation.what for deviation in due]


@pytest.fixture
def seeded(story):
    return story.opened().drawn(L1=4.0).allocated("L1", Modality.SEEDS)


def test_a_window_waits_runs_and_is_kept(seeded):
    assert status(seeded) == "AHEAD"
    seeded.scanned("1.1").after(minutes=1).reported("L1", 12)
    assert status(seeded) == "RUNNING", "the scan before the seeds does not verify them"
    seeded.after(minutes=20).scanned("1.2")
    assert status(seeded.after(hours=1)) == "KEPT"
    assert noted(seeded) == []


def test_a_window_that_passes_is_noted_once_and_explained_by_a_person(seeded):
    seeded.reported("L1", 12).after(minutes=30)
    assert noted(seeded) == []
    (what,) = noted(seeded.after(seconds=1))
    assert what == (
        "verification scan: last scan was due within 30 min of last seeds, by 08:30:00 UTC"
    )
    assert noted(seeded.after(minutes=5)) == []
    seeded.scanned("1.2")
    assert status(seeded) == "LATE"
    seeded.tell(DeviationExplained(deviation="window:verification scan", reason="scanner restart"))
    found = seeded.state.procedure.deviations["window:verification scan"]
    assert (found.reason, found.explained_by) == ("scanner restart", "staff-7")
    assert seeded.state.procedure.audit[-1].detail == "scanner restart"


def test_a_window_of_unset_length_is_never_late(story):
    window = TimeWindow(
        name="w", starts="procedure opened", ends="procedure closed", within_minutes=UNSET
    )
    story.opened(windows=(window,)).after(hours=20)
    assert status(story, "w") == "UNSET"
    assert noted(story) == []


def test_the_last_step_of_a_window_may_be_the_closing(story):
    story.opened().after(minutes=239).tell(ProcedureClosed(outcome="COMPLETED"))
    assert status(story.after(hours=9), "length of the procedure") == "KEPT"


def test_a_proposal_that_a_person_overrides_is_a_deviation_with_its_reason(seeded):
    seeded.tell(
        TargetAllocated(
            lesion="L1",
            zone="WHOLE",
            modality=Modality.CRYO,
            reason="hydrodissection is possible",
            proposed=Modality.SEEDS,
            rule="near an organ",
            because="distance to the nearest drawn organ at risk 7.0 mm",
        )
    )
    assert noted(seeded) == ["L1 was allocated to CRYO; rule 'near an organ' proposed SEEDS"]
    (found,) = seeded.state.procedure.deviations.values()
    assert found.reason == "hydrodissection is possible"


def test_a_freeze_that_ends_early_is_a_deviation(story):
    story.opened().drawn(L2=1.0).allocated("L2", Modality.CRYO)
    story.read("OFF", [37.0] * 3).tell(
        ProbeAssigned(device="console-1", probe=1, lesion="L2", zone="WHOLE")
    )
    story.read("FREEZE", [-120.0] * 240).read("THAW", [-60.0] * 5)
    (what,) = noted(story)
    assert what.startswith("L2: freeze 1 was shorter than planned: 24")
    assert what.endswith(" s at most, 600 s wanted")


def test_another_protocol_is_a_deviation_and_is_in_force_from_then_on(seeded):
    other = seeded.protocol.model_copy(update={"version": "2"})
    seeded.tell(ProtocolChanged(protocol=other, protocol_sha256="b" * 64, reason="amendment 2"))
    procedure = seeded.state.procedure
    assert (procedure.protocol.version, procedure.protocol_sha256) == ("2", "b" * 64)
    (found,) = procedure.deviations.values()
    assert found.noted.what == (
        "the protocol was changed: demonstration version 1 gave way to demonstration version 2"
    )
    assert found.reason == "amendment 2"
    assert new_deviations(procedure, seeded.now) == ()


def test_steps_are_told_once_they_happened(seeded):
    assert set(step_times(seeded.state.procedure)) == {"procedure opened", "contours received"}
    start = seeded.now
    seeded.after(minutes=2).reported("L1", 3).after(minutes=2).reported("L1", 2)
    steps = step_times(seeded.state.procedure)
    assert steps["first seeds"] - start == timedelta(minutes=2)
    assert steps["last seeds"] - start == timedelta(minutes=4)
