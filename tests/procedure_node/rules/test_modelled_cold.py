"""What is judged by the modelled cold, and what is not."""

from datetime import timedelta
from typing import Any

import pytest

from dosimetry_core.values import Evidence, Modality
from procedure_node.events import AlertRaised, IsothermFigure, ModelledFigure
from procedure_node.protocol import Target
from procedure_node.rules import judge, modelled_doubt
from procedure_node.rules.modelled_alerts import CONDITION
from procedure_node.rules.modelled_coverage import modelled_facts
from tests.procedure_node.modelled_cold import modelled


def opened(story: Any, **minima: Any) -> Any:
    cryo = story.protocol.cryo.model_copy(update=minima)
    return story.opened(cryo=cryo).drawn(L2=2.0).allocated("L2", Modality.CRYO)


def facts(story: Any) -> Any:
    return modelled_facts(story.state.procedure, Target(lesion="L2"), story.now)


def near_organ(story: Any) -> list[AlertRaised]:
    told = judge(story.state, story.now)
    return [one for one in told if isinstance(one, AlertRaised) and one.condition == CONDITION]


def test_nothing_is_judged_by_it_unless_the_protocol_says_so(story: Any) -> None:
    opened(story).tell(modelled(story))
    assert facts(story) == []


@pytest.mark.parametrize(("wanted", "met"), [(90.0, True), (97.0, False)])
def test_a_wanted_share_is_a_fact_of_its_own_evidence(story: Any, wanted: float, met: bool) -> None:
    opened(story, modelled_minus20_minimum_percent=wanted).tell(modelled(story))
    (fact,) = facts(story)
    assert (fact.actual, fact.met, fact.evidence) == (96.0, met, Evidence.MODELLED)
    assert (fact.band.low, fact.band.high) == (85.0, 99.0)
    assessed = judge(story.state, story.now)[0]
    by_evidence = [one.quantity for one in assessed.facts if one.evidence is Evidence.MODELLED]
    assert by_evidence == ["modelled below -20 C"]


def test_without_figures_a_wanted_share_is_unknown_and_says_why(story: Any) -> None:
    opened(story, modelled_minus40_minimum_percent=50.0)
    assert facts(story)[0].unknown_reason == "no freeze was modelled yet"
    story.tell(modelled(story, status="CATCHING_UP", reason="it was started again"))
    assert facts(story)[0].unknown_reason == "it was started again"
    story.tell(modelled(story)).after(minutes=2)
    assert "has not come on" in facts(story)[0].unknown_reason
    story.tell(modelled(story, is_over=True)).after(minutes=30)
    assert facts(story)[0].met is True, "what is over stays known"


def test_a_share_without_a_band_is_not_taken_for_known(story: Any) -> None:
    opened(story, modelled_minus20_minimum_percent=90.0)
    bare = modelled(story)
    target = bare.structures[0].model_copy(
        update={
            "lethal_percent": (IsothermFigure(level_c=-20.0, amount=ModelledFigure(best=96.0)),)
        }
    )
    story.tell(bare.model_copy(update={"structures": (target,)}))
    assert facts(story)[0].met is None


def test_modelled_ice_near_an_organ_is_an_alert_until_it_is_away_again(story: Any) -> None:
    opened(story).tell(modelled(story, ice_mm=6.0))
    assert near_organ(story) == []
    story.tell(modelled(story, ice_mm=3.2))
    (alert,) = near_organ(story)
    assert alert.priority == "MEDIUM"
    assert alert.text.startswith("Modelled ice is 3 mm from GALLBLADDER, it must stay 5 mm away")
    story.tell(alert)
    story.tell(modelled(story, ice_mm=3.2, status="CATCHING_UP", reason="started again"))
    assert not [one for one in judge(story.state, story.now) if one.kind == "alert-cleared"]


def test_a_report_that_does_not_come_makes_it_doubtful(story: Any) -> None:
    zone = modelled(story)
    assert modelled_doubt(zone, story.now + timedelta(seconds=60)) == ""
    assert modelled_doubt(zone, story.now + timedelta(seconds=100))
    assert modelled_doubt(None, story.now)
