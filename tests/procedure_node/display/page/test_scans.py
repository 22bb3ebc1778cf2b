from datetime import timedelta

import pytest

from procedure_node.display import page_state, scan_token


def page(state, at):
    return page_state(state, at).procedure


def with_scan(state, changed, **values):
    scan = state.procedure.scans["1.2.826.3"].model_copy(update=values)
    return changed(scans={**state.procedure.scans, "1.2.826.3": scan})


def test_scans_are_numbered_as_they_were_discovered(state, now):
    assert [(s.number, s.age_s) for s in page(state, now).scans] == [(1, 3000), (2, 1860), (3, 150)]


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"status": "ARRIVING"}, "ARRIVING"),
        ({"status": "REFUSED", "refused": ("tilted",)}, "REFUSED"),
        ({"view_directory": None}, "ANALYSING"),
        ({"failures": {"DOSE": "no seed model"}}, "FAILED"),
        ({}, "ANALYSED"),
    ],
)
def test_a_scan_tells_how_far_it_came(state, changed, now, values, status):
    assert page(with_scan(state, changed, **values), now).scans[-1].status == status


def test_the_reasons_of_a_refusal_are_told(state, changed, now):
    refused = with_scan(state, changed, status="REFUSED", refused=("slice 12 is missing",))
    assert page(refused, now).scans[-1].reasons == ("slice 12 is missing",)


def test_no_uid_reaches_the_page_in_words(state, changed, now):
    uid = "1.2.840.113619.2.55.3.604688119"
    scans = with_scan(
        state, changed, refused=(f"1 of 3 images has no PixelData: {uid}.dcm",), description=uid
    )
    refused = scans.model_copy(
        update={
            "links": {
                name: link.model_copy(update={"reason": f"lost at {uid}."})
                for name, link in scans.links.items()
            }
        }
    )
    assert uid not in page_state(refused, now).model_dump_json()


def test_the_pictures_follow_the_newest_scan_and_the_target_last_worked_on(state, now):
    focus = page(state, now).focus
    assert focus.token == scan_token("1.2.826.3")
    assert (focus.target, focus.structure) == ("L3/CORE", "L3_CORE")
    assert focus.targets == ("L1", "L2", "L3_CORE", "L3_PERIPHERY")


def test_a_newer_seed_report_takes_the_focus_and_its_seeds_are_the_point(
    state, sample, changed, now
):
    reports = (*state.procedure.seed_reports, sample.report("L1", 1, now))
    focus = page(changed(seed_reports=reports), now).focus
    assert focus.target == "L1"
    assert focus.point_mm == pytest.approx(sample.BALLS_MM["L1"][0], abs=1.0)


def test_before_any_act_the_first_unfinished_target_has_the_focus(changed, now):
    assert page(changed(seed_reports=(), probes={}), now).focus.target == "L2"


def test_the_focus_waits_for_pictures(state, sample, changed, now):
    fresh = sample.scan(4, now - timedelta(seconds=20), analysed=False)
    scans = {**state.procedure.scans, fresh.series_uid: fresh}
    focus = page(changed(scans=scans), now).focus
    assert (focus.scan_number, focus.outdated) == (3, "scan 4 is newer")
    assert page(changed(scans={}), now).focus is None


def taken(state, changed, uid, at):
    scans = state.procedure.scans
    received = scans[uid].received.model_copy(update={"acquired_at": at})
    moved = scans[uid].model_copy(update={"received": received})
    return changed(scans={**scans, uid: moved})


def test_the_age_of_a_scan_counts_from_when_it_was_taken(state, changed, now):
    shown = page(taken(state, changed, "1.2.826.3", now - timedelta(minutes=30.5)), now)
    assert shown.focus.outdated == shown.dvh.outdated == "older than 30 min"
    stomach = next(organ for organ in shown.organs if organ.name == "STOMACH")
    assert stomach.limits[0].status == "UNKNOWN"


def test_an_older_scan_that_came_later_does_not_take_the_pictures(
    state, sample, changed, now, view_directory
):
    scan = sample.scan(4, now - timedelta(seconds=20), view_directory=view_directory)
    scans = {**state.procedure.scans, scan.series_uid: scan}
    hour_ago = now - timedelta(hours=1)
    shown = page(taken(changed(scans=scans), changed, scan.series_uid, hour_ago), now)
    assert (shown.focus.scan_number, shown.dvh.scan_number) == (3, 3)
    assert shown.focus.outdated == ""


def test_an_old_scan_is_called_old_until_the_procedure_is_closed(state, changed, now):
    later = now + timedelta(minutes=40)
    assert page(state, later).focus.outdated == "older than 30 min"
    assert page(changed(closed_at=now), later).focus.outdated == ""
