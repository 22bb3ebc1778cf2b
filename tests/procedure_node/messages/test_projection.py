from datetime import timedelta
from itertools import pairwise

from dosimetry_core.values import CyclePhase, GenerationMode
from procedure_node import events as e
from procedure_node.messages import STATE_VALID_S, heartbeat, messages_for
from procedure_node.state import NodeState


def by_topic(messages):
    return {message.topic: message for message in messages}


BASE = "procedure-node/CT%201/p-7f3a"


def test_the_story_holds_every_kind_of_event(story):
    kinds = {step.event.payload.kind for step in story}
    members = e.Event.model_fields["payload"].annotation.__args__
    assert kinds == {member.model_fields["kind"].default for member in members}


def test_the_same_step_gives_the_same_messages(story):
    for step in story:
        assert messages_for(step.before, step.after, step.event, step.seq) == step.messages


def test_every_message_says_who_when_and_what_it_follows_from(story):
    for step in story:
        for message in step.messages:
            if not message.body:
                continue
            assert message.body["room"] == "CT 1"
            assert message.body["session"] == step.after.session
            assert message.body["seq"] == step.seq
            assert message.body["mode"] == message.mode == "TEST"
            assert message.body["time_utc"] == step.event.time.utc.isoformat().replace(
                "+00:00", "Z"
            )
            assert message.body["historical"] is False


def test_state_says_how_long_it_is_valid_and_events_do_not(story):
    for step in story:
        for message in step.messages:
            if message.body and message.retain:
                until = step.event.time.utc + timedelta(seconds=STATE_VALID_S)
                assert message.body["valid_until"] == until.isoformat().replace("+00:00", "Z")
                assert message.expires_after_s == STATE_VALID_S
            elif message.body:
                assert message.body["valid_until"] is None
                assert message.expires_after_s is None


def test_nothing_is_published_that_leads_to_a_person(story, secrets):
    now = story[-1].event.time.utc
    published = [m for step in story for m in step.messages]
    published += [m for s in story for m in heartbeat(s.after, now, 1, GenerationMode.TEST)]
    text = "\n".join(message.model_dump_json() for message in published)
    for secret in secrets:
        assert secret not in text


def test_readings_are_told_only_in_an_open_procedure(story):
    told = [
        step.event.payload.sequence
        for step in story
        if isinstance(step.event.payload, e.ProbeReading)
        and any(m.topic.endswith("/reading") for m in step.messages)
    ]
    assert told == [1, 2, 3]


def test_a_probe_reading_names_the_zone_of_its_probe(step_of):
    reading = by_topic(step_of(e.ProbeReading, 1).messages)[f"{BASE}/probe/console%2F1/2/reading"]
    assert not reading.retain
    assert reading.body["console_mode"] == "FREEZE"
    assert reading.body["tip_temperature_c"] == -20.0
    assert (reading.body["lesion"], reading.body["zone"]) == ("L1", "CORE")
    assert reading.body["device_time_s"] == step_of(e.ProbeReading, 1).seq


def test_a_sensor_reading_names_its_structure(step_of):
    step = step_of(e.ThermometerReading)
    (reading,) = step.messages
    assert reading.topic == f"{BASE}/sensor/thermo/1/reading"
    assert reading.body["structure"] == "STOMACH"


def test_cycles_are_told_when_the_phase_turns_and_not_with_every_reading(step_of):
    topic = f"{BASE}/probe/console%2F1/2/cycle"
    starts, goes_on, thaws = (by_topic(step_of(e.ProbeReading, n).messages) for n in (1, 2, 3))
    assert starts[topic].body["phase"] == CyclePhase.FREEZE
    assert topic not in goes_on
    assert thaws[topic].body["phase"] == CyclePhase.PASSIVE_THAW
    (cycle,) = thaws[topic].body["cycles"]
    assert cycle["minimum_temperature_c"] == -120.0


def test_a_gap_makes_the_phase_unknown(step_of):
    told = by_topic(step_of(e.TelemetryGap).messages)
    assert told[f"{BASE}/probe/console%2F1/2/cycle"].body["phase"] == CyclePhase.UNKNOWN


def test_coverage_carries_verdict_facts_evidence_and_reasons(step_of):
    told = by_topic(step_of(e.CoverageAssessed).messages)
    message = told[f"{BASE}/coverage/L1/CORE"]
    assert message.retain
    assert message.body["verdict"] == "UNKNOWN"
    (fact,) = message.body["facts"]
    assert (fact["wanted"], fact["actual"], fact["met"]) == (110.0, None, None)
    assert fact["evidence"] == "MODELLED"
    assert message.body["unknown_reasons"] == [fact["unknown_reason"]]
    assert message.body["scan"] in fact["unknown_reason"]


def test_finishing_a_treatment_is_told_with_the_coverage(step_of):
    told = by_topic(step_of(e.TreatmentFinished).messages)
    assert told[f"{BASE}/coverage/L1/CORE"].body["finished"] is True
    assert told[f"{BASE}/allocation/L1/CORE"].body["modality"] == "CRYO"


def test_seeds_and_ice_together_are_told_by_lesion_each_evidence_apart(step_of):
    step = step_of(e.CombinedCoverage)
    before_seeds = step.after.procedure.model_copy(update={"seed_reports": ()})
    known = step.after.model_copy(update={"procedure": before_seeds})
    now = step.event.time.utc
    told = by_topic(heartbeat(known, now, step.seq, GenerationMode.TEST))
    message = told[f"{BASE}/combined/L1"]
    assert message.body["unknown_reason"] == ""
    (structure,) = message.body["structures"]
    assert [cover["evidence"] for cover in structure["covers"]] == ["IMAGED"]


def test_seeds_and_ice_together_are_unknown_when_seeds_came_after_the_scan(step_of):
    (message,) = step_of(e.CombinedCoverage).messages
    assert message.topic == f"{BASE}/combined/L1"
    assert message.body["structures"] == []
    assert message.body["unknown_reason"].startswith("2 seeds were implanted after the newest")


def test_deviations_are_told_with_their_reasons(step_of):
    topic = f"{BASE}/deviations"
    (noted,) = step_of(e.DeviationNoted).messages
    assert (noted.topic, noted.body["deviations"][0]["reason"]) == (topic, "")
    (explained,) = step_of(e.DeviationExplained).messages
    assert explained.body["deviations"][0]["reason"].endswith(" was repeated")


def test_an_alert_is_raised_acknowledged_and_cleared_on_one_topic(step_of):
    kinds = (e.AlertRaised, e.AlertAcknowledged, e.AlertCleared)
    raised, acknowledged, cleared = (step_of(kind).messages[0] for kind in kinds)
    assert {m.topic for m in (raised, acknowledged, cleared)} == {
        f"{BASE}/alert/under-covered%3AL1%2FCORE"
    }
    assert [m.body["present"] for m in (raised, acknowledged, cleared)] == [True, True, False]
    assert [m.body["acknowledged"] for m in (raised, acknowledged)] == [False, True]
    assert cleared.body["cleared_reason"] == "covered now"


def test_seeds_seen_and_reported_stand_side_by_side(step_of):
    reported = by_topic(step_of(e.SeedsReported).messages)[f"{BASE}/seeds"].body
    assert (reported["seen"], reported["reported"], reported["scan"]) == (None, 2, None)
    found = by_topic(step_of(e.SeedsFound).messages)[f"{BASE}/seeds"].body
    assert (found["seen"], found["reported"], found["elsewhere"]) == (2, 2, 1)
    assert found["targets"] == [{"lesion": "L1", "zone": "WHOLE", "seen": 1, "reported": 2}]


def test_needles_that_are_seen_are_told_with_the_plans_name_and_their_seeds(step_of):
    body = by_topic(step_of(e.NeedlesFound).messages)[f"{BASE}/seeds"].body
    seen, gone = body["needles_seen"]
    assert (seen["needle"], seen["planned"], seen["status"], seen["seeds"]) == (
        "N1",
        None,
        "SAME",
        1,
    )
    assert (gone["needle"], gone["status"], gone["direction"]) == ("N2", "WITHDRAWN", None)
    matched = by_topic(step_of(e.SeedPlanMatched).messages)[f"{BASE}/seeds"].body
    seen = matched["needles_seen"][0]
    assert (seen["needle"], seen["planned"], seen["planned_certainty"]) == ("N1", "N1", 0.9)


def test_dose_and_ice_are_told_with_their_evidence(step_of):
    dose = by_topic(step_of(e.DoseComputed).messages)[f"{BASE}/dose"].body
    assert dose["evidence"] == "MODELLED"
    assert dose["structures"][0]["d90_gy"] == 112.0
    assert "dvh" not in dose["structures"][0]
    assert (dose["errors"], dose["bands"], dose["sub_volumes"]) == (None, [], [])
    ice = by_topic(step_of(e.IceFound).messages)[f"{BASE}/ice"].body
    assert ice["evidence"] == "IMAGED"
    assert (ice["baseline_use"], ice["surface_error_mm"]) == ("REGISTERED", 1.5)
    structure, organ = ice["structures"][0], ice["organs"][0]
    assert structure["minimum_margin_mm"] == -1.5
    assert structure["margin_band"] == {"low": -4.5, "high": 1.5}
    assert structure["margin_percent"] == [4.0, 60.0, 36.0]
    assert (organ["approach_mm"], organ["place_mm"]) == (2.0, [4.0, 5.0, 6.0])


def test_how_sure_a_dose_is_and_where_too_little_is_follow_it(step_of):
    sure = by_topic(step_of(e.DoseBandsComputed).messages)[f"{BASE}/dose"].body
    assert sure["errors"]["registration_sd_mm"] == 0.5
    assert sure["bands"][0]["d90_gy"] == {"low": 104.0, "high": 119.0}
    where = by_topic(step_of(e.SubVolumesFound).messages)[f"{BASE}/dose"].body
    assert where["bands"] == sure["bands"]
    cold = where["sub_volumes"][0]["cold"]["parts"][0]
    assert cold["extremes"][0]["seed_distances_mm"] == [9.0, 12.0]


def test_a_refused_scan_says_why_without_its_uid(step_of):
    message = next(m for m in step_of(e.ScanRefused).messages if "/scan/" in m.topic)
    assert message.topic.endswith("/scan/" + message.body["scan"])
    assert message.body["status"] == "REFUSED"
    assert "is missing" in message.body["refused"][0]


def test_the_record_is_told_after_the_close(step_of):
    states = [step_of(k).messages[0].body["status"] for k in (e.RecordQueued, e.RecordConfirmed)]
    assert states == ["QUEUED", "CONFIRMED"]
    closed = by_topic(step_of(e.ProcedureClosed).messages)[f"{BASE}/procedure"]
    assert closed.body["state"] == "CLOSED"


def test_the_next_procedure_makes_the_broker_forget_the_one_before(story, step_of):
    retained = {
        m.topic
        for step in story[: step_of(e.ProcedureOpened, 1).seq - 1]
        for m in step.messages
        if m.retain and m.topic.startswith(BASE)
    }
    step = step_of(e.ProcedureOpened, 1)
    forgotten = {m.topic for m in step.messages if not m.body}
    assert forgotten == retained
    assert all(m.retain for m in step.messages if not m.body)
    assert "procedure-node/CT%201/p-next/procedure" in by_topic(step.messages)


def test_before_the_first_start_nothing_is_told(story):
    first = story[0]
    unknown = NodeState()
    assert messages_for(unknown, unknown, first.event, 1) == ()
    assert heartbeat(unknown, first.event.time.utc, 1, GenerationMode.REAL) == ()


def test_a_restart_tells_the_state_again(replayed, story):
    """A broker may have forgotten it, and what it kept has the old session's number."""
    payloads = [step.event.payload for step in story]
    cut = next(n for n, p in enumerate(payloads) if isinstance(p, e.TreatmentFinished))
    restart = e.NodeStarted(
        session=4, software_version="0.1.0", room="CT 1", settings_sha256="0" * 64
    )
    step = replayed([*payloads[:cut], restart])[-1]
    again = by_topic(step.messages)
    assert again[f"{BASE}/coverage/L1/CORE"].body["session"] == 4
    assert again[f"{BASE}/procedure"].body["state"] == "OPEN"
    assert not any("/reading" in topic for topic in again)


def test_a_heartbeat_renews_what_is_watched(story, step_of):
    step = step_of(e.TreatmentFinished)
    later = step.event.time.utc + timedelta(seconds=10)
    renewed = by_topic(heartbeat(step.after, later, step.seq, GenerationMode.TEST))
    coverage = renewed[f"{BASE}/coverage/L1/CORE"]
    until = later + timedelta(seconds=STATE_VALID_S)
    assert coverage.body["valid_until"] == until.isoformat().replace("+00:00", "Z")
    assessed = step_of(e.CoverageAssessed).event.time.utc
    assert coverage.body["assessed_at"] == assessed.isoformat().replace("+00:00", "Z")
    assert "procedure-node/CT%201/link/pacs" in renewed
    assert all(m.retain and m.body for m in renewed.values())
    assert not any("/alert/" in topic for topic in renewed), "the alert is cleared"
    raised = step_of(e.AlertRaised).after
    assert any("/alert/" in m.topic for m in heartbeat(raised, later, 1, GenerationMode.TEST))


def test_a_heartbeat_repeats_what_was_told(story):
    """Between events the renewal says the same as the last message on each topic."""
    last = {}
    ignored = {"time_utc", "valid_until", "seq", "session"}
    for step in story:
        for message in step.messages:
            last[message.topic] = message
        for renewed in heartbeat(step.after, step.event.time.utc, step.seq, GenerationMode.TEST):
            told = last[renewed.topic].body
            if not renewed.topic.endswith("/cycle"):
                assert {k: v for k, v in told.items() if k not in ignored} == {
                    k: v for k, v in renewed.body.items() if k not in ignored
                }


def test_a_closed_procedure_is_not_vouched_for_any_more(step_of):
    step = step_of(e.ProcedureClosed)
    renewed = {
        m.topic.removeprefix(BASE)
        for m in heartbeat(step.after, step.event.time.utc, step.seq, GenerationMode.TEST)
    }
    assert renewed == {"/procedure", "/record", "procedure-node/CT%201/link/pacs"}


def test_simulated_data_marks_all_that_rests_on_it(replayed, story):
    """A DEMO reading in a REAL procedure: its own message and the state are DEMO."""
    payloads = [step.event.payload for step in story[:8]]
    steps = replayed(payloads, GenerationMode.REAL)
    assert {m.mode for step in steps for m in step.messages} == {GenerationMode.REAL}
    last = steps[-1]
    reading = next(s.event.payload for s in story if isinstance(s.event.payload, e.ProbeReading))
    event = last.event.model_copy(update={"payload": reading, "mode": GenerationMode.DEMO})
    messages = messages_for(last.after, last.after, event, 9)
    assert {m.mode for m in messages} == {GenerationMode.DEMO}
    assert messages[0].body["mode"] == "DEMO"


def test_seq_never_goes_back_on_a_topic(story):
    seen = {}
    for step in story:
        for message in step.messages:
            if message.body:
                seen.setdefault(message.topic, []).append(message.body["seq"])
    assert seen
    for numbers in seen.values():
        assert all(a < b for a, b in pairwise(numbers))
