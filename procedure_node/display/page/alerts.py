"""Alerts, the most urgent first."""

import math
from datetime import datetime, timedelta

from procedure_node.alarms import pause_left_s, signal_of, sounding_priority
from procedure_node.display.page.model import AlarmSound, AlertRow
from procedure_node.display.page.scans import seconds_since
from procedure_node.state import AlertState, ProcedureState

RESOLVED_SHOWN_FOR = timedelta(minutes=5)
"""How long a resolved alert stays on the page: long enough to be seen by one who looked away."""

_PRIORITY = {"HIGH": 0, "MEDIUM": 1, "LOW": 2}
_CATEGORY = {"PHYSIOLOGICAL": 0, "TECHNICAL": 1}


def alert_rows(state: ProcedureState, now: datetime) -> tuple[AlertRow, ...]:
    """Alerts that are told by priority, each before what follows from it, then the resolved ones.

    The newest resolved one comes first. A latched alert is told although its condition is gone.
    """
    told = [a for a in state.alerts.values() if _is_told(a, now)]
    causes = sorted((a for a in told if a.raised.caused_by is None), key=_urgency)
    effects = [a for a in told if a.raised.caused_by is not None]
    present = [
        alert
        for cause in causes
        for alert in (
            cause,
            *(e for e in effects if e.raised.caused_by == cause.raised.alert_id),
        )
    ]
    present += [e for e in effects if e not in present]
    resolved = sorted(
        (
            a
            for a in state.alerts.values()
            if a not in told and a.cleared_at and now - a.cleared_at <= RESOLVED_SHOWN_FOR
        ),
        key=lambda a: a.cleared_at or a.raised_at,
        reverse=True,
    )
    return tuple(_row(alert, state, now) for alert in (*present, *resolved))


def alarm_sound(state: ProcedureState, now: datetime) -> AlarmSound:
    """What is to be heard at ``now``."""
    pause = state.alarm_pause
    left_s = pause_left_s(pause, now)
    return AlarmSound(
        priority=None
        if state.closed_at is not None
        else sounding_priority(state.alerts.values(), pause, now),
        paused_s=math.ceil(left_s) if left_s > 0 else None,
        paused_by=pause.by if pause is not None and left_s > 0 else "",
        checked=state.sound_checked_at is not None,
    )


def _is_told(alert: AlertState, now: datetime) -> bool:
    return alert.present or signal_of(alert, None, now).presence == "LATCHED"


def _urgency(alert: AlertState) -> tuple[int, bool, int, float]:
    raised = alert.raised
    return (
        _PRIORITY[raised.priority],
        alert.acknowledged_at is not None,
        _CATEGORY[raised.category],
        -alert.raised_at.timestamp(),
    )


def _row(alert: AlertState, state: ProcedureState, now: datetime) -> AlertRow:
    signal = signal_of(alert, state.alarm_pause, now)
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
        acknowledged_by=alert.acknowledged_by or "",
        signal=signal.presence,
        flashes=signal.flashes and state.closed_at is None,
        escalated=signal.is_escalated,
        caused_by=alert.raised.caused_by or "",
    )
