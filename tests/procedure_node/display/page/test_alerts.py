from datetime import timedelta

from procedure_node.display import page_state


def rows(state, at):
    return page_state(state, at).procedure.alerts


def test_present_alerts_come_by_priority_then_unacknowledged_then_resolved(state, now):
    assert [alert.id for alert in rows(state, now)] == [
        "organ-over-limit",
        "device-lost",
        "target-under-covered",
        "seed-count-mismatch",
    ]
    assert [alert.acknowledged for alert in rows(state, now)] == [False, False, True, False]
    assert [alert.present for alert in rows(state, now)] == [True, True, True, False]


def test_the_age_of_an_alert_is_counted_at_the_given_time(state, now):
    later = rows(state, now + timedelta(seconds=10))
    assert [alert.since_s for alert in later] == [140, 24, 138, 136]


def test_a_resolved_alert_leaves_the_page_after_a_while(state, now):
    later = rows(state, now + timedelta(minutes=5))
    assert "seed-count-mismatch" not in [alert.id for alert in later]


def test_what_to_do_is_told(state, now):
    assert rows(state, now)[0].action == "Place no further seed near it; review the plan"
