"""What the rules conclude now that they had not concluded before."""

from collections.abc import Iterator
from datetime import datetime

from procedure_node.events import AlertCleared, AlertRaised, CoverageAssessed
from procedure_node.rules.conditions import Finding, by_id
from procedure_node.rules.coverage import assess
from procedure_node.rules.dose_alerts import organs_over_limit, under_covered
from procedure_node.rules.freeze_alerts import freezes
from procedure_node.rules.gas_alerts import gas_supplies
from procedure_node.rules.organ_alerts import cold_organs
from procedure_node.rules.registration import registration_findings
from procedure_node.rules.seed_alerts import seed_alerts
from procedure_node.rules.technical_alerts import (
    imaging_failures,
    lost_links,
    rejected_record,
    stale_readings,
)
from procedure_node.state import NodeState, ProcedureState

Judgement = CoverageAssessed | AlertRaised | AlertCleared


def judge(state: NodeState, now: datetime) -> list[Judgement]:
    """Payloads that bring coverage and alerts in the state up to what the rules say at ``now``.

    Pure: the same state and time give the same payloads; a state that already holds them gives
    none. After the procedure is closed only its record is judged.
    """
    procedure = state.procedure
    if procedure is None:
        return []
    if procedure.closed_at is not None:
        return list(_alert_changes(procedure, rejected_record(procedure), only="record-rejected"))
    coverage = assess(procedure, now)
    changed = [c for key, c in coverage.items() if procedure.coverage.get(key) != c]
    findings = _findings(state, procedure, coverage, now)
    return [*changed, *_alert_changes(procedure, findings)]


def _findings(
    state: NodeState,
    procedure: ProcedureState,
    coverage: dict[str, CoverageAssessed],
    now: datetime,
) -> Iterator[Finding]:
    yield from cold_organs(procedure, now)
    yield from organs_over_limit(procedure)
    yield from under_covered(procedure, coverage, now)
    yield from seed_alerts(procedure)
    yield from registration_findings(procedure)
    yield from freezes(procedure, now)
    yield from gas_supplies(procedure, now)
    yield from lost_links(state, procedure)
    yield from stale_readings(state, procedure, now)
    yield from imaging_failures(procedure)
    yield from rejected_record(procedure)


def _alert_changes(
    procedure: ProcedureState, findings: Iterator[Finding], *, only: str | None = None
) -> Iterator[AlertRaised | AlertCleared]:
    found, undecided = by_id(findings)
    for alert_id, alert in found.items():
        known = procedure.alerts.get(alert_id)
        if known is None or not known.present or known.raised != alert:
            yield alert
    for alert_id, known in procedure.alerts.items():
        judged = only is None or known.raised.condition == only
        if judged and known.present and alert_id not in found and alert_id not in undecided:
            yield AlertCleared(alert_id=alert_id, reason="the condition is no longer present")
