"""Allocation: rules claim lesions by their facts, and every lesion by one rule."""

import pytest
from pydantic import ValidationError

from dosimetry_core.values import Modality
from procedure_node.protocol import AllocationRules, Condition, FactKey, propose
from procedure_node.protocol.exhaustive import unclaimed_or_contested

ORGANS = FactKey("distance_mm", "ORGANS")
LONGEST = FactKey("longest_axial_mm")

RULES = AllocationRules.model_validate(
    {
        "rules": [
            {
                "name": "near",
                "when": [{"fact": "distance_mm", "to": "ORGANS", "below": 10.0}],
                "modality": "SEEDS",
                "because": "ice spares nothing",
            },
            {
                "name": "small and clear",
                "when": [
                    {"fact": "distance_mm", "to": "ORGANS", "at_least": 10.0},
                    {"fact": "longest_axial_mm", "below": 30.0},
                ],
                "modality": "CRYO",
                "because": "it freezes through",
            },
            {
                "name": "large and clear",
                "when": [
                    {"fact": "distance_mm", "to": "ORGANS", "at_least": 10.0},
                    {"fact": "longest_axial_mm", "at_least": 30.0},
                ],
                "modality": "SEEDS",
                "because": "margins are hard to reach",
            },
        ]
    }
)


def changed(name: str, **change: object) -> AllocationRules:
    """The rules with one of them changed."""
    rules = RULES.model_dump()["rules"]
    return AllocationRules.model_validate(
        {"rules": [{**rule, **change} if rule["name"] == name else rule for rule in rules]}
    )


@pytest.mark.parametrize(
    ("distance_mm", "longest_mm", "modality", "rule"),
    [
        (9.9, 50.0, Modality.SEEDS, "near"),
        (10.0, 29.9, Modality.CRYO, "small and clear"),
        (10.0, 30.0, Modality.SEEDS, "large and clear"),
        (-2.0, 5.0, Modality.SEEDS, "near"),
    ],
)
def test_the_rule_whose_conditions_hold_proposes(distance_mm, longest_mm, modality, rule):
    proposal = propose(RULES, {ORGANS: distance_mm, LONGEST: longest_mm})
    assert (proposal.modality, proposal.rule) == (modality, rule)
    assert f"distance to the nearest drawn organ at risk {distance_mm:.1f} mm" in proposal.because


def test_what_is_not_known_keeps_a_rule_open_only_where_it_matters():
    assert propose(RULES, {ORGANS: 5.0}).rule == "near"
    proposal = propose(RULES, {ORGANS: 20.0})
    assert proposal.modality is None
    assert "longest axial diameter is not known" in proposal.because


def test_a_limit_that_is_unset_is_told_by_its_fact():
    rules = changed("near", when=[{"fact": "distance_mm", "to": "ORGANS", "below": "unset"}])
    proposal = propose(rules, {ORGANS: 20.0, LONGEST: 12.0})
    assert proposal.modality is None
    assert (
        "leaves its limit of distance to the nearest drawn organ at risk unset" in proposal.because
    )


def test_two_rules_that_claim_a_lesion_propose_nothing():
    rules = changed("near", when=[{"fact": "longest_axial_mm", "below": 100.0}])
    proposal = propose(rules, {ORGANS: 20.0, LONGEST: 12.0})
    assert proposal.modality is None
    assert proposal.because == "the rules near and small and clear both claim it"


def test_otherwise_takes_what_no_rule_claims():
    alone = {"rules": [RULES.model_dump()["rules"][0]]}
    facts = {ORGANS: 20.0}
    assert propose(AllocationRules.model_validate(alone), facts).because == "no rule claims it"
    rules = AllocationRules.model_validate({**alone, "otherwise": "CRYO"})
    assert propose(rules, facts)[:2] == (Modality.CRYO, "otherwise")
    assert unclaimed_or_contested(rules, ()) == []


def test_a_place_is_a_condition():
    condition = Condition(fact="lies_in", to="LIVER", is_so=True)
    key = FactKey("lies_in", "LIVER")
    assert [condition.holds({key: True}), condition.holds({key: False}), condition.holds({})] == [
        True,
        False,
        None,
    ]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"fact": "distance_mm", "below": 1.0}, "needs 'to'"),
        ({"fact": "volume_cc", "to": "LIVER", "below": 1.0}, "has no 'to'"),
        ({"fact": "volume_cc"}, "takes one of 'at_least' and 'below'"),
        ({"fact": "volume_cc", "below": 1.0, "at_least": 0.5}, "takes one of"),
        ({"fact": "lies_in", "to": "LIVER"}, "takes 'is_so'"),
        ({"fact": "lies_in", "to": "LIVER", "is_so": True, "below": 1.0}, "takes 'is_so'"),
    ],
)
def test_a_condition_that_says_nothing_or_too_much_is_refused(fields, told):
    with pytest.raises(ValidationError, match=told):
        Condition.model_validate(fields)


def test_rules_that_claim_every_lesion_once_are_sound():
    assert unclaimed_or_contested(RULES, ("STOMACH",)) == []


def test_a_hole_between_rules_is_shown_by_a_lesion():
    rules = changed(
        "large and clear",
        when=[
            {"fact": "distance_mm", "to": "ORGANS", "at_least": 10.0},
            {"fact": "longest_axial_mm", "at_least": 35.0},
        ],
    )
    (mistake,) = unclaimed_or_contested(rules, ())
    assert mistake.startswith("allocation: no rule claims a lesion with")
    assert "longest axial diameter 30 to 35 mm" in mistake


def test_an_overlap_of_rules_is_shown_by_a_lesion():
    rules = changed("near", when=[{"fact": "distance_mm", "to": "ORGANS", "below": 12.0}])
    mistakes = unclaimed_or_contested(rules, ())
    assert len(mistakes) == 2
    assert "the rules 'near' and 'small and clear' all claim a lesion with" in mistakes[0]
    assert "distance to the nearest drawn organ at risk 10 to 12 mm" in mistakes[0]


def test_lesions_that_cannot_be_are_not_asked_for():
    """None is nearer to the stomach than to the nearest organ, or wider than it is long."""
    rules = AllocationRules.model_validate(
        {
            "rules": [
                {
                    "name": "at the stomach",
                    "when": [{"fact": "distance_mm", "to": "STOMACH", "below": 5.0}],
                    "modality": "SEEDS",
                    "because": "so",
                },
                {
                    "name": "clear of all",
                    "when": [{"fact": "distance_mm", "to": "ORGANS", "at_least": 5.0}],
                    "modality": "CRYO",
                    "because": "so",
                },
            ]
        }
    )
    contested = [m for m in unclaimed_or_contested(rules, ("STOMACH",)) if "all claim" in m]
    assert contested == []
    assert any("all claim" in m for m in unclaimed_or_contested(rules, ()))


def test_nothing_is_said_of_rules_whose_limits_are_unset():
    rules = changed("near", when=[{"fact": "distance_mm", "to": "ORGANS", "below": "unset"}])
    assert unclaimed_or_contested(rules, ()) == []
