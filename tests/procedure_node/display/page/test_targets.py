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


def test_a_figure_shows_its_band_and_whether_the_verdict_is_within_its_error(state, now):
    d90, v100 = card(state, now, "L1").facts
    assert (d90.low, d90.high, d90.within_error) == (118.0, 141.0, False)
    assert (v100.low, v100.high, v100.within_error) == (88.9, 98.0, True)
    coverage, margin, freezes = card(state, now, "L3/CORE").facts
    assert (coverage.low, coverage.within_error) == (90.1, True)
    assert (margin.low, margin.high, margin.within_error) == (-5.4, 0.2, False)
    assert freezes.low is None


def test_the_largest_cold_part_is_told_with_the_way_to_the_nearest_seed(state, now):
    cold = card(state, now, "L3/PERIPHERY").cold
    assert (cold.volume_cc, cold.total_cc, cold.parts) == (1.36, 1.61, 2)
    assert (cold.least_dose_gy, cold.nearest_seed_mm) == (58.0, 8.7)
    assert card(state, now, "L1").cold is None
    assert card(state, now, "L3/CORE").cold is None


def test_an_old_scan_tells_no_cold_part(state, now):
    assert card(state, now + timedelta(minutes=30), "L3/PERIPHERY").cold is None


def test_research_data_of_a_seed_model_are_told_wherever_its_dose_is(state, changed, now):
    scan = state.procedure.scans["1.2.826.3"]
    dose = scan.dose.model_copy(update={"research_models": ("BT-125-1",)})
    scans = {**state.procedure.scans, "1.2.826.3": scan.model_copy(update={"dose": dose})}
    told = changed(scans=scans)
    assert [c.key for c in page_state(told, now).procedure.targets if c.research_data] == [
        "L1",
        "L3/PERIPHERY",
    ]
    assert page_state(told, now).procedure.dvh.research_models == ("BT-125-1",)
    assert not card(state, now, "L1").research_data


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
