"""Alerts, the most urgent first."""

from datetime import datetime, timedelta

from procedure_node.display.page.model import AlertRow
from procedure_node.display.page.scans import seconds_since
from procedure_node.state import AlertState, ProcedureState

RESOLVED_SHOWN_FOR = timedelta(minutes=5)
"""How long a resolved alert stays on the page: long enough to be seen by one who looked away."""

_PRIORITY = {"HIGH": 0, "MEDIUM": 1, "LOW": 2}
_CATEGORY = {"PHYSIOLOGICAL": 0, "TECHNICAL": 1}


def alert_rows(state: ProcedureState, now: datetime) -> tuple[AlertRow, ...]:
    """Present alerts by priority, then those that were resolved lately, newest first."""
    present = sorted((a for a in state.alerts.values() if a.present), key=_urgency)
    resolved = sorted(
        (
            a
            for a in state.alerts.values()
            if not a.present and a.cleared_at and now - a.cleared_at <= RESOLVED_SHOWN_FOR
        ),
        key=lambda a: a.cleared_at or a.raised_at,
        reverse=True,
    )
    return tuple(_row(alert, now) for alert in (*present, *resolved))


def _urgency(alert: AlertState) -> tuple[int, bool, int, float]:
    raised = alert.raised
    return (
        _PRIORITY[raised.priority],
        alert.acknowledged_at is not None,
        _CATEGORY[raised.category],
        -alert.raised_at.timestamp(),
    )


def _row(alert: AlertState, now: datetime) -> AlertRow:
    since = alert.raised_at if alert.present else alert.cleared_at or alert.raised_at
    return AlertRow(
        id=alert.raised.alert_id,
        condition=alert.raised.condition,
        priority=alert.raised.priority,
        category=alert.raised.category,
        subject=alert.raised.subject,
        text=alert.raised.text,
        action=alert.raised.action,
        present=alert.present,
        acknowledged=alert.acknowledged_at is not None,
        since_s=seconds_since(since, now),
        cleared_reason=alert.cleared_reason,
    )
