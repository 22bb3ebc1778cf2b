"""Commands: possible in the right state, refused in words in the wrong one."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from dosimetry_core.values import GenerationMode, Modality
from procedure_node.commands import COMMANDS, Surroundings, decide, decide_open, decide_protocol
from procedure_node.core import CommandRefusedError
from procedure_node.events import (
    AlertRaised,
    DeviationNoted,
    ProcedureClosed,
    ProcedureOpened,
    ProtocolChanged,
    RecordRejected,
)
from procedure_node.state import NodeState

HERE = Surroundings(
    mode=GenerationMode.TEST,
    seed_models=("Amersham6711",),
    devices=("console-1",),
    cryoprobes=("IceRod",),
    today=date(2026, 3, 2),
)


def command(name: str, **arguments: Any) -> Any:
    return COMMANDS[name].model_validate({"by": "staff-7", **arguments})


def result(story: Any, name: str, **arguments: Any) -> Any:
    (payload,) = decide(command(name, **arguments), HERE)(story.state)
    return payload


def refusal(story: Any, name: str, **arguments: Any) -> str:
    with pytest.raises(CommandRefusedError) as caught:
        result(story, name, **arguments)
    return str(caught.value)


SEEDS = {
    "lesion": "L1",
    "count": 3,
    "batch": "B1",
    "seed_model": "Amersham6711",
    "strength_u": 0.8,
    "strength_reference_date": "2026-03-01",
}


def opening(story: Any, arm: str = "STRATEGY") -> ProcedureOpened:
    return ProcedureOpened(
        procedure_id="P2",
        subject="S-002",
        study_uid="1.2",
        arm=arm,
        protocol=story.protocol,
        protocol_sha256="0" * 64,
    )


def test_a_procedure_opens_once(story: Any) -> None:
    assert decide_open(opening(story), HERE)(story.state) == (opening(story),)
    story.opened()
    with pytest.raises(CommandRefusedError, match="P1 is still open: close it first"):
        decide_open(opening(story), HERE)(story.state)
    story.tell(ProcedureClosed(outcome="COMPLETED"))
    assert decide_open(opening(story), HERE)(story.state)


def test_an_unknown_arm_is_refused(story: Any) -> None:
    with pytest.raises(CommandRefusedError, match=r"'X' is not in protocol .* STRATEGY"):
        decide_open(opening(story, arm="X"), HERE)(NodeState())


def test_without_an_open_procedure_commands_are_refused(story: Any) -> None:
    assert "open one first" in refusal(story, "close")
    assert "open one first" in refusal(story, "report-seeds", **SEEDS)


def test_seeds_are_reported_and_taken_back(story: Any) -> None:
    story.opened().drawn(L1=10.0)
    reported = result(story, "report-seeds", **SEEDS)
    assert (reported.lesion, reported.count, reported.zone) == ("L1", 3, "WHOLE")
    story.tell(reported)
    assert result(story, "report-seeds", **{**SEEDS, "count": -2}).count == -2
    assert "3 are reported" in refusal(story, "report-seeds", **{**SEEDS, "count": -4})
    assert "count is 0" in refusal(story, "report-seeds", **{**SEEDS, "count": 0})


def test_an_unknown_seed_model_or_lesion_is_refused(story: Any) -> None:
    story.opened().drawn(L1=10.0)
    told = refusal(story, "report-seeds", **{**SEEDS, "seed_model": "X"})
    assert "known are: Amersham6711" in told
    assert "drawn are: L1" in refusal(story, "report-seeds", **{**SEEDS, "lesion": "L7"})


def test_allocation_keeps_to_the_arm(story: Any) -> None:
    story.opened(arms={"STRATEGY": story.protocol.arms["SEEDS_ONLY"]}).drawn(L1=10.0)
    wanted = {"lesion": "L1", "reason": "suitable"}
    assert result(story, "allocate", modality="SEEDS", **wanted).modality is Modality.SEEDS
    assert "does not give CRYO" in refusal(story, "allocate", modality="CRYO", **wanted)


def test_a_target_is_finished_only_when_it_is_allocated(story: Any) -> None:
    story.opened().drawn(L1=10.0)
    assert "not allocated" in refusal(story, "finish", lesion="L1")
    story.allocated("L1", Modality.SEEDS)
    assert result(story, "finish", lesion="L1").lesion == "L1"


def test_only_a_known_alert_is_acknowledged(story: Any) -> None:
    story.opened()
    assert "there is no alert" in refusal(story, "acknowledge", alert_id="x")
    story.tell(
        AlertRaised(
            alert_id="x",
            condition="x",
            priority="LOW",
            category="TECHNICAL",
            subject="x",
            text="x",
            action="x",
        )
    )
    story.tell(result(story, "acknowledge", alert_id="x"))
    assert story.state.procedure.alerts["x"].acknowledged_by == "staff-7"


def test_a_scan_dose_belongs_to_a_scan(story: Any) -> None:
    story.opened()
    dose = {"series_uid": "1.1", "ctdi_vol_mgy": 9.0, "dlp_mgy_cm": 200.0}
    assert "no scan" in refusal(story, "scan-dose", **dose)
    story.scanned("1.1")
    assert result(story, "scan-dose", **dose).dlp_mgy_cm == 200.0


def test_everything_that_people_do_is_in_the_audit(story: Any) -> None:
    story.opened().drawn(L1=10.0).allocated("L1", Modality.SEEDS)
    story.tell(result(story, "report-seeds", **SEEDS))
    story.tell(result(story, "adverse-event", term="Pneumothorax", grade=1))
    story.tell(result(story, "assign-probe", device="console-1", probe=1, lesion="L1"))
    story.tell(result(story, "close", comment="went well"))
    acts = [(entry.act, entry.by) for entry in story.state.procedure.audit]
    assert acts == [
        ("procedure-opened", "staff-7"),
        ("target-allocated", "staff-7"),
        ("seeds-reported", "staff-7"),
        ("adverse-event-prompted", "staff-7"),
        ("probe-assigned", "staff-7"),
        ("procedure-closed", "staff-7"),
    ]


@pytest.mark.parametrize(
    "arguments",
    [{"by": "x"}, {"subject": "John Doe"}, {"study_uid": "not a uid"}, {"nonsense": 1}],
)
def test_impossible_arguments_are_refused_before_anything_happens(
    arguments: dict[str, Any],
) -> None:
    given = {"subject": "S-1", "protocol": "p", "arm": "A", "study_uid": "1.2", **arguments}
    with pytest.raises(ValidationError):
        command("open", **given)


def test_example_numbers_are_refused_where_patients_are_treated(story: Any) -> None:
    real = replace(HERE, mode=GenerationMode.REAL)
    with pytest.raises(CommandRefusedError, match="example numbers"):
        decide_open(opening(story), real)(story.state)


def test_a_lesion_is_treated_as_a_whole_or_by_zones(story: Any) -> None:
    story.opened().drawn(L3=50.0, L3_CORE=20.0, L3_PERIPHERY=30.0)
    wanted = {"lesion": "L3", "modality": "CRYO", "reason": "bulky"}
    story.tell(result(story, "allocate", zone="CORE", **wanted))
    assert "L3/CORE is allocated already" in refusal(story, "allocate", **wanted)
    assert result(story, "allocate", zone="PERIPHERY", **wanted).zone == "PERIPHERY"


def test_zones_are_for_arms_that_zone(story: Any) -> None:
    unzoned = story.protocol.arms["STRATEGY"].model_copy(update={"zoning": False})
    story.opened(arms={"STRATEGY": unzoned}).drawn(L3_CORE=20.0)
    told = refusal(story, "allocate", lesion="L3", zone="CORE", modality="CRYO", reason="x")
    assert "does not zone" in told


def test_seeds_are_for_arms_that_give_them(story: Any) -> None:
    story.opened(arms={"STRATEGY": story.protocol.arms["CRYO_ONLY"]}).drawn(L1=10.0)
    assert "does not give seeds" in refusal(story, "report-seeds", **SEEDS)


@pytest.mark.parametrize("day", ["1999-03-01", "2026-03-04"])
def test_an_impossible_reference_date_is_refused(story: Any, day: str) -> None:
    story.opened().drawn(L1=10.0)
    told = refusal(story, "report-seeds", **{**SEEDS, "strength_reference_date": day})
    assert "check the date on the certificate" in told


def test_devices_and_organs_must_be_known(story: Any) -> None:
    story.opened().drawn(L1=10.0)
    assert "there are: console-1" in refusal(
        story, "assign-probe", device="consol-1", probe=1, lesion="L1"
    )
    place = {"device": "console-1", "channel": 1}
    assert "GALLBLADDER" in refusal(story, "assign-sensor", structure="GALBLADDER", **place)
    assert result(story, "assign-sensor", structure="GALLBLADDER", **place).channel == 1


def test_a_probe_may_have_a_direction_and_a_kind(story: Any) -> None:
    story.opened().drawn(L2=10.0)
    where = {"device": "console-1", "probe": 1, "lesion": "L2", "tip_mm": (1.0, 2.0, 3.0)}
    placed = result(story, "assign-probe", direction=(0.0, -3.0, 4.0), cryoprobe="IceRod", **where)
    assert (placed.direction, placed.cryoprobe) == ((0.0, -0.6, 0.8), "IceRod")
    probe = story.tell(placed).state.procedure.probes["console-1/1"]
    assert (probe.direction, probe.cryoprobe) == ((0.0, -0.6, 0.8), "IceRod")
    assert result(story, "assign-probe", **where).direction is None
    assert "known are: IceRod" in refusal(story, "assign-probe", cryoprobe="IceRob", **where)
    assert "no length" in refusal(story, "assign-probe", direction=(0.0, 0.0, 0.0), **where)


def test_a_record_is_sent_again_only_after_it_was_refused(story: Any) -> None:
    story.opened().tell(ProcedureClosed(outcome="COMPLETED"))
    assert "nothing to send again" in refusal(story, "resend-record")
    story.tell(RecordRejected(procedure_id="P1", reason="unknown field"))
    queued = result(story, "resend-record")
    assert queued.procedure_id == "P1"
    assert story.tell(queued).state.procedure.record.status == "QUEUED"


def test_an_allocation_carries_what_was_proposed_and_why(story: Any) -> None:
    story.opened().drawn(L1=4.0).measured(L1=(20.0, 7.0))
    confirmed = result(story, "allocate", lesion="L1", modality="SEEDS", reason="as proposed")
    assert (confirmed.proposed, confirmed.rule) == (Modality.SEEDS, "near an organ")
    assert not confirmed.is_overridden
    overridden = result(story, "allocate", lesion="L1", modality="CRYO", reason="hydrodissection")
    assert overridden.is_overridden
    assert "distance to the nearest drawn organ at risk 7.0 mm" in overridden.because
    story.tell(overridden)
    procedure = story.state.procedure
    assert procedure.audit[-1].detail == "CRYO: hydrodissection; proposed was SEEDS"
    assert procedure.allocated["L1"] == overridden


def test_an_arm_of_a_single_modality_refuses_the_other(story: Any) -> None:
    arm = story.protocol.arms["STRATEGY"].model_copy(
        update={"zoning": False, "single_modality": True}
    )
    story.opened(arms={"STRATEGY": arm}).drawn(L1=4.0, L2=1.0).allocated("L1", Modality.SEEDS)
    assert result(story, "allocate", lesion="L2", modality="SEEDS", reason="same").proposed
    told = refusal(story, "allocate", lesion="L2", modality="CRYO", reason="small")
    assert told == ("arm STRATEGY gives all lesions one modality, and L1 is allocated to the other")


def test_a_needle_path_is_reported_of_a_lesion_that_is_drawn(story: Any) -> None:
    story.opened().drawn(L1=4.0)
    assert result(story, "needle-path", lesion="L1", length_mm=85.0).length_mm == 85.0
    assert "L9 is not drawn" in refusal(story, "needle-path", lesion="L9", length_mm=85.0)


def test_the_reason_of_a_known_deviation_is_taken(story: Any) -> None:
    story.opened()
    told = refusal(story, "explain-deviation", deviation="window:x", reason="late scan")
    assert told == "there is no deviation 'window:x'; there are: none"
    story.tell(DeviationNoted(deviation="window:x", of="WINDOW", what="x is late"))
    explained = result(story, "explain-deviation", deviation="window:x", reason="late scan")
    assert explained.reason == "late scan"


def test_another_protocol_is_put_in_force_only_where_it_can_be(story: Any) -> None:
    def changed(**update: Any) -> ProtocolChanged:
        protocol = story.protocol.model_copy(update=update)
        return ProtocolChanged(protocol=protocol, protocol_sha256="b" * 64, reason="amendment")

    with pytest.raises(CommandRefusedError, match="open one first"):
        decide_protocol(changed(), HERE)(story.state)
    story.opened()
    assert decide_protocol(changed(version="2"), HERE)(story.state) == (changed(version="2"),)
    with pytest.raises(CommandRefusedError, match="has no arm 'STRATEGY'"):
        decide_protocol(changed(arms={}), HERE)(story.state)
    real = replace(HERE, mode=GenerationMode.REAL)
    with pytest.raises(CommandRefusedError, match="has example numbers"):
        decide_protocol(changed(), real)(story.state)
    same = changed().model_copy(update={"protocol_sha256": "0" * 64})
    with pytest.raises(CommandRefusedError, match="is in force already"):
        decide_protocol(same, HERE)(story.state)
