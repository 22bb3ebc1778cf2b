from datetime import timedelta

import pytest

from procedure_node.display import page_state


def card(state, at, key):
    return next(c for c in page_state(state, at).procedure.targets if c.key == key)


@pytest.mark.parametrize(
    ("key", "verdict"),
    [("L1", "COVERED"), ("L2", "UNKNOWN"), ("L3/CORE", "UNDER"), ("L3/PERIPHERY", "UNDER")],
)
def test_every_target_has_its_verdict(state, now, key, verdict):
    assert card(state, now, key).verdict == verdict


def test_facts_keep_what_was_wanted_what_is_there_and_by_which_evidence(state, now):
    fact = card(state, now, "L3/PERIPHERY").facts[1]
    assert (fact.quantity, fact.wanted, fact.actual, fact.unit) == ("V100", 90.0, 82.1, "%")
    assert (fact.met, fact.evidence) == (False, "MODELLED")


def test_an_unknown_says_why(state, sample, now):
    assert card(state, now, "L2").unknown_reasons == (sample.GAP,)


def test_coverage_tells_the_scan_that_it_rests_on_and_its_age(state, now):
    shown = card(state, now, "L1")
    assert (shown.scan_number, shown.age_s) == (3, 150)


def test_a_covered_target_turns_unknown_when_its_scan_is_too_old(state, now):
    later = now + timedelta(minutes=30)
    shown = card(state, later, "L1")
    assert shown.verdict == "UNKNOWN"
    assert all(fact.actual is None for fact in shown.facts)
    assert any("30 min" in reason for reason in shown.unknown_reasons)


def test_a_closed_procedure_keeps_the_verdict_that_it_ended_with(changed, now):
    closed = changed(closed_at=now, outcome="COMPLETED")
    assert card(closed, now + timedelta(days=1), "L1").verdict == "COVERED"


def test_a_target_that_is_drawn_but_not_allocated_is_unknown(state, changed, now):
    allocations = {k: v for k, v in state.procedure.allocations.items() if k != "L1"}
    coverage = {k: v for k, v in state.procedure.coverage.items() if k != "L1"}
    shown = card(changed(allocations=allocations, coverage=coverage), now, "L1")
    assert (shown.verdict, shown.modality) == ("UNKNOWN", None)
    assert shown.unknown_reasons == ("it is not allocated to seeds or to freezing yet",)


def test_seeds_reported_and_found_are_counted_where_seeds_belong(state, now):
    assert card(state, now, "L1").seeds.model_dump() == {"reported": 24, "found": 24}
    assert card(state, now, "L2").seeds is None


def test_seeds_not_looked_for_yet_are_not_zero(state, sample, changed, now):
    fresh = sample.scan(4, now - timedelta(seconds=20), analysed=False)
    scans = {**state.procedure.scans, fresh.series_uid: fresh}
    assert card(changed(scans=scans), now, "L1").seeds.found is None


def test_while_a_newer_scan_is_analysed_the_old_number_is_not_shown(state, sample, changed, now):
    fresh = sample.scan(4, now - timedelta(seconds=20), analysed=False)
    scans = {**state.procedure.scans, fresh.series_uid: fresh}
    shown = card(changed(scans=scans), now, "L1")
    assert shown.verdict == "UNKNOWN"
    assert all(fact.actual is None for fact in shown.facts)
