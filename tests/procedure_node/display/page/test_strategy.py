"""The strategy on the page: proposals, decisions, success, what covers a lesion, deviations."""

from datetime import timedelta

import pytest

from dosimetry_core.values import Evidence, Modality
from procedure_node.display import page_state


@pytest.fixture
def shown(state, now):
    return page_state(state, now).procedure.strategy


def story(strategy, lesion):
    return next(one for one in strategy.lesions if one.lesion == lesion)


def test_each_lesion_tells_its_facts_the_proposal_and_the_decision(shown):
    lesion = story(shown, "L1")
    assert lesion.facts == "21 x 17 mm, 3.7 cm³; 8 mm from GALLBLADDER"
    (choice,) = lesion.choices
    assert (choice.proposed, choice.given, choice.rule) == (
        Modality.SEEDS,
        Modality.SEEDS,
        "near an organ",
    )
    assert not choice.overridden
    assert choice.shown


def test_the_nearest_organ_is_that_of_those_drawn_and_the_others_are_named(changed, now, state):
    protocol = state.procedure.protocol
    another = protocol.organs[0].model_copy(update={"name": "DUODENUM"})
    wider = protocol.model_copy(update={"organs": (*protocol.organs, another)})
    page = page_state(changed(protocol=wider), now).procedure
    facts = story(page.strategy, "L1").facts
    assert facts.endswith("GALLBLADDER (nearest of those drawn; not drawn: DUODENUM)")
    assert page.cold[1].undrawn_organs == ("DUODENUM",)


def test_a_zoned_lesion_tells_its_zones_and_what_is_not_shown(shown):
    lesion = story(shown, "L3")
    assert lesion.bulky
    assert [choice.key for choice in lesion.choices] == ["L3/CORE", "L3/PERIPHERY"]
    periphery = lesion.choices[1]
    assert periphery.shown is False
    assert periphery.missing == ("D90 84.0 of 110 Gy", "V100 82.1 of 90 %")


def test_what_nobody_allocated_tells_what_is_proposed(changed, now):
    state = changed(allocations={}, allocated={})
    choices = story(page_state(state, now).procedure.strategy, "L1").choices
    assert (choices[0].proposed, choices[0].given) == (Modality.SEEDS, None)


def test_the_parts_of_a_lesion_add_up_and_each_evidence_has_its_own(shown):
    bars = story(shown, "L3").bars
    assert [(bar.evidence, bar.level_c) for bar in bars] == [
        (Evidence.IMAGED, None),
        (Evidence.MODELLED, -20.0),
        (Evidence.MODELLED, -40.0),
    ]
    for bar in bars:
        total = bar.both_percent + bar.dose_percent + bar.ice_percent + bar.neither_percent
        assert total == pytest.approx(100.0)
    assert (bars[0].gap_cc, bars[0].place_mm) == (0.7, (-13.2, 65.1, 260.0))


def test_windows_run_and_stop_with_the_procedure(changed, now):
    def length(state, at):
        rows = page_state(state, at).procedure.strategy.windows
        return next(row for row in rows if row.name == "length of the procedure")

    assert length(changed(), now).status == "RUNNING"
    assert length(changed(), now + timedelta(hours=5)).left_s < 0
    closed = changed(closed_at=now)
    assert length(closed, now + timedelta(hours=5)).status == "KEPT"


def test_deviations_and_prompts_tell_what_is_still_wanted(shown):
    assert [(row.deviation, bool(row.reason)) for row in shown.deviations] == [
        ("cycle:L2:FREEZE_SHORT:1", True),
        ("window:verification scan", False),
    ]
    assert {row.grade for row in shown.prompts} == {None}
    assert "Pneumothorax" in {row.term for row in shown.prompts}
