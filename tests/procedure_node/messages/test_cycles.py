"""What is published of a lesion's cycles."""

from typing import Any

from dosimetry_core.values import GenerationMode
from procedure_node.events import ProbeAssigned
from procedure_node.messages import heartbeat, messages_for
from procedure_node.protocol import load_protocol
from tests.procedure_node.conftest import PROTOCOLS, Story

TOPIC = "procedure-node/CT-1/P1/lesion/L2/cycle"


def told() -> Story:
    story = Story(load_protocol(PROTOCOLS / "demonstration.toml"))
    story.state = story.state.model_copy(update={"room": "CT-1"})
    story.opened().tell(ProbeAssigned(device="console-1", probe=1, lesion="L2", zone="WHOLE"))
    return story.read("OFF", [36.0])


def published(story: Story) -> dict[str, Any]:
    messages = heartbeat(story.state, story.now, 1, GenerationMode.REAL)
    return next(message.body for message in messages if message.topic == TOPIC)


def test_a_lesions_clock_cycles_and_deviations_are_told() -> None:
    story = told().read("FREEZE", [-120.0] * 300).read("THAW", [-10.0] * 100)
    body = published(story.read("FREEZE", [-120.0] * 61))
    assert (body["kind"], body["lesion"], body["phase"]) == ("lesion-cycle", "L2", "FREEZE")
    clock = body["clock"]
    assert (clock["step"], clock["number"], clock["of"]) == ("FREEZE", 2, 2)
    assert (clock["elapsed_s"], clock["remaining_s"]) == (60.0, 540.0)
    assert clock["next"] == {"kind": "DONE", "number": 2, "wanted_s": None}
    assert [each["freeze_s"] for each in body["cycles"]] == [300.0, 60.0]
    assert [each["deviation"] for each in body["deviations"]] == ["FREEZE_SHORT", "THAW_SHORT"]


def test_a_start_that_nobody_saw_has_no_number() -> None:
    story = Story(load_protocol(PROTOCOLS / "demonstration.toml"))
    story.state = story.state.model_copy(update={"room": "CT-1"})
    story.opened().tell(ProbeAssigned(device="console-1", probe=1, lesion="L2", zone="WHOLE"))
    body = published(story.read("FREEZE", [-120.0] * 640))
    assert body["cycles"][0]["start_unknown_s"] is None
    assert [each["unknown_s"] for each in body["deviations"]] == [None]


def test_it_is_told_when_the_phase_changes_and_not_with_every_reading() -> None:
    story = told()
    at_turns: list[bool] = []
    for mode in ("FREEZE", "FREEZE", "THAW", "THAW"):
        before = story.state
        story.read(mode, [-50.0])
        messages = messages_for(before, story.state, story.events[-1], 1)
        at_turns.append(any(message.topic == TOPIC for message in messages))
    assert at_turns == [True, False, True, False]
