"""Proposals: what the protocol's rules make of a lesion's facts."""

from pathlib import Path

import pytest

from dosimetry_core.values import Modality
from procedure_node.events import NeedlePathReported
from procedure_node.protocol import AllocationRules, BulkyRule, FactKey, load_protocol
from procedure_node.rules import facts_for_rules, is_bulky, lesion_facts, proposals_of

PROTOCOLS = Path(__file__).parents[3] / "config" / "protocols"
STATED = {"L1": (20.0, 7.0), "L2": (12.0, 60.0), "L3": (33.0, 16.0)}


@pytest.fixture
def measured(story):
    return (
        story.opened()
        .drawn(L1=4.0, L2=1.0, L3=11.0, L3_CORE=2.0, L3_PERIPHERY=9.0)
        .measured(**STATED)
    )


def test_each_lesion_is_proposed_what_its_facts_say(measured):
    proposals = proposals_of(measured.state.procedure)
    assert {key: (p.modality, p.rule) for key, p in proposals.items()} == {
        "L1": (Modality.SEEDS, "near an organ"),
        "L2": (Modality.CRYO, "small and clear of organs"),
        "L3/CORE": (Modality.CRYO, "zoning of a CORE"),
        "L3/PERIPHERY": (Modality.SEEDS, "zoning of a PERIPHERY"),
    }
    assert "distance to the nearest drawn organ at risk 7.0 mm" in proposals["L1"].because
    assert "longest axial diameter 33.0 mm" in proposals["L3/CORE"].because


def test_organs_that_are_not_drawn_are_told(measured):
    assert (
        "not drawn, so not looked at: STOMACH"
        in proposals_of(measured.state.procedure)["L1"].because
    )


def test_a_bulky_lesion_without_zones_is_to_be_zoned(story):
    state = story.opened().drawn(L3=11.0).measured(L3=STATED["L3"]).state.procedure
    proposal = proposals_of(state)["L3"]
    assert (proposal.modality, proposal.because) == (
        None,
        "it is bulky: longest axial diameter 33.0 mm; draw its zones",
    )


def test_zones_of_a_lesion_that_is_not_bulky_are_proposed_nothing(story):
    state = story.opened().drawn(L3=1.0, L3_CORE=0.5).measured(L3=(10.0, 60.0)).state.procedure
    assert proposals_of(state)["L3/CORE"] == (None, "", "it is not bulky")


def test_nothing_is_proposed_of_what_is_not_measured(story):
    state = story.opened().drawn(L1=4.0).state.procedure
    assert proposals_of(state)["L1"].because == "L1 is not measured"
    state = story.measured(L1=STATED["L1"]).drawn(frame="1.2.10", L1=4.0).state.procedure
    assert lesion_facts(state, "L1") is not None
    moved = state.structures.model_copy(update={"structure_set_uid": "1.2.77"})
    assert lesion_facts(state.model_copy(update={"structures": moved}), "L1") is None


def test_an_arm_of_one_modality_gives_that(story):
    story.opened(arms={"STRATEGY": story.protocol.arms["CRYO_ONLY"]}).drawn(L1=4.0)
    assert proposals_of(story.state.procedure)["L1"][:2] == (Modality.CRYO, "arm STRATEGY")


def test_in_an_arm_of_a_single_modality_the_first_allocation_decides(story):
    arm = story.protocol.arms["STRATEGY"].model_copy(
        update={"zoning": False, "single_modality": True}
    )
    story.opened(arms={"STRATEGY": arm}).drawn(L1=4.0, L2=1.0)
    assert proposals_of(story.state.procedure)["L2"].modality is None
    story.allocated("L1", Modality.SEEDS)
    assert proposals_of(story.state.procedure)["L2"].modality is Modality.SEEDS


def test_the_trials_own_rules_propose_nothing_while_their_limits_are_unset(story_of):
    story = story_of(load_protocol(PROTOCOLS / "nct07437625.toml")).opened()
    state = story.drawn(L1=4.0).measured(L1=STATED["L1"]).state.procedure
    proposal = proposals_of(state)["L1"]
    assert proposal.modality is None
    assert (
        proposal.because == "the protocol leaves the longest axial diameter of a bulky lesion unset"
    )


def test_a_needle_path_is_a_fact_once_a_person_gives_it(measured):
    rules = AllocationRules.model_validate(
        {
            "rules": [
                {
                    "name": "far",
                    "when": [{"fact": "needle_path_mm", "at_least": 80.0}],
                    "modality": "SEEDS",
                    "because": "far",
                }
            ],
            "otherwise": "CRYO",
        }
    )
    state = measured.state.procedure
    protocol = state.protocol.model_copy(update={"allocation": rules})
    proposal = proposals_of(state.model_copy(update={"protocol": protocol}))["L2"]
    assert "needle path is not known" in proposal.because
    state = measured.tell(NeedlePathReported(lesion="L2", length_mm=95.0)).state.procedure
    assert facts_for_rules(state, "L2")[FactKey("needle_path_mm")] == 95.0
    proposal = proposals_of(state.model_copy(update={"protocol": protocol}))["L2"]
    assert (proposal.modality, proposal.rule) == (Modality.SEEDS, "far")
    assert state.audit[-1].detail == "needle path 95 mm"


def test_a_lesion_is_bulky_by_either_limit(measured):
    state = measured.state.procedure
    assert is_bulky(state, "L3") == (True, "it is bulky: longest axial diameter 33.0 mm")
    rule = BulkyRule(longest_axial_at_least_mm=40.0, volume_at_least_cc=10.0)
    by_volume = state.model_copy(
        update={"protocol": state.protocol.model_copy(update={"bulky": rule})}
    )
    assert is_bulky(by_volume, "L3") == (True, "it is bulky: volume 18.0 cc")
    assert is_bulky(by_volume, "L2") == (False, "it is not bulky")
