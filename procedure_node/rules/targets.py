"""Targets: what is drawn, and what is allocated."""

from dosimetry_core.values import ZoneKind
from procedure_node.events import StructureSummary
from procedure_node.protocol import Target
from procedure_node.state import ProcedureState


def targets_of(state: ProcedureState) -> dict[str, Target]:
    """Every target that is drawn or allocated, keyed by ``Target.key``."""
    drawn = state.structures.structures if state.structures else ()
    found = [
        Target(lesion=s.lesion, zone=s.zone)
        for s in drawn
        if s.role == "TARGET" and s.lesion is not None and s.zone is not None
    ]
    named = [parse_target(key) for key in state.allocations]
    return {target.key: target for target in (*found, *named)}


def is_split(state: ProcedureState, target: Target) -> bool:
    """Whether a whole lesion is not itself treated because its zones are."""
    whole = target.zone is ZoneKind.WHOLE and target.key not in state.allocations
    return whole and any(parse_target(key).lesion == target.lesion for key in state.allocations)


def parse_target(key: str) -> Target:
    """The target that ``Target.key`` names.

    Raises:
        ValueError: the zone is not one of ``ZoneKind``.
    """
    lesion, _, zone = key.partition("/")
    return Target.model_validate({"lesion": lesion, "zone": zone or "WHOLE"})


def structure_of(state: ProcedureState, target: Target) -> StructureSummary | None:
    """The drawn structure of a target; None if there is none."""
    if state.structures is None:
        return None
    for structure in state.structures.structures:
        if (structure.lesion, structure.zone) == (target.lesion, target.zone):
            return structure
    return None
