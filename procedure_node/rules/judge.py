"""What the rules conclude now that they had not concluded before."""

from collections.abc import Iterator
from datetime import datetime

from procedure_node.events import CoverageAssessed
from procedure_node.rules.conditions import Finding
from procedure_node.rules.coverage import assess
from procedure_node.rules.dose_alerts import organs_over_limit, under_covered
from procedure_node.rules.freeze_alerts import freezes
from procedure_node.rules.gas_alerts import gas_supplies
from procedure_node.rules.ice_alerts import ice_findings
from procedure_node.rules.modelled_alerts import modelled_ice_near_organs
from procedure_node.rules.organ_alerts import cold_organs
from procedure_node.rules.presence import AlertChange, alert_changes
from procedure_node.rules.registration import registration_findings
from procedure_node.rules.seed_alerts import seed_alerts
from procedure_node.rules.technical_alerts import (
    broken_chain,
    imaging_failures,
    lost_links,
    rejected_record,
    stale_readings,
)
from procedure_node.state import NodeState, ProcedureState

Judgement = CoverageAssessed | AlertChange


def judge(state: NodeState, now: datetime) -> list[Judgement]:
    """Payloads that bring coverage and alerts in the state up to what the rules say at ``now``.

    Pure: the same state and time give the same payloads; a state that already holds them gives
    none. After the procedure is closed only its record is judged.
    """
    procedure = state.procedure
    if procedure is None:
        return []
    if procedure.closed_at is not None:
        return list(
            alert_changes(procedure, rejected_record(procedure), now, only="record-rejected")
        )
    coverage = assess(procedure, now)
    changed = [c for key, c in coverage.items() if procedure.coverage.get(key) != c]
    findings = _findings(state, procedure, coverage, now)
    return [*changed, *alert_changes(procedure, findings, now)]


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
    yield from ice_findings(procedure, now)
    yield from modelled_ice_near_organs(procedure, now)
    yield from lost_links(state, procedure)
    yield from broken_chain(state)
    yield from stale_readings(state, procedure, now)
    yield from imaging_failures(procedure)
    yield from rejected_record(procedure)
