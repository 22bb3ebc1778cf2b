from datetime import timedelta

from procedure_node.display import page_state


def limits(state, at, organ):
    row = next(o for o in page_state(state, at).procedure.organs if o.name == organ)
    return {limit.quantity: limit for limit in row.limits}


def test_an_organ_is_held_against_its_limits(state, now):
    shown = limits(state, now, "GALLBLADDER")
    assert (shown["D2cc"].actual, shown["D2cc"].limit, shown["D2cc"].status) == (58.3, 55.0, "OVER")
    assert shown["D0.1cc"].status == "WITHIN"
    assert (shown["D0.1cc"].actual, shown["D0.1cc"].high) == (69.0, 78.3)


def test_an_organ_dose_of_an_old_scan_is_unknown(state, now):
    shown = limits(state, now + timedelta(minutes=40), "STOMACH")["D2cc"]
    assert (shown.status, shown.actual, shown.high) == ("UNKNOWN", None, None)
    assert "older than 30 min" in shown.reason


def test_seeds_placed_since_the_scan_make_a_dose_within_limits_unknown_but_leave_one_over(
    state, sample, changed, now
):
    more = (*state.procedure.seed_reports, sample.report("L1", 3, now))
    later = changed(seed_reports=more)
    stomach = limits(later, now, "STOMACH")["D2cc"]
    assert (stomach.status, stomach.actual) == ("UNKNOWN", None)
    assert stomach.reason == "3 seeds were implanted after the newest scan"
    assert limits(later, now, "GALLBLADDER")["D2cc"].status == "OVER"


def test_seeds_taken_back_since_the_scan_are_not_told_as_implanted(state, sample, changed, now):
    back = (*state.procedure.seed_reports, sample.report("L1", -2, now))
    stomach = limits(changed(seed_reports=back), now, "STOMACH")["D2cc"]
    assert (stomach.status, stomach.reason) == ("UNKNOWN", "42 seeds are seen, 40 are reported")
    moved = (*back, sample.report("L2", 2, now))
    stomach = limits(changed(seed_reports=moved), now, "STOMACH")["D2cc"]
    assert stomach.reason == "2 seeds were implanted after the newest scan"


def test_a_missing_seed_makes_a_dose_within_limits_unknown(state, changed, now):
    fewer = state.procedure.seed_reports[:1]
    stomach = limits(changed(seed_reports=fewer), now, "STOMACH")["D2cc"]
    assert (stomach.status, stomach.reason) == ("UNKNOWN", "42 seeds are seen, 24 are reported")


def test_a_failed_step_is_the_reason(state, changed, now):
    scan = state.procedure.scans["1.2.826.3"]
    failed = scan.model_copy(update={"dose": None, "failures": {"SEEDS": "no seed model is set"}})
    scans = {**state.procedure.scans, "1.2.826.3": failed}
    assert limits(changed(scans=scans), now, "STOMACH")["D2cc"].reason == "no seed model is set"


def test_a_silent_thermometer_is_unknown_and_a_cold_one_is_over(state, changed, sample, now):
    silent = limits(state, now, "STOMACH")["temp."]
    assert (silent.status, silent.actual) == ("UNKNOWN", None)
    assert silent.reason == "nothing heard for 14 s"
    cold = sample.sensor(2, "STOMACH", now)
    reading = cold.last.model_copy(update={"temperature_c": 6.5})
    sensors = {"thermometer/2": cold.model_copy(update={"last": reading})}
    shown = limits(changed(sensors=sensors), now, "STOMACH")["temp."]
    assert (shown.status, shown.actual, shown.limit) == ("OVER", 6.5, 10.0)


def test_a_limit_that_the_protocol_leaves_unset_is_told_as_unset(state, changed, now):
    protocol = state.procedure.protocol
    organ = protocol.organs[1].model_copy(
        update={
            "d2cc_limit_gy": "unset",
            "d0_1cc_limit_gy": None,
            "temperature_minimum_c": None,
            "ice_distance_minimum_mm": None,
        }
    )
    shown = limits(
        changed(protocol=protocol.model_copy(update={"organs": (organ,)})), now, organ.name
    )
    assert list(shown) == ["D2cc"]
    assert (shown["D2cc"].status, shown["D2cc"].limit) == ("UNSET", None)


def test_a_dvh_keeps_its_shape_when_it_is_thinned(state, now):
    line = page_state(state, now).procedure.dvh.lines[0]
    assert line.name == "L1"
    assert len(line.dose_gy) <= 241
    assert line.volume_percent[0] > 99.0
    near_d90 = min(range(len(line.dose_gy)), key=lambda n: abs(line.dose_gy[n] - 131.0))
    assert abs(line.volume_percent[near_d90] - 90.0) < 1.0


def test_a_dvh_of_a_scan_that_is_not_the_newest_says_so(state, sample, changed, now):
    fresh = sample.scan(4, now - timedelta(seconds=20), analysed=False)
    scans = {**state.procedure.scans, fresh.series_uid: fresh}
    assert page_state(changed(scans=scans), now).procedure.dvh.outdated == "scan 4 is newer"
    assert page_state(state, now).procedure.dvh.outdated == ""


def test_before_the_first_dose_there_is_no_dvh(changed, now):
    assert page_state(changed(scans={}), now).procedure.dvh is None
