"""Coverage of each target by the modality that it is allocated to."""

from collections.abc import Sequence
from datetime import datetime

from dosimetry_core.values import Modality
from procedure_node.events import CoverageAssessed, CoverageFact, Verdict
from procedure_node.protocol import Target
from procedure_node.rules.freeze_coverage import freeze_facts
from procedure_node.rules.modelled_coverage import modelled_facts
from procedure_node.rules.seed_coverage import seed_facts
from procedure_node.rules.targets import targets_of
from procedure_node.state import ProcedureState


def assess(state: ProcedureState, now: datetime) -> dict[str, CoverageAssessed]:
    """What is known of the coverage of every allocated target, keyed by ``Target.key``.

    A target is UNDER if any wanted quantity is known not to be reached; otherwise UNKNOWN if any is
    unknown; otherwise COVERED.
    """
    return {
        key: _assess_target(state, target, state.allocations[key], now)
        for key, target in targets_of(state).items()
        if key in state.allocations
    }


def _assess_target(
    state: ProcedureState, target: Target, modality: Modality, now: datetime
) -> CoverageAssessed:
    if modality is Modality.SEEDS:
        facts, series_uid = seed_facts(state, target, now)
    else:
        facts, series_uid = freeze_facts(state, target, now)
        facts = [*facts, *modelled_facts(state, target, now)]
    return CoverageAssessed(
        lesion=target.lesion,
        zone=target.zone,
        modality=modality,
        verdict=_verdict(facts),
        facts=tuple(facts),
        unknown_reasons=tuple(dict.fromkeys(f.unknown_reason for f in facts if f.unknown_reason)),
        series_uid=series_uid,
    )


def _verdict(facts: Sequence[CoverageFact]) -> Verdict:
    if any(fact.met is False for fact in facts):
        return "UNDER"
    if any(fact.met is None for fact in facts):
        return "UNKNOWN"
    return "COVERED"
