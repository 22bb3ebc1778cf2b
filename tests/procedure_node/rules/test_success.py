"""Technical success: shown by what the protocol names, and only by what is known."""

import pytest

from dosimetry_core.values import Evidence, Modality, ZoneKind
from procedure_node.events import (
    AdverseEventPrompted,
    CoverageAssessed,
    CoverageFact,
    TreatmentFinished,
)
from procedure_node.rules import technical_success, unanswered_prompts


def fact(quantity, actual, wanted, unit=""):
    return CoverageFact(
        quantity=quantity,
        unit=unit,
        wanted=wanted,
        actual=actual,
        met=None if actual is None else actual >= wanted,
        evidence=Evidence.MODELLED,
        unknown_reason="no scan" if actual is None else "",
    )


def assessed(story, lesion, modality, *facts, zone="WHOLE", finished=True):
    story.tell(
        CoverageAssessed(
            lesion=lesion,
            zone=ZoneKind(zone),
            modality=modality,
            verdict="COVERED",
            facts=facts,
        )
    )
    if finished:
        story.tell(TreatmentFinished(lesion=lesion, zone=ZoneKind(zone)))
    return story


@pytest.fixture
def allocated(story):
    story.opened().drawn(L1=4.0, L3=11.0, L3_CORE=2.0, L3_PERIPHERY=9.0)
    story.allocated("L1", Modality.SEEDS)
    story.allocated("L3", Modality.CRYO, "CORE")
    return story.allocated("L3", Modality.SEEDS, "PERIPHERY")


def test_success_is_shown_by_the_quantities_that_the_protocol_names(allocated):
    good = fact("D90", 120.0, 110.0, "Gy"), fact("V100", 95.0, 90.0, "%")
    assessed(allocated, "L1", Modality.SEEDS, *good)
    assert technical_success(allocated.state.procedure)["L1"].shown


def test_what_is_unknown_is_not_shown(allocated):
    facts = fact("D90", None, 110.0, "Gy"), fact("V100", 85.0, 90.0, "%")
    assessed(allocated, "L1", Modality.SEEDS, *facts)
    success = technical_success(allocated.state.procedure)["L1"]
    assert not success.shown
    assert success.missing == ("D90 is not known: no scan", "V100 85.0 of 90 %")


def test_a_treatment_that_goes_on_has_not_succeeded_yet(allocated):
    good = fact("D90", 120.0, 110.0, "Gy"), fact("V100", 95.0, 90.0, "%")
    assessed(allocated, "L1", Modality.SEEDS, *good, finished=False)
    success = technical_success(allocated.state.procedure)["L1"]
    assert success.missing == ("its treatment is not stated to be complete",)


def test_what_was_never_assessed_is_not_shown(allocated):
    success = technical_success(allocated.state.procedure)["L1"]
    assert "D90 is not known: it was never assessed" in success.missing


def test_a_zoned_lesion_succeeds_by_all_of_its_zones(allocated):
    frozen = fact("freezes done", 2.0, 2.0), fact("ice coverage", 100.0, 100.0, "%")
    assessed(allocated, "L3", Modality.CRYO, *frozen, zone="CORE")
    success = technical_success(allocated.state.procedure)
    assert success["L3/CORE"].shown
    assert not success["L3"].shown
    assert all(words.startswith("L3/PERIPHERY: ") for words in success["L3"].missing)
    dosed = fact("D90", 120.0, 110.0, "Gy"), fact("V100", 95.0, 90.0, "%")
    assessed(allocated, "L3", Modality.SEEDS, *dosed, zone="PERIPHERY")
    assert technical_success(allocated.state.procedure)["L3"].shown


def test_a_lesion_that_nobody_allocated_has_no_success(story):
    story.opened().drawn(L1=4.0)
    assert technical_success(story.state.procedure)["L1"].missing == ("it is not allocated",)


def test_a_protocol_without_a_definition_shows_nothing(story):
    story.opened(technical_success=None).drawn(L1=4.0)
    assert technical_success(story.state.procedure) == {}


def test_prompts_are_open_until_a_person_answers_them(story):
    story.opened()
    asked = [prompt.about for prompt in unanswered_prompts(story.state.procedure)]
    assert asked == ["bleeding", "pneumothorax", "pain", "seed migration"]
    story.tell(
        AdverseEventPrompted(term="Pain", grade=1),
        AdverseEventPrompted(term="seed migration", grade=0),
    )
    left = [prompt.about for prompt in unanswered_prompts(story.state.procedure)]
    assert left == ["bleeding", "pneumothorax"]
