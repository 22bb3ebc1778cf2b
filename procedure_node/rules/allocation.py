"""What the protocol proposes for each lesion and zone, from the lesion's facts."""

from collections.abc import Iterator

from dosimetry_core.values import Modality, ZoneKind
from procedure_node.events import LesionFacts
from procedure_node.protocol import (
    UNSET,
    ArmRule,
    FactKey,
    Facts,
    Proposal,
    Target,
    ZoningRule,
    propose,
)
from procedure_node.rules.targets import targets_of
from procedure_node.state import ProcedureState


def proposals_of(state: ProcedureState) -> dict[str, Proposal]:
    """A proposal for every target that the arm may treat, keyed by ``Target.key``.

    An arm of one modality gives that. An arm of a single modality gives all lesions what the first
    was allocated to. A bulky lesion's zones are given what the protocol's zoning says; every other
    lesion what the rule says that claims it.
    """
    arm = state.protocol.arms[state.arm]
    return {
        target.key: proposal
        for target in targets_of(state).values()
        if (proposal := _proposal(state, arm, target)) is not None
    }


def is_bulky(state: ProcedureState, lesion: str) -> tuple[bool | None, str]:
    """Whether a lesion is bulky, in words with the fact; None where that cannot be told."""
    rule, facts = state.protocol.bulky, lesion_facts(state, lesion)
    if rule is None:
        return False, "the protocol has no bulky lesions"
    if facts is None:
        return None, f"{lesion} is not measured"
    measured = (
        ("longest axial diameter", facts.longest_axial_mm, rule.longest_axial_at_least_mm, "mm"),
        ("volume", facts.volume_cc, rule.volume_at_least_cc, "cc"),
    )
    reached = [
        f"{what} {value:.1f} {unit}"
        for what, value, limit, unit in measured
        if isinstance(limit, float) and value >= limit
    ]
    if reached:
        return True, f"it is bulky: {' and '.join(reached)}"
    unset = [what for what, _, limit, _ in measured if limit == UNSET]
    if unset:
        return None, f"the protocol leaves the {' and '.join(unset)} of a bulky lesion unset"
    return False, "it is not bulky"


def lesion_facts(state: ProcedureState, lesion: str) -> LesionFacts | None:
    """What was measured of a lesion in the structure set that counts; None if nothing was."""
    measured, drawn = state.lesions, state.structures
    if measured is None or drawn is None:
        return None
    if measured.structure_set_uid != drawn.structure_set_uid:
        return None
    return next((facts for facts in measured.lesions if facts.lesion == lesion), None)


def facts_for_rules(state: ProcedureState, lesion: str) -> Facts:
    """The facts that rules may look at; what is not known is left out."""
    facts = lesion_facts(state, lesion)
    known: dict[FactKey, float | bool] = {}
    path_mm = state.needle_paths.get(lesion)
    if path_mm is not None:
        known[FactKey("needle_path_mm")] = path_mm
    if facts is None:
        return known
    known[FactKey("volume_cc")] = facts.volume_cc
    known[FactKey("longest_axial_mm")] = facts.longest_axial_mm
    known[FactKey("short_axial_mm")] = facts.short_axial_mm
    known[FactKey("longest_mm")] = facts.longest_mm
    for other in facts.distances:
        known[FactKey("distance_mm", other.name)] = other.distance_mm
        known[FactKey("lies_in", other.name)] = other.lies_in
        if other.group is not None:
            nearest = FactKey("distance_mm", other.group)
            known[nearest] = min(other.distance_mm, known.get(nearest, other.distance_mm))
    return known


def undrawn_organs(state: ProcedureState) -> tuple[str, ...]:
    """Organs of the protocol that the structure set lacks: no distance to them is known."""
    drawn = {s.name for s in state.structures.structures} if state.structures else set[str]()
    return tuple(organ.name for organ in state.protocol.organs if organ.name not in drawn)


def _proposal(state: ProcedureState, arm: ArmRule, target: Target) -> Proposal | None:
    if target.zone is not ZoneKind.WHOLE:
        return _of_zone(state, arm, target)
    if len(arm.modalities) == 1:
        (modality,) = arm.modalities
        return Proposal(modality, f"arm {state.arm}", "the arm gives nothing else")
    if arm.single_modality:
        given = next(iter(state.allocations.values()), None)
        because = "what the first allocation decides, all lesions are given"
        return Proposal(given, f"arm {state.arm}" if given else "", because)
    bulky, because = is_bulky(state, target.lesion)
    if not arm.zoning or state.protocol.zoning is None or bulky is False:
        return _by_rules(state, target.lesion)
    if bulky is None:
        return Proposal(None, "", because)
    zones = [t for t in targets_of(state).values() if t.lesion == target.lesion]
    return None if len(zones) > 1 else Proposal(None, "", f"{because}; draw its zones")


def _by_rules(state: ProcedureState, lesion: str) -> Proposal:
    if state.protocol.allocation is None:
        return Proposal(None, "", "the protocol has no rule for it")
    proposal = propose(state.protocol.allocation, facts_for_rules(state, lesion))
    return _with_what_is_not_drawn(state, proposal)


def _with_what_is_not_drawn(state: ProcedureState, proposal: Proposal) -> Proposal:
    looks_at_organs = any(
        condition.to == "ORGANS"
        for rule in (state.protocol.allocation.rules if state.protocol.allocation else ())
        for condition in rule.when
    )
    missing = undrawn_organs(state)
    if proposal.modality is None or not looks_at_organs or not missing:
        return proposal
    words = f"{proposal.because}; not drawn, so not looked at: {', '.join(missing)}"
    return proposal._replace(because=words)


def _of_zone(state: ProcedureState, arm: ArmRule, target: Target) -> Proposal | None:
    rule = state.protocol.zoning
    if not arm.zoning or rule is None:
        return None
    bulky, because = is_bulky(state, target.lesion)
    if not bulky:
        return Proposal(None, "", because)
    modality = dict(_modalities(rule)).get(target.zone)
    if modality is None:
        return Proposal(None, "", f"the protocol gives a {target.zone.value} nothing")
    return Proposal(modality, f"zoning of a {target.zone.value}", because)


def _modalities(rule: ZoningRule) -> Iterator[tuple[ZoneKind, Modality]]:
    yield ZoneKind.CORE, rule.core_modality
    yield ZoneKind.PERIPHERY, rule.periphery_modality
    if rule.high_risk is not None:
        yield ZoneKind.HIGH_RISK_MARGIN, rule.high_risk.modality
