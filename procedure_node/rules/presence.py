"""From what is wrong now to what has newly become so: delays, causes and escalation."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from procedure_node.alarms import condition_of, with_causes
from procedure_node.events import (
    AlertCleared,
    AlertDelayEnded,
    AlertDelayStarted,
    AlertEscalated,
    AlertRaised,
)
from procedure_node.rules.conditions import Finding, by_id
from procedure_node.state import AlertState, ProcedureState

AlertChange = AlertRaised | AlertCleared | AlertDelayStarted | AlertDelayEnded | AlertEscalated


def alert_changes(
    procedure: ProcedureState,
    findings: Iterator[Finding],
    now: datetime,
    *,
    only: str | None = None,
) -> Iterator[AlertChange]:
    """What brings the alerts of the state up to the findings.

    Args:
        procedure: its alerts are those that were told.
        findings: all that is wrong now, and what cannot be told.
        now: aware time.
        only: judge no other condition than this; the others stay as they are.
    """
    found, undecided = by_id(findings)
    lingering = {
        key: known.raised.model_copy(update={"caused_by": None})
        for key, known in procedure.alerts.items()
        if known.present and key not in found
    }
    told = with_causes({**found, **lingering})
    for alert_id in found:
        yield from _present(procedure, told[alert_id], now)
    for alert_id in lingering:
        known = procedure.alerts[alert_id]
        if only is not None and known.raised.condition != only:
            continue
        if alert_id in undecided:
            yield from _present(procedure, told[alert_id], now)
        else:
            yield from _gone_after_delay(procedure, told[alert_id], now)
    for alert_id in procedure.alert_delays if only is None else ():
        if alert_id not in told and alert_id not in undecided:
            yield AlertDelayEnded(alert_id=alert_id)


def _present(procedure: ProcedureState, alert: AlertRaised, now: datetime) -> Iterator[AlertChange]:
    known = procedure.alerts.get(alert.alert_id)
    if known is None or not known.present:
        yield from _after_delay(procedure, alert, now)
        return
    if known.raised != alert:
        yield alert
    elif alert.alert_id in procedure.alert_delays:
        yield AlertDelayEnded(alert_id=alert.alert_id)
    if _is_to_escalate(known, alert, now):
        yield AlertEscalated(
            alert_id=alert.alert_id, after_s=(now - known.raised_at).total_seconds()
        )


def _after_delay(
    procedure: ProcedureState, alert: AlertRaised, now: datetime
) -> Iterator[AlertChange]:
    condition = condition_of(alert.condition)
    delay_s = condition.raise_after_s if condition else 0.0
    since = procedure.alert_delays.get(alert.alert_id)
    if delay_s == 0 or (since is not None and now - since >= timedelta(seconds=delay_s)):
        yield alert
    elif since is None:
        yield AlertDelayStarted(alert_id=alert.alert_id, towards="PRESENT")


def _gone_after_delay(
    procedure: ProcedureState, alert: AlertRaised, now: datetime
) -> Iterator[AlertChange]:
    alert_id = alert.alert_id
    condition = condition_of(alert.condition)
    delay_s = condition.clear_after_s if condition else 0.0
    since = procedure.alert_delays.get(alert_id)
    if delay_s == 0 or (since is not None and now - since >= timedelta(seconds=delay_s)):
        yield AlertCleared(alert_id=alert_id, reason="the condition is no longer present")
        return
    if alert.caused_by is not None and procedure.alerts[alert_id].raised != alert:
        yield alert
        since = None
    if since is None:
        yield AlertDelayStarted(alert_id=alert_id, towards="ABSENT")


def _is_to_escalate(known: AlertState, alert: AlertRaised, now: datetime) -> bool:
    condition = condition_of(alert.condition)
    after_s = condition.escalates_after_s if condition else None
    return (
        after_s is not None
        and alert.priority == "HIGH"
        and alert.caused_by is None
        and known.acknowledged_at is None
        and known.escalated_at is None
        and now - known.raised_at >= timedelta(seconds=after_s)
    )
