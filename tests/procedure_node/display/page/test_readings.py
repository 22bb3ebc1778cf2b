from datetime import timedelta
from itertools import pairwise

import pytest

from dosimetry_core.values import CyclePhase, MeasurementValidity
from procedure_node.display import page_state
from procedure_node.display.page.readings import CURVE_POINTS, curve
from procedure_node.state import TemperaturePoint


def probes(state, at):
    return {row.key: row for row in page_state(state, at).procedure.probes}


def points(start, temperatures, step_s=1.0):
    return [
        TemperaturePoint(utc=start + timedelta(seconds=n * step_s), temperature_c=value)
        for n, value in enumerate(temperatures)
    ]


def test_a_probe_tells_its_phase_its_time_in_it_and_its_temperature(state, now):
    row = probes(state, now)["console/2"]
    assert (row.target, row.phase, row.phase_s) == ("L3/CORE", CyclePhase.FREEZE, 300)
    assert (row.cycle, row.cycles_wanted) == (2, 2)
    assert row.temperature.celsius == pytest.approx(-142.0, abs=0.2)


def test_a_silent_probe_has_no_temperature_and_no_phase(state, now):
    row = probes(state, now + timedelta(seconds=9))["console/2"]
    assert row.temperature.celsius is None
    assert row.temperature.reason == "nothing heard for 10 s"
    assert row.phase is CyclePhase.UNKNOWN
    assert row.gas_pressure_kpa is None


@pytest.mark.parametrize(
    ("validity", "celsius", "questionable"),
    [("VALID", -50.0, False), ("QUESTIONABLE", -50.0, True), ("INVALID", None, False)],
)
def test_a_reading_is_worth_what_its_validity_says(
    state, changed, now, validity, celsius, questionable
):
    probe = state.procedure.probes["console/2"]
    reading = probe.last.model_copy(
        update={
            "validity": MeasurementValidity(validity),
            "tip_temperature_c": -50.0,
            "reason": "sensor drift",
        }
    )
    updated = changed(probes={"console/2": probe.model_copy(update={"last": reading})})
    shown = probes(updated, now)["console/2"].temperature
    assert (shown.celsius, shown.questionable) == (celsius, questionable)
    assert shown.reason == "sensor drift"


def test_a_probe_that_was_only_assigned_says_that_nothing_was_heard(state, changed, now):
    probe = state.procedure.probes["console/2"].model_copy(update={"last": None, "last_at": None})
    shown = probes(changed(probes={"console/2": probe}), now)["console/2"]
    assert shown.temperature.reason == "nothing heard yet"


def test_phases_become_spans_and_the_present_one_is_open(state, now):
    spans = probes(state, now)["console/1"].spans
    assert [span.phase for span in spans] == [
        "FREEZE",
        "UNKNOWN",
        "FREEZE",
        "PASSIVE_THAW",
        "FREEZE",
    ]
    assert spans[-1].end_s is None
    assert all(a.end_s == b.start_s for a, b in pairwise(spans))


def test_a_silence_between_points_breaks_the_curve(now):
    apart = [*points(now, [1.0, 2.0]), *points(now + timedelta(seconds=30), [3.0, 4.0])]
    assert curve(apart, gap_s=5.0).temperature_c == (1.0, 2.0, None, 3.0, 4.0)


def test_a_missing_temperature_stays_missing(now):
    assert curve(points(now, [1.0, None, 3.0]), gap_s=5.0).temperature_c == (1.0, None, 3.0)


def test_thinning_keeps_extremes_gaps_order_and_the_newest_point(now):
    long = [20.0] * 3600
    long[1234], long[2000], long[3599] = -150.0, None, 7.0
    thin = curve(points(now, long), gap_s=5.0)
    assert len(thin.at_s) <= CURVE_POINTS * 1.5
    assert min(value for value in thin.temperature_c if value is not None) == -150.0
    assert thin.temperature_c.count(None) == 1
    assert thin.temperature_c[-1] == 7.0
    assert list(thin.at_s) == sorted(thin.at_s)


def test_an_empty_curve_stays_empty():
    assert curve([], gap_s=5.0).at_s == ()
